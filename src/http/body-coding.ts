import type { FastifyInstance } from 'fastify'
import { CardinalError } from '../domain/error.ts'

/** How much of what a client wrote is repeated to it. */
const longestRepeated = 100

/**
 * Refuses a body in another coding or character set than the one that it would be read in: text of another one can be valid
 * UTF-8 too, and mean something else (RFC 9110 §15.5.16).
 */
export function refuseForeignCodings(app: FastifyInstance): void {
  app.addHook('preParsing', async ({ method, headers }, reply, payload) => {
    if (method === 'GET' || method === 'HEAD') return payload
    const coding = headers['content-encoding']?.trim() ?? ''
    if (coding !== '' && coding.toLowerCase() !== 'identity') {
      // By this the client learns that the coding is what was wrong (RFC 9110 §12.5.3).
      reply.header('accept-encoding', 'identity')
      throw unsupported(`The body is coded as "${repeated(coding)}"; send it as it is.`)
    }
    for (const charset of charsetsOf(headers['content-type'] ?? '')) {
      if (!/^utf-?8$/i.test(charset)) {
        throw unsupported(`The body is said to be in "${repeated(charset)}"; send it in UTF-8.`)
      }
    }
    return payload
  })
}

/** Of JSON alone: every other media type is refused for itself. */
function charsetsOf(contentType: string): string[] {
  const [mediaType = ''] = contentType.split(';')
  if (mediaType.trim().toLowerCase() !== 'application/json') return []
  const parameters = contentType.matchAll(/;\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))/g)
  return [...parameters].flatMap(([, name, quoted, bare = '']) =>
    name?.toLowerCase() === 'charset' ? [quoted ?? bare] : [],
  )
}

function repeated(text: string): string {
  return text.slice(0, longestRepeated)
}

function unsupported(message: string): CardinalError {
  return new CardinalError('UnsupportedMediaType', message)
}
