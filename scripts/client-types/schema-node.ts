/** A JSON Schema in the few forms that our routes use. */
export type SchemaNode =
  | { readonly kind: 'text' | 'wholeNumber' | 'number' | 'flag' | 'unknown' }
  | { readonly kind: 'nullable' | 'array' | 'oneOrMany'; readonly of: SchemaNode }
  | { readonly kind: 'either'; readonly of: readonly SchemaNode[] }
  | { readonly kind: 'object'; readonly properties: readonly SchemaProperty[] }

export interface SchemaProperty {
  readonly name: string
  readonly isOptional: boolean
  readonly description: string | null
  readonly node: SchemaNode
}

/** These narrow what the server takes or say more about it; none of them changes a type. */
const keywordsWithoutType = ['description', 'maxItems', 'enum']

const plainTypes = { string: 'text', integer: 'wholeNumber', number: 'number', boolean: 'flag' } as const

/**
 * @param place for the message
 * @throws Error for a schema in any other form
 */
export function schemaNode(schema: unknown, place: string): SchemaNode {
  const { type, properties, required, items, anyOf, ...others } = recordOf(schema, place)
  const unknown = Object.keys(others).filter(keyword => !keywordsWithoutType.includes(keyword))
  if (unknown.length > 0) throw new Error(`${place}: the keyword ${unknown[0]} is not supported.`)
  if (anyOf !== undefined) return oneOrMany(anyOf, place)
  if (type === undefined) return { kind: 'unknown' }
  if (Array.isArray(type)) {
    const types = type.filter(each => each !== 'null')
    const choices = types.map(each => schemaNode({ ...recordOf(schema, place), type: each }, place))
    const [only, ...more] = choices
    if (only === undefined) throw new Error(`${place}: a list of types is empty.`)
    const node: SchemaNode = more.length === 0 ? only : { kind: 'either', of: choices }
    return types.length < type.length ? { kind: 'nullable', of: node } : node
  }
  if (type === 'array') return { kind: 'array', of: schemaNode(items, `${place}[]`) }
  if (type === 'object') return { kind: 'object', properties: propertiesOf(properties, required, place) }
  if (typeof type === 'string' && isPlainType(type)) return { kind: plainTypes[type] }
  throw new Error(`${place}: the type ${String(type)} is not supported.`)
}

/** @throws Error where it is none */
export function recordOf(value: unknown, place: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`${place}: is no object.`)
  }
  return Object.fromEntries(Object.entries(value))
}

export function sameNode(one: SchemaNode, other: SchemaNode): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

function isPlainType(type: string): type is keyof typeof plainTypes {
  return Object.hasOwn(plainTypes, type)
}

/** The one union of schemas that there is: an object, or an array of such objects. */
function oneOrMany(anyOf: unknown, place: string): SchemaNode {
  const [one, many, ...more] = Array.isArray(anyOf) ? anyOf.map(each => schemaNode(each, place)) : []
  if (one === undefined || many?.kind !== 'array' || !sameNode(one, many.of) || more.length > 0) {
    throw new Error(`${place}: a union of other schemas than one and many of it is not supported.`)
  }
  return { kind: 'oneOrMany', of: one }
}

function propertiesOf(properties: unknown, required: unknown, place: string): SchemaProperty[] {
  return Object.entries(recordOf(properties, place)).map(([name, schema]) => {
    const { description } = recordOf(schema, `${place}.${name}`)
    return {
      name,
      isOptional: !(Array.isArray(required) && required.includes(name)),
      description: textOf(description),
      node: schemaNode(schema, `${place}.${name}`),
    }
  })
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
