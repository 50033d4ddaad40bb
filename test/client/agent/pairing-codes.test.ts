import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import { AgentError } from '../../../src/client/agent/agent-error.ts'
import { PairingCodes } from '../../../src/client/agent/pairing-codes.ts'

const portal = 'https://pki.contoso.com'
const minute = 60_000

function newCodes() {
  const clock = { time: 0 }
  const codes = new PairingCodes({ now: () => clock.time, randomInteger: limit => randomInt(limit) })
  const show = (origin = portal) => codes.begin(origin).code?.code ?? null
  return { clock, codes, show }
}

const refusal = (code: string) => (error: unknown) => error instanceof AgentError && error.code === code

test('a code has eight characters that nobody mistakes', () => {
  for (let index = 0; index < 200; index++) {
    assert.match(newCodes().show() ?? '', /^[2-9A-HJKMNP-TWXYZ]{4}-[2-9A-HJKMNP-TWXYZ]{4}$/)
  }
})

test('a code is taken as people type it', () => {
  const { codes, show } = newCodes()
  const code = show() ?? ''
  codes.redeem(portal, ` ${code.toLowerCase().replace('-', ' ')} `)
})

test('a code is shown once, and ends after five minutes', () => {
  const { clock, codes, show } = newCodes()
  const code = show() ?? ''
  clock.time = 5 * minute - 1
  assert.equal(show(), null)
  clock.time += 1
  assert.throws(() => codes.redeem(portal, code), refusal('wrong-code'))
  assert.notEqual(show(), null)
})

test('an origin that mistyped a code five times waits until it would have ended', () => {
  const { clock, codes, show } = newCodes()
  const code = show() ?? ''
  for (let guess = 0; guess < 4; guess++) {
    assert.throws(() => codes.redeem(portal, '2222-2222'), refusal('wrong-code'))
  }
  for (const typed of ['2222-2222', code]) {
    assert.throws(() => codes.redeem(portal, typed), refusal('too-many'))
  }
  assert.throws(() => show(), refusal('too-many'))
  clock.time = 5 * minute
  assert.notEqual(show(), null)
})

test('no more than ten codes are shown in an hour, whoever asks', () => {
  const { clock, show } = newCodes()
  for (let index = 0; index < 10; index++) show(`https://${index}.contoso.com`)
  clock.time = 60 * minute - 1
  assert.throws(() => show(), refusal('too-many'))
  clock.time = 60 * minute
  assert.notEqual(show(), null)
})
