import type { SchemaNode } from './schema-node.ts'
import type { NameOf } from './typescript-text.ts'

/** The value of a `Shape` (src/client/library/shape.ts). */
export function shapeText(node: SchemaNode, nameOf: NameOf): string {
  const name = nameOf(node)
  if (name !== null) return name
  switch (node.kind) {
    case 'nullable':
    case 'array':
    case 'oneOrMany':
      return `{ ${node.kind}: ${shapeText(node.of, nameOf)} }`
    case 'object': {
      const parts = [false, true].flatMap(isOptional => {
        const properties = node.properties.filter(each => each.isOptional === isOptional)
        if (isOptional && properties.length === 0) return []
        const members = properties.map(each => `${each.name}: ${shapeText(each.node, nameOf)}`)
        return [`${isOptional ? 'optional' : 'object'}: { ${members.join(', ')} }`]
      })
      return `{ ${parts.join(', ')} }`
    }
    case 'text':
    case 'wholeNumber':
    case 'flag':
      return `'${node.kind}'`
    default:
      throw new Error(`No answer is of the kind ${node.kind} so far; teach shape.ts to check it.`)
  }
}
