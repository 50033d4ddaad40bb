import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CardinalError } from '../../../src/domain/error.ts'
import { parseAnswerToReset } from '../../../src/http/v1/answer-to-reset.ts'
import { base64LinesView, parseBase64 } from '../../../src/http/v1/base64.ts'
import { parseChallenge, parseFlag } from '../../../src/http/v1/challenge.ts'
import { parseName } from '../../../src/http/v1/enumeration.ts'
import { requestStatusNames } from '../../../src/http/v1/numbers.ts'
import { parsePriority } from '../../../src/http/v1/priority.ts'
import { checkTargetUser } from '../../../src/http/v1/target-user.ts'
import { parseText } from '../../../src/http/v1/text.ts'

function refuses(call: () => unknown, field: string): void {
  assert.throws(
    call,
    (error: unknown) =>
      error instanceof CardinalError &&
      error.code === 'InvalidParameter' &&
      error.message.startsWith(`${field}:`),
  )
}

test('finds a name in any case and lists what is taken where there is none', () => {
  assert.equal(parseName(requestStatusNames, ' aPPROVED ', 'status'), 'approved')
  assert.throws(
    () => parseName(requestStatusNames, 'Done', 'status'),
    /^CardinalError: status: .*Approved, Denied/,
  )
  refuses(() => parseName(requestStatusNames, 'constructor', 'status'), 'status')
  refuses(() => parseName(requestStatusNames, '3', 'status'), 'status')
})

test('takes a challenge of 8 bytes in base64, a blank for a + that was not escaped', () => {
  const challenge = Buffer.from('d61143f9ccffd2ca', 'hex')
  assert.deepEqual(parseChallenge('1hFD+cz/0so='), challenge)
  assert.deepEqual(parseChallenge('1hFD cz/0so='), challenge)
  assert.deepEqual(parseChallenge('1hFD+cz/0so'), challenge)
})

test('takes a challenge of 16 hexadecimal digits, and not the 14 of the published walkthrough', () => {
  assert.deepEqual(parseChallenge('CFAA62118BBD25ff'), Buffer.from('cfaa62118bbd25ff', 'hex'))
  refuses(() => parseChallenge('CFAA62118BBD25'), 'challenge')
})

for (const text of ['', '1hFD', '1hFD+cz/0soA', '1hFD+cz/0so==', '1hFD-cz_0so=', 'AAAAAAAAAAAAAAAA====']) {
  test(`refuses the challenge ${JSON.stringify(text)}`, () =>
    refuses(() => parseChallenge(text), 'challenge'))
}

test('takes True and False in any case', () => {
  assert.equal(parseFlag('True', 'diversified'), true)
  assert.equal(parseFlag('FALSE', 'diversified'), false)
  refuses(() => parseFlag('1', 'diversified'), 'diversified')
  refuses(() => parseFlag('', 'diversified'), 'diversified')
})

test('takes base64 with and without line breaks', () => {
  assert.deepEqual(parseBase64('AAEC\r\nAwQ=\r\n', 'x'), Buffer.from([0, 1, 2, 3, 4]))
  assert.deepEqual(parseBase64('AAECAwQ=', 'x'), Buffer.from([0, 1, 2, 3, 4]))
})

for (const text of ['', '====', 'AAE', 'AA=C', 'AAECAwQ', 'MIIDZDC…', '-----BEGIN']) {
  test(`refuses ${JSON.stringify(text)} as base64`, () =>
    refuses(() => parseBase64(text, 'certificaterequests[0]'), 'certificaterequests[0]'))
}

test('writes base64 in lines of 64 columns that end in CR LF, the last one too', () => {
  assert.equal(base64LinesView(new Uint8Array(48)), `${'A'.repeat(64)}\r\n`)
  assert.equal(base64LinesView(new Uint8Array(49)), `${'A'.repeat(64)}\r\nAA==\r\n`)
})

test('takes a priority as a number or as a text from 0 to 255', () => {
  assert.equal(parsePriority('4'), 4)
  assert.equal(parsePriority(255), 255)
  for (const none of [undefined, null, '', ' ']) assert.equal(parsePriority(none), null)
  for (const wrong of [256, -1, 1.5, '256', '-1', '1e2', 'high', Number.NaN])
    refuses(() => parsePriority(wrong), 'priority')
})

test('takes an answer to reset in hexadecimal digits, with blanks between them', () => {
  assert.equal(parseAnswerToReset('3B 8D 01 80'), '3b8d0180')
  for (const none of [undefined, null, '', ' ']) assert.equal(parseAnswerToReset(none), null)
  for (const wrong of ['3b8', 'xx', '00'.repeat(34)]) refuses(() => parseAnswerToReset(wrong), 'atr')
})

test('takes current, and nothing else, as the target user', () => {
  assert.equal(checkTargetUser(undefined), false)
  assert.equal(checkTargetUser('Current'), true)
  refuses(() => checkTargetUser('bob'), 'targetuser')
})

test('takes any text but U+0000 and halves of characters', () => {
  assert.equal(parseText('für “VPN” 🔑', 'comment'), 'für “VPN” 🔑')
  for (const none of [undefined, null, '']) assert.equal(parseText(none, 'comment'), '')
  for (const wrong of ['a\u0000', '\ud83d', '\udd11x']) refuses(() => parseText(wrong, 'comment'), 'comment')
})
