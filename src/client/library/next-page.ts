import { unusableAnswer } from './unusable-answer.ts'

const parameter = /\s*;\s*([\w!#$%&'*+.^`|~-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",;]*)))?/g
const link = new RegExp(`<([^>]*)>((?:${parameter.source})*)`, 'g')

/**
 * The query of the next page of a list, as the Link header names it (RFC 8288 §3), with its question mark; null on the
 * last page. The credentials go along to the next page, so that it is at the same address.
 *
 * @throws CardinalApiError for one that is elsewhere
 */
export function nextPageQuery(
  facts: { readonly method: string; readonly url: string },
  { headers, status }: Pick<Response, 'headers' | 'status'>,
): string | null {
  for (const [, target = '', parameters = ''] of (headers.get('link') ?? '').matchAll(link)) {
    if (!relationsOf(parameters).includes('next')) continue
    const next = URL.parse(target, facts.url)
    if (next === null || `${next.origin}${next.pathname}` !== facts.url) {
      throw unusableAnswer({ ...facts, status }, 'its next page is at another address')
    }
    return next.search
  }
  return null
}

/** Of several `rel`, the first counts (RFC 8288 §3.3). */
function relationsOf(parameters: string): string[] {
  for (const [, name = '', quoted, bare = ''] of parameters.matchAll(parameter)) {
    if (name.toLowerCase() === 'rel') return (quoted ?? bare).toLowerCase().split(/\s+/)
  }
  return []
}
