import type { SchemaNode, SchemaProperty } from './schema-node.ts'

const plainTypes = {
  text: 'string',
  wholeNumber: 'number',
  number: 'number',
  flag: 'boolean',
  unknown: 'unknown',
} as const

/** The name under which an object is written elsewhere; null where it is written out in place. */
export type NameOf = (node: SchemaNode) => string | null

/** The type of it, to be read only. */
export function typeText(node: SchemaNode, nameOf: NameOf): string {
  const name = nameOf(node)
  if (name !== null) return name
  switch (node.kind) {
    case 'nullable':
      return `${typeText(node.of, nameOf)} | null`
    case 'array':
      return `readonly ${elementText(node.of, nameOf)}[]`
    case 'oneOrMany':
      return `${typeText(node.of, nameOf)} | readonly ${elementText(node.of, nameOf)}[]`
    case 'either':
      return node.of.map(each => typeText(each, nameOf)).join(' | ')
    case 'object':
      return objectText(node.properties, nameOf)
    default:
      return plainTypes[node.kind]
  }
}

/** The braces and what is between them: in one line where nothing has a docstring. */
export function objectText(properties: readonly SchemaProperty[], nameOf: NameOf): string {
  const members = properties.map(
    ({ name, isOptional, description, node }) =>
      `${docstring(description)}readonly ${name}${isOptional ? '?' : ''}: ${typeText(node, nameOf)}`,
  )
  const isPlain = properties.every(({ description }) => description === null)
  return isPlain ? `{ ${members.join('; ')} }` : `{\n${members.join('\n')}\n}`
}

/** With its line break; nothing where there is nothing to say. */
export function docstring(text: string | null): string {
  return text === null || text === '' ? '' : `/** ${text.replaceAll('*/', '*∕')} */\n`
}

function elementText(node: SchemaNode, nameOf: NameOf): string {
  const text = typeText(node, nameOf)
  return node.kind === 'nullable' || node.kind === 'either' ? `(${text})` : text
}
