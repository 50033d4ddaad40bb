import { type Static, type TProperties, type TSchema, Type } from 'typebox'

/**
 * A string or null. Written as a list of types and not as a union of schemas: the serializer answers
 * the former inline and the latter by validating at run time.
 */
export const nullableString = Type.Unsafe<string | null>({ type: ['string', 'null'] })

export const optionalString = Type.Optional(nullableString)

/** An object or null, written as a list of types for the same reason. */
export function nullableObject<Properties extends TProperties>(properties: Properties, title: string) {
  const object = Type.Object(properties, { title })
  return Type.Unsafe<Static<typeof object> | null>({ ...object, type: ['object', 'null'] })
}

/** A text that is one of these words in any case, which is for the route to find out. */
export function wordIn(words: readonly string[], description: string | null = words.join(', ')) {
  return Type.String({ words, ...(description !== null && { description }) })
}

/** The number by which an answer shows one of these. */
export function numberIn(numbers: Readonly<Record<string, number>>) {
  return Type.Unsafe<number>({ type: 'integer', enum: [...new Set(Object.values(numbers))] })
}

/** The word by which an answer shows one of these. */
export function shownWord(words: readonly string[]) {
  return Type.Unsafe<string>({ type: 'string', enum: [...words] })
}

/** An answer that is no JSON: bytes, or a page. */
export function otherContent(mediaType: string, description: string) {
  const format = mediaType.startsWith('text/') ? {} : { format: 'binary' }
  return { description, content: { [mediaType]: { schema: Type.String(format) } } }
}

/** The schema of an answer without a body. */
export function noBody(description: string) {
  return Type.Unsafe<undefined>({ type: 'null', description })
}

/** A page of a list. */
export function pageOf<Schema extends TSchema>(schema: Schema) {
  const description = 'Where there are more: `<?…>; rel="next"`, the address of the next page (RFC 8288)'
  return Type.Array(schema, { headers: { Link: { type: 'string', description } } })
}

/** The answers of a GET that may find nothing. */
export function found<Schema extends TSchema>(schema: Schema) {
  return { 200: schema, 204: noBody('Nothing found.') }
}
