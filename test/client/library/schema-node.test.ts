import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describedOperations } from '../../../scripts/client-types/described-operations.ts'
import { schemaNode } from '../../../scripts/client-types/schema-node.ts'
import { typeText } from '../../../scripts/client-types/typescript-text.ts'

const unnamed = () => null

const written: readonly [schema: object, text: string][] = [
  [{ type: 'string' }, 'string'],
  [{ type: 'integer', description: 'seconds' }, 'number'],
  [{ type: ['string', 'null'] }, 'string | null'],
  [{ type: ['number', 'string', 'null'] }, 'number | string | null'],
  [{ type: 'array', items: { type: ['string', 'null'] }, maxItems: 64 }, 'readonly (string | null)[]'],
  [{}, 'unknown'],
  [
    {
      type: ['object', 'null'],
      required: ['a'],
      properties: { a: { type: 'boolean' }, b: { type: 'string' } },
    },
    '{ readonly a: boolean; readonly b?: string } | null',
  ],
  [
    { type: 'object', required: ['a'], properties: { a: { type: 'string', description: 'A */ secret.' } } },
    '{\n/** A *∕ secret. */\nreadonly a: string\n}',
  ],
  [
    { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
    'string | readonly string[]',
  ],
]

for (const [schema, text] of written) {
  test(`writes ${JSON.stringify(schema)} as a type`, () =>
    assert.equal(typeText(schemaNode(schema, 'x'), unnamed), text))
}

test('a listed word is a string, for a later server may know more of them', () => {
  assert.equal(typeText(schemaNode({ type: 'string', enum: ['a'] }, 'x'), unnamed), 'string')
})

const refused: readonly [what: string, schema: unknown][] = [
  ['a keyword that would change the type', { type: 'string', const: 'a' }],
  ['a reference that was not followed', { $ref: '#/components/schemas/X' }],
  ['a keyword deep inside', { type: 'array', items: { type: 'string', pattern: 'a' } }],
  ['a union of unlike schemas', { anyOf: [{ type: 'string' }, { type: 'integer' }] }],
  ['an unknown type', { type: 'bytes' }],
  ['no type in a list', { type: [] }],
  ['a list without elements', { type: 'array' }],
  ['an object without properties', { type: 'object' }],
  ['what is no schema', true],
]

for (const [what, schema] of refused) {
  test(`refuses ${what}`, () => assert.throws(() => schemaNode(schema, 'x'), /^Error: x/))
}

const operation = (responses: object, more: object = {}) => ({
  paths: { '/CertificateManagement/api/v1.0/things': { get: { summary: 'Things', responses, ...more } } },
})
const text = { content: { 'application/json': { schema: { type: 'string' } } } }

test('a reference stands for the component that it names', () => {
  const referring = { content: { 'application/json': { schema: { $ref: '#/components/schemas/Things' } } } }
  const schemas = {
    Things: { type: 'array', items: { $ref: '#/components/schemas/Thing' } },
    Thing: { type: 'string' },
  }
  const [described] = describedOperations({ ...operation({ 200: referring }), components: { schemas } })
  assert.equal(typeText(described?.answer ?? assert.fail(), unnamed), 'readonly string[]')
  assert.throws(() => describedOperations(operation({ 200: referring })))
})

test('an answer that may be 204 may be null, one that is always 204 is nothing', () => {
  const answerOf = (responses: object) => describedOperations(operation(responses))[0]?.answer
  assert.deepEqual(answerOf({ 200: text }), { kind: 'text' })
  assert.deepEqual(answerOf({ 200: text, 204: {} }), { kind: 'nullable', of: { kind: 'text' } })
  assert.equal(answerOf({ 204: {} }), null)
})

test('refuses an operation that answers in two forms, or in none, or takes a header', () => {
  assert.throws(() => describedOperations(operation({ 200: text, 201: text })), /not one kind of answer/)
  assert.throws(() => describedOperations(operation({})), /not one kind of answer/)
  const header = { parameters: [{ in: 'header', name: 'x', schema: { type: 'string' } }] }
  assert.throws(() => describedOperations(operation({ 200: text }, header)), /stands in header/)
})

test('leaves out what is no operation of the API', () => {
  assert.deepEqual(describedOperations({ paths: { '/health/live': { get: {} } } }), [])
})
