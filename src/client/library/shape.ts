/**
 * What a value from the wire looks like, as data. An object may have more properties than are named: a later server
 * adds some.
 */
export type Shape =
  | 'text'
  | 'wholeNumber'
  | 'flag'
  | 'nothing'
  | { readonly nullable: Shape }
  | { readonly array: Shape }
  | { readonly oneOrMany: Shape }
  | { readonly object: Shapes; readonly optional?: Shapes }

type Shapes = Readonly<Record<string, Shape>>

/** Says where a value first differs from its shape, never what stands there, which may be a secret; null: nowhere. */
export function shapeFault(value: unknown, shape: Shape, place: string): string | null {
  if (typeof shape === 'string') return plainFault(value, shape, place)
  if ('nullable' in shape) return value === null ? null : shapeFault(value, shape.nullable, place)
  if ('array' in shape) return arrayFault(value, shape.array, place)
  if ('oneOrMany' in shape) {
    return Array.isArray(value)
      ? arrayFault(value, shape.oneOrMany, place)
      : shapeFault(value, shape.oneOrMany, place)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return `${place} is not an object`
  return (
    propertiesFault(value, shape.object, place) ?? propertiesFault(value, shape.optional ?? {}, place, true)
  )
}

function plainFault(value: unknown, shape: Extract<Shape, string>, place: string): string | null {
  switch (shape) {
    case 'text':
      return typeof value === 'string' ? null : `${place} is not a string`
    case 'wholeNumber':
      return Number.isSafeInteger(value) ? null : `${place} is not a whole number`
    case 'flag':
      return typeof value === 'boolean' ? null : `${place} is not true or false`
    case 'nothing':
      return value === null ? null : `${place} is there`
  }
}

function arrayFault(value: unknown, element: Shape, place: string): string | null {
  if (!Array.isArray(value)) return `${place} is not an array`
  for (const [index, each] of value.entries()) {
    const fault = shapeFault(each, element, `${place}[${index}]`)
    if (fault !== null) return fault
  }
  return null
}

function propertiesFault(value: object, shapes: Shapes, place: string, isOptional = false): string | null {
  for (const [name, shape] of Object.entries(shapes)) {
    if (isOptional && !Object.hasOwn(value, name)) continue
    const own: unknown = Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined
    const fault = shapeFault(own, shape, `${place}.${name}`)
    if (fault !== null) return fault
  }
  return null
}
