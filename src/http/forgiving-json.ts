import type { FastifyInstance } from 'fastify'
import { CardinalError } from '../domain/error.ts'

/**
 * Takes JSON bodies and nothing else, and gives their top-level properties to the routes by the names that the schema
 * has, for input keys match in any case (contract §2). What lies deeper is content and stays as it is.
 */
export function takeForgivingJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (_request: unknown, body: Buffer) => parseJson(body),
  )
  app.addHook('preValidation', async request => {
    const schema = request.routeOptions.schema?.body
    if (schema !== undefined) request.body = normaliseBody(request.body, propertyNames(schema))
  })
}

/** Throws MalformedBody. */
export function parseJson(bytes: Uint8Array): unknown {
  const text = decode(bytes)
  if (text.trim() === '') return undefined
  for (const candidate of [() => text, () => withoutTrailingCommas(text)]) {
    try {
      return JSON.parse(candidate())
    } catch {}
  }
  throw new CardinalError('MalformedBody', 'The body is not valid JSON.')
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new CardinalError('MalformedBody', 'The body is not valid UTF-8.', { cause })
  }
}

function propertyNames(schema: unknown): readonly string[] {
  if (typeof schema !== 'object' || schema === null || !('properties' in schema)) return []
  return Object.keys(Object(schema.properties))
}

/** The published walkthrough sends a comma before a closing brace, which the vendor's parser takes. */
function withoutTrailingCommas(text: string): string {
  return text.replace(/"[^"\\]*(?:\\.[^"\\]*)*"?|,(?=\s*[}\]])/gs, match => (match === ',' ? '' : match))
}

/**
 * Names that the route does not know are in lower case. No body at all is an object without properties, so that a
 * route can say which one is missing.
 * Throws MalformedBody for what is no object, InvalidParameter where two keys differ by case alone.
 */
export function normaliseBody(body: unknown, names: readonly string[] = []): Record<string, unknown> {
  if (body === undefined) return {}
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new CardinalError('MalformedBody', 'The body must be a JSON object.')
  }
  const known = new Map(names.map(name => [name.toLowerCase(), name]))
  const given = [...lowerCaseNames(Object.entries(body))]
  return Object.fromEntries(given.map(([name, value]) => [known.get(name) ?? name, value]))
}

/** Throws InvalidParameter where a name stands twice. */
export function lowerCaseNames<Value>(entries: Iterable<readonly [string, Value]>): Map<string, Value> {
  const lowered = new Map<string, Value>()
  for (const [name, value] of entries) {
    const key = name.toLowerCase()
    if (lowered.has(key)) throw new CardinalError('InvalidParameter', `${key}: stands more than once.`)
    lowered.set(key, value)
  }
  return lowered
}
