import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { CardinalError } from '../../src/domain/error.ts'
import { normaliseBody, parseJson } from '../../src/http/forgiving-json.ts'
import { processorTimeOf } from '../testbed/processor-time.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

function refuses(call: () => unknown, code: string, message: RegExp): void {
  assert.throws(
    call,
    (error: unknown) => error instanceof CardinalError && error.code === code && message.test(error.message),
  )
}

test('reads every JSON value as JSON.parse does', () => {
  fc.assert(fc.property(fc.json(), text => assert.deepEqual(parseJson(bytes(text)), JSON.parse(text))))
})

test('skips a byte order mark', () => {
  assert.deepEqual(parseJson(bytes('\ufeff{"a":1}')), { a: 1 })
})

test('drops a comma before a closing brace or bracket, and none within a text', () => {
  assert.deepEqual(parseJson(bytes('{"a":[1,2, ],"b":",}\\",]",\r\n}')), { a: [1, 2], b: ',}",]' })
})

for (const text of ['{', '{"a":}', '[1,,2]', '{"a":1}}', "{'a':1}", '{"a', '{"a\\', 'undefined', '{,}x']) {
  test(`refuses ${text}`, () => refuses(() => parseJson(bytes(text)), 'MalformedBody', /JSON/))
}

test('refuses what is not UTF-8', () => {
  refuses(() => parseJson(Uint8Array.of(0x22, 0xff, 0x22)), 'MalformedBody', /UTF-8/)
})

test('answers quickly to a megabyte of escaped quotation marks', async () => {
  const text = `{"a":"${'\\"'.repeat(500_000)}`
  const time = await processorTimeOf(() => refuses(() => parseJson(bytes(text)), 'MalformedBody', /JSON/))
  assert.ok(time < 2000, `${time} ms`)
})

test('answers quickly to a megabyte of commas and blanks', async () => {
  const time = await processorTimeOf(() => {
    refuses(() => parseJson(bytes(`{${', '.repeat(500_000)}`)), 'MalformedBody', /JSON/)
    refuses(() => parseJson(bytes(`{${','.repeat(500_000)}${' '.repeat(500_000)}`)), 'MalformedBody', /JSON/)
  })
  assert.ok(time < 2000, `${time} ms`)
})

test('gives properties in lower case and leaves what lies deeper alone', () => {
  assert.deepEqual(normaliseBody({ Type: 'Enroll', DataCollection: [{ City: 'Oslo' }] }), {
    type: 'Enroll',
    datacollection: [{ City: 'Oslo' }],
  })
})

test('gives a property the name that the route has for it', () => {
  assert.deepEqual(normaliseBody({ CARDID: 1, other: 2 }, ['cardId', 'answerToReset']), {
    cardId: 1,
    other: 2,
  })
  refuses(() => normaliseBody({ cardId: 1, cardid: 2 }, ['cardId']), 'InvalidParameter', /cardid/)
})

test('takes no body for an object without properties', () => {
  assert.equal(parseJson(bytes('  ')), undefined)
  assert.deepEqual(normaliseBody(undefined), {})
})

test('refuses two keys that differ by case alone, and names them', () => {
  refuses(() => normaliseBody({ type: 'Enroll', Type: 'Retire' }), 'InvalidParameter', /^type:/)
})

for (const body of [null, [], 'x', 4, true]) {
  test(`refuses the body ${JSON.stringify(body)}`, () =>
    refuses(() => normaliseBody(body), 'MalformedBody', /object/))
}

test('makes no prototype of a key called __proto__', () => {
  const body = normaliseBody(parseJson(bytes('{"__proto__":{"type":"Enroll"}}')))
  assert.ok(!('type' in body))
})
