import assert from 'node:assert/strict'
import { test } from 'node:test'
import pino from 'pino'
import { logRefusal } from '../../../src/cli/server/log-refusal.ts'
import { readTokenHeader } from '../../../src/identity/openid-connect/token-header.ts'
import { SignInRefusal } from '../../../src/identity/sign-in-refusal.ts'

const correlationId = '3d7b92bc-aef4-4290-a580-240b17acb3c2'
const hostile = '\u001b[2J\u009b31m\u202e\u2028\u200b\u{e0041}'

/** Pino's own: it escapes C0 alone. */
function written(refusal: SignInRefusal, address = '192.0.2.17'): string {
  const lines: string[] = []
  logRefusal(pino({}, { write: line => lines.push(line) }), refusal, { address, correlationId })
  return lines.join('').replace(/\n$/, '')
}

test('what a stranger sent drives no terminal that shows the log', () => {
  const details = { account: hostile }
  const line = written(new SignInRefusal('wrong-response', hostile, new Error(hostile), details), hostile)
  assert.doesNotMatch(line, /[\p{C}\p{Zl}\p{Zp}]/u)
  const { address, account, cause, msg } = JSON.parse(line)
  const escaped = '\\u{1b}[2J\\u{9b}31m\\u{202e}\\u{2028}\\u{200b}\\u{e0041}'
  assert.deepEqual([address, account, cause, msg], [escaped, escaped, escaped, escaped])
})

test('a line has a bounded length, whatever was sent', () => {
  const long = 'x'.repeat(100_000)
  const line = written(new SignInRefusal('wrong-response', long, new Error(long), { account: long }), long)
  assert.ok(line.length < 3000, `${line.length} characters`)
})

for (const header of [{ alg: hostile }, { alg: 'RS256', typ: hostile }]) {
  test(`the header of a token is shown without its controls: ${Object.keys(header).join()}`, () => {
    const token = `${Buffer.from(JSON.stringify(header)).toString('base64url')}.e30.`
    assert.throws(
      () => readTokenHeader(token, ['at+jwt']),
      (error: unknown) => error instanceof SignInRefusal && !/[\p{C}\p{Zl}\p{Zp}]/u.test(error.message),
    )
  })
}
