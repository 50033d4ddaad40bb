import { CardinalApiError } from './cardinal-api-error.ts'
import type { ApiRequest, ApiResponse, Transport } from './transport.ts'
import { unusableAnswer } from './unusable-answer.ts'

/** As many as hold a million items. A server that always names another page is not followed for ever. */
const mostPages = 1000

/**
 * The items of a list, from its first page, which is here already, to its last.
 *
 * @throws CardinalApiError
 */
export async function readAllPages(
  transport: Transport,
  request: ApiRequest,
  first: ApiResponse,
): Promise<unknown[]> {
  // Without query: queries carry challenges.
  const facts = { method: request.method, url: `${transport.apiUrl}/${request.path.split('?')[0]}` }
  const items: unknown[] = []
  let page = first
  for (let pages = 1; ; pages++) {
    if (page.body !== null && !Array.isArray(page.body)) {
      throw unusableAnswer({ ...facts, status: page.status }, 'one page of the list is not an array')
    }
    for (const item of page.body ?? []) items.push(item)
    if (page.next === undefined) return items
    if (pages === mostPages) {
      throw new CardinalApiError(
        'unusable-answer',
        `${facts.method} ${facts.url} has more than ${mostPages} pages. Ask for less, for example by status.`,
        { ...facts, status: page.status },
      )
    }
    page = await transport.send({ ...request, path: page.next })
  }
}
