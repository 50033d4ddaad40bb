import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import pino from 'pino'
import { createRefusalLog } from '../../../src/cli/server/log-refusal.ts'
import { readTokenHeader } from '../../../src/identity/openid-connect/token-header.ts'
import { SignInRefusal } from '../../../src/identity/sign-in-refusal.ts'
import { createClockFake } from '../../identity/clock-fake.ts'

const correlationId = '3d7b92bc-aef4-4290-a580-240b17acb3c2'
const hostile = '\u001b[2J\u009b31m\u202e\u2028\u200b\u{e0041}'

/** Pino's own: it escapes C0 alone. */
function written(refusal: SignInRefusal, address = '192.0.2.17'): string {
  const { log, lines } = setUp()
  log(refusal, { address, correlationId })
  return lines.join('').replace(/\n$/, '')
}

function setUp() {
  const lines: string[] = []
  const clock = createClockFake()
  const scheduled: { readonly work: () => void; readonly milliseconds: number }[] = []
  const log = createRefusalLog({
    logger: pino({}, { write: line => lines.push(line) }),
    clock,
    schedule: (work, milliseconds) => scheduled.push({ work, milliseconds }),
  })
  const refuse = (count: number, reason = 'malformed-basic', address = '192.0.2.17') => {
    for (let n = 0; n < count; n++) log(new SignInRefusal(reason, 'It is wrong.'), { address, correlationId })
  }
  const messages = () => lines.map(line => JSON.parse(line).msg)
  const last = () => {
    const { reason, address, omitted, msg } = JSON.parse(lines.at(-1) ?? '{}')
    return { reason, address, omitted, msg }
  }
  return { clock, log, lines, scheduled, refuse, messages, last }
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

describe('a flood of refusals', () => {
  const more = {
    reason: 'malformed-basic',
    address: '192.0.2.17',
    omitted: 9_980,
    msg: 'And 9980 more within a minute.',
  }

  test('has 20 lines a minute, and one that says how many more there were, before the next', () => {
    const { clock, lines, refuse, messages } = setUp()
    refuse(10_000)
    assert.equal(lines.length, 20)
    clock.advance(59)
    refuse(1)
    assert.equal(lines.length, 20)
    clock.advance(1)
    refuse(1)
    assert.deepEqual(messages().slice(20), ['And 9981 more within a minute.', 'It is wrong.'])
  })

  test('has its number written where nothing comes after it, once', () => {
    const { clock, lines, scheduled, refuse, last } = setUp()
    refuse(1)
    clock.advance(10)
    refuse(9_999)
    assert.deepEqual(
      scheduled.map(({ milliseconds }) => milliseconds),
      [50_000],
    )
    clock.advance(50)
    for (const { work } of scheduled) work()
    assert.deepEqual(last(), more)
    for (const { work } of scheduled) work()
    refuse(1)
    assert.equal(lines.length, 22)
  })

  test('ends no minute but its own', () => {
    const { clock, lines, scheduled, refuse } = setUp()
    refuse(21)
    clock.advance(60)
    refuse(21)
    assert.equal(lines.length, 41)
    scheduled[0]?.work()
    assert.equal(lines.length, 41)
    scheduled[1]?.work()
    assert.equal(lines.length, 42)
  })

  test('takes no lines from other networks and other reasons', () => {
    const { lines, refuse } = setUp()
    refuse(100)
    refuse(100, 'wrong-password')
    refuse(100, 'malformed-basic', '192.0.2.18')
    assert.equal(lines.length, 60)
  })

  test('is one network’s where its addresses are a subscriber’s', () => {
    const { clock, lines, refuse, last } = setUp()
    for (let n = 0; n < 100; n++) refuse(1, 'malformed-basic', `2001:db8::${n.toString(16)}`)
    assert.equal(lines.length, 20)
    clock.advance(60)
    refuse(1, 'other')
    assert.deepEqual(JSON.parse(lines[20] ?? '').address, '2001:db8:0:0::/64')
    assert.equal(last().reason, 'other')
  })

  test('from everywhere has 2,000 lines a minute', () => {
    const { clock, lines, scheduled, refuse, last } = setUp()
    for (let n = 0; n < 3000; n++) refuse(1, 'malformed-basic', `10.0.${n >> 8}.${n & 255}`)
    assert.equal(lines.length, 2000)
    assert.equal(scheduled.length, 1)
    scheduled[0]?.work()
    assert.deepEqual(
      [lines.length, last().msg],
      [2001, 'And 1000 more within a minute, from other addresses.'],
    )
    clock.advance(1)
    refuse(1)
    assert.equal(lines.length, 2002)
  })

  test('is not silent for longer where the clock was set back', () => {
    const { clock, messages, refuse } = setUp()
    refuse(21)
    clock.advance(-3600)
    refuse(1)
    assert.deepEqual(messages().slice(20), ['And 1 more within a minute.', 'It is wrong.'])
  })
})
