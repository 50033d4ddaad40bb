import assert from 'node:assert/strict'
import { test } from 'node:test'
import { demanded } from '../../../scripts/client-types/demand.ts'
import type { SchemaNode } from '../../../scripts/client-types/schema-node.ts'

const text: SchemaNode = { kind: 'text' }
const nullableText: SchemaNode = { kind: 'nullable', of: text }

function object(properties: Record<string, SchemaNode>, isOptional = false): SchemaNode {
  return {
    kind: 'object',
    properties: Object.entries(properties).map(([name, node]) => ({
      name,
      isOptional,
      description: null,
      node,
    })),
  }
}

const list = (of: SchemaNode): SchemaNode => ({ kind: 'array', of })

test('what is needed of an object is as it is declared, and the rest may be missing or null', () => {
  const node = object({ Uuid: text, Comment: text, Pfx: nullableText })
  const { properties } = node.kind === 'object' ? node : { properties: [] }
  assert.deepEqual(demanded(list(node), [{ node, needed: ['Uuid'] }]), {
    kind: 'array',
    of: {
      kind: 'object',
      properties: [
        properties[0],
        { ...properties[1], isOptional: true, node: nullableText },
        { ...properties[2], isOptional: true },
      ],
    },
  })
})

test('all is needed of an object that nobody says anything of, or of which everything is', () => {
  const node = object({ Uuid: text, Items: list(object({ Name: text })) })
  assert.deepEqual(demanded(node, []), node)
  assert.deepEqual(demanded(node, [{ node, needed: null }]), node)
})

test('nothing is needed in an object that is not needed itself, except of one with a demand of its own', () => {
  const named = object({ Name: text })
  const node = object({ Inner: object({ Plain: text, Named: named }) })
  const demands = [
    { node, needed: [] },
    { node: named, needed: ['Name'] },
  ]
  const inner = object({ Plain: nullableText, Named: { kind: 'nullable', of: named } }, true)
  assert.deepEqual(demanded(node, demands), object({ Inner: { kind: 'nullable', of: inner } }, true))
})
