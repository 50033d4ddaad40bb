import { type Static, type TProperties, type TSchema, Type } from 'typebox'

/**
 * A string or null. Written as a list of types and not as a union of schemas: the serializer answers
 * the former inline and the latter by validating at run time.
 */
export const nullableString = Type.Unsafe<string | null>({ type: ['string', 'null'] })

export const optionalString = Type.Optional(nullableString)

/** An object or null, written as a list of types for the same reason. */
export function nullableObject<Properties extends TProperties>(properties: Properties) {
  const object = Type.Object(properties)
  return Type.Unsafe<Static<typeof object> | null>({ ...object, type: ['object', 'null'] })
}

/** The schema of an answer without a body. */
export function noBody(description: string) {
  return Type.Unsafe<undefined>({ type: 'null', description })
}

/** The answers of a GET that may find nothing. */
export function found<Schema extends TSchema>(schema: Schema) {
  return { 200: schema, 204: noBody('Nothing found.') }
}
