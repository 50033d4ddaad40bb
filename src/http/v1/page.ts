import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { longestPage, type Page } from '../../workflows/queries/page.ts'
import { parseIdentifier } from './identifier.ts'

/** The query parameter of a list by which its next page is asked for. */
export const pageParameters = {
  after: Type.Optional(
    Type.String({
      description: `Goes on behind the page before, of at most ${longestPage} items: taken from its Link header`,
    }),
  ),
}

/** null where the first page is asked for. Throws InvalidParameter. */
export function parseAfter(text: string | undefined): string | null {
  return text === undefined ? null : parseIdentifier(text, 'after')
}

/**
 * Answers a page as an array, which has no room for more: that there is a next page, and by which address, the Link header
 * says (RFC 8288 §3). The address is the query alone, so that it holds behind every proxy (RFC 3986 §5.2.2).
 */
export function sendPage<Item, View>(
  request: Pick<FastifyRequest, 'query'>,
  reply: FastifyReply,
  { items, next }: Page<Item>,
  view: (item: Item) => View,
): FastifyReply {
  if (items.length === 0) return reply.code(204).send()
  if (next !== null) {
    const query = new URLSearchParams({ ...Object(request.query), after: next })
    reply.header('link', `<?${query}>; rel="next"`)
  }
  return reply.send(items.map(view))
}
