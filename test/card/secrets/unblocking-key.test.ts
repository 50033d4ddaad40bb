import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { diversifyUnblockingKey } from '../../../src/card/secrets/unblocking-key.ts'

const master = { version: 7, secret: Uint8Array.from({ length: 32 }, (_, index) => index) }
const cardId = '00112233-4455-6677-8899-aabbccddeeff'

test('is what openssl derives, as a decimal number of eight digits', () => {
  const info = '0000000700112233445566778899aabbccddeeff00000002'
  const derived = execFileSync('openssl', [
    ...['kdf', '-keylen', '16', '-kdfopt', 'mac:HMAC', '-kdfopt', 'digest:SHA256', '-kdfopt', 'mode:COUNTER'],
    ...['-kdfopt', `hexkey:${Buffer.from(master.secret).toString('hex')}`],
    ...['-kdfopt', 'salt:Cardinal PIV unblocking key v1', '-kdfopt', `hexinfo:${info}`, '-binary', 'KBKDF'],
  ])
  const expected = (BigInt(`0x${derived.toString('hex')}`) % 100_000_000n).toString().padStart(8, '0')
  assert.equal(diversifyUnblockingKey(master, cardId, 2), expected)
})

test('differs by card, by generation and by master key, and always has eight digits', () => {
  const other = '00112233-4455-6677-8899-aabbccddee00'
  const made = Array.from({ length: 200 }, (_, index) => diversifyUnblockingKey(master, cardId, index + 1))
  assert.equal(new Set(made).size, 200)
  for (const key of made) assert.match(key, /^\d{8}$/)
  assert.notEqual(diversifyUnblockingKey(master, other, 1), made[0])
  assert.notEqual(diversifyUnblockingKey({ ...master, version: 8 }, cardId, 1), made[0])
})
