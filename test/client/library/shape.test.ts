import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { answerShapes } from '../../../src/client/library/generated/answer-shapes.ts'
import { type Shape, shapeFault } from '../../../src/client/library/shape.ts'

const card: Shape = { object: { Uuid: 'text', Status: 'wholeNumber' }, optional: { Blocked: 'flag' } }

const sound: readonly [value: unknown, shape: Shape][] = [
  [{ Uuid: 'x', Status: 2 }, card],
  [{ Uuid: 'x', Status: 2, Blocked: true }, card],
  [{ Uuid: 'x', Status: 2, LaterProperty: [] }, card],
  [null, { nullable: card }],
  [[], { array: card }],
  [{ Uuid: 'x', Status: 2 }, { oneOrMany: card }],
  [[{ Uuid: 'x', Status: 2 }], { oneOrMany: card }],
  [null, 'nothing'],
]

for (const [value, shape] of sound) {
  test(`takes ${JSON.stringify(value)} for ${JSON.stringify(shape)}`, () =>
    assert.equal(shapeFault(value, shape, 'the body'), null))
}

const unsound: readonly [value: unknown, shape: Shape, fault: string][] = [
  [null, card, 'the body is not an object'],
  [[], card, 'the body is not an object'],
  ['Uuid', card, 'the body is not an object'],
  [{ Uuid: 'x' }, card, 'the body.Status is not a whole number'],
  [{ Uuid: 'x', Status: 2.5 }, card, 'the body.Status is not a whole number'],
  [{ Uuid: 'x', Status: '2' }, card, 'the body.Status is not a whole number'],
  [{ Uuid: null, Status: 2 }, card, 'the body.Uuid is not a string'],
  [{ Uuid: 'x', Status: 2, Blocked: null }, card, 'the body.Blocked is not true or false'],
  [{}, { array: card }, 'the body is not an array'],
  [[{ Uuid: 'x', Status: 2 }, 7], { array: card }, 'the body[1] is not an object'],
  [[7], { oneOrMany: card }, 'the body[0] is not an object'],
  [7, { nullable: 'text' }, 'the body is not a string'],
  ['more', 'nothing', 'the body is there'],
]

for (const [value, shape, fault] of unsound) {
  test(`refuses ${JSON.stringify(value)} for ${JSON.stringify(shape)}`, () =>
    assert.equal(shapeFault(value, shape, 'the body'), fault))
}

test('takes no property from a prototype for an answer', () => {
  const inherited = Object.fromEntries<Shape>([['constructor', 'text']])
  assert.equal(shapeFault({}, { object: inherited }, 'the body'), 'the body.constructor is not a string')
  assert.equal(shapeFault({}, { object: {}, optional: inherited }, 'the body'), null)
})

test('whatever JSON a server answers, it is taken or refused, and no secret in it is named', () => {
  const shapes = fc.constantFrom(...Object.values(answerShapes))
  fc.assert(
    fc.property(fc.jsonValue(), shapes, (value, shape) => {
      const fault = shapeFault(value, shape, 'the body')
      assert.match(fault ?? 'the body is fine', /^the body(\.\w+|\[\d+\])* is /)
    }),
  )
})
