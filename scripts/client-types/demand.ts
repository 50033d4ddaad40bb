import { type SchemaNode, type SchemaProperty, sameNode } from './schema-node.ts'

/** An object in an answer, and the properties of it that our programs need; null for all. */
export interface Demand {
  readonly node: SchemaNode
  readonly needed: readonly string[] | null
}

/**
 * The node with what nobody needs made optional and nullable, down to the objects in it that have no demand of their own:
 * another server that speaks the API may leave such things out.
 */
export function demanded(node: SchemaNode, demands: readonly Demand[], isNeeded = true): SchemaNode {
  switch (node.kind) {
    case 'nullable':
    case 'array':
    case 'oneOrMany':
      return { kind: node.kind, of: demanded(node.of, demands, isNeeded) }
    case 'object': {
      const demand = demands.find(each => sameNode(each.node, node))
      const isPropertyNeeded = ({ name }: SchemaProperty) =>
        demand === undefined ? isNeeded : (demand.needed?.includes(name) ?? true)
      const properties = node.properties.map(each => {
        const inner = demanded(each.node, demands, isPropertyNeeded(each))
        return isPropertyNeeded(each) ? { ...each, node: inner } : optional(each, inner)
      })
      return { kind: 'object', properties }
    }
    default:
      return node
  }
}

function optional(property: SchemaProperty, node: SchemaNode): SchemaProperty {
  return {
    ...property,
    isOptional: true,
    node: node.kind === 'nullable' ? node : { kind: 'nullable', of: node },
  }
}
