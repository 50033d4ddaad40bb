import assert from 'node:assert/strict'
import { randomBytes, randomInt } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { CardinalError } from '../../../src/domain/error.ts'
import {
  hashPassword,
  randomPassword,
  unmatchableHash,
  verifyPassword,
} from '../../../src/identity/passwords/password-hash.ts'

/** Quick, for tests of everything but the cost. */
const cheap = { logCost: 4, blockSize: 1, parallelization: 1 }
const hashCheaply = (password: string) => hashPassword(password, randomBytes, cheap)

describe('a password hash', () => {
  test('describes itself and its cost: 32 MiB for each verification', async () => {
    const hash = await hashPassword('correct horse battery staple', length => new Uint8Array(length))
    assert.match(hash, /^\$scrypt\$ln=15,r=8,p=1\$AAAAAAAAAAAAAAAAAAAAAA\$[A-Za-z0-9+/]{43}$/)
    assert.equal(await verifyPassword('correct horse battery staple', hash), true)
  })

  test('is scrypt: the vector of RFC 7914 §12 for N = 16384 verifies', async () => {
    const hash = Buffer.from(
      '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887',
      'hex',
    )
    const salt = Buffer.from('SodiumChloride', 'ascii')
    const unpadded = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '')
    const stored = `$scrypt$ln=14,r=8,p=1$${unpadded(salt)}$${unpadded(hash)}`
    assert.equal(await verifyPassword('pleaseletmein', stored), true)
    assert.equal(await verifyPassword('pleaseletmeim', stored), false)
  })

  test('differs for the same password each time', async () => {
    assert.notEqual(await hashCheaply('secret'), await hashCheaply('secret'))
  })

  test('verifies the password it was made from and no other', async () => {
    const password = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
      .filter(text => !/\p{Cc}/u.test(text))
    await fc.assert(
      fc.asyncProperty(password, password, async (right, other) => {
        const hash = await hashCheaply(right)
        assert.equal(await verifyPassword(right, hash), true)
        const isSame =
          right.normalize('NFC').replace(/\p{Zs}/gu, ' ') === other.normalize('NFC').replace(/\p{Zs}/gu, ' ')
        assert.equal(await verifyPassword(other, hash), isSame)
      }),
      { numRuns: 100 },
    )
  })

  for (const [typed, stored, why] of [
    ['Zoe\u0308', 'Zo\u00eb', 'composed and decomposed letters are the same'],
    ['foo\u1680bar', 'foo bar', 'every space is a space (RFC 8265 §4.3, example 5)'],
  ] as const) {
    test(why, async () => assert.equal(await verifyPassword(typed, await hashCheaply(stored)), true))
  }

  for (const [typed, stored, why] of [
    ['Secret', 'secret', 'case matters'],
    ['\uff53ecret', 'secret', 'width matters: NFKC would lose it'],
    ['secret ', 'secret', 'spaces at the end matter'],
    ['secret\0', 'secret', 'nothing is cut off at a zero'],
  ] as const) {
    test(why, async () => assert.equal(await verifyPassword(typed, await hashCheaply(stored)), false))
  }

  for (const [password, why] of [
    ['', 'an empty password'],
    ['my cat is a \tby', 'control characters (RFC 8265 §4.3, example 8)'],
    ['half a pair \ud83d', 'half a surrogate pair'],
    ['x'.repeat(513), 'more than 512 bytes'],
    ['ö'.repeat(257), 'more than 512 bytes, counted in UTF-8'],
  ] as const) {
    test(`is not made of ${why}, nor verified, and the error does not repeat it`, async () => {
      await assert.rejects(hashCheaply(password), (error: unknown) => {
        assert.ok(error instanceof CardinalError && error.code === 'InvalidParameter')
        return password === '' || !error.message.includes(password)
      })
      assert.equal(await verifyPassword(password, await hashCheaply('secret')), false)
    })
  }

  test('takes 512 bytes', async () => {
    const longest = 'ö'.repeat(256)
    assert.equal(await verifyPassword(longest, await hashCheaply(longest)), true)
  })

  test('is refused in every other form, before anything is computed', async () => {
    const salt = 'AAAAAAAAAAAAAAAAAAAAAA'
    const hash = 'A'.repeat(43)
    for (const stored of [
      '',
      'secret',
      `$scrypt$ln=15,r=8,p=1$${salt}`,
      `$scrypt$ln=15,r=8,p=1$${salt}$`,
      `$scrypt$ln=15,r=8,p=1$${salt}$${hash}\n`,
      ` $scrypt$ln=15,r=8,p=1$${salt}$${hash}`,
      `$scrypt$ln=15,r=8,p=1$${salt}$${hash}=`,
      `$scrypt$ln=15,r=8,p=1$${salt}$${'A'.repeat(42)}B`,
      `$scrypt$ln=15,r=8,p=1$${'A'.repeat(21)}B$${hash}`,
      `$scrypt$ln=15,r=8,p=1$AAAA$${hash}`,
      `$scrypt$ln=15,r=8,p=1$${salt}$AAAA`,
      `$scrypt$ln=15,r=8,p=1$${salt}$${'A'.repeat(90)}`,
      `$scrypt$r=8,ln=15,p=1$${salt}$${hash}`,
      `$scrypt$ln=15,r=8$${salt}$${hash}`,
      `$scrypt$ln=015,r=8,p=1$${salt}$${hash}`,
      `$scrypt$ln=-1,r=8,p=1$${salt}$${hash}`,
      `$scrypt$ln=0,r=8,p=1$${salt}$${hash}`,
      `$scrypt$ln=18,r=8,p=1$${salt}$${hash}`,
      `$scrypt$ln=17,r=9,p=1$${salt}$${hash}`,
      `$scrypt$ln=99,r=99,p=99$${salt}$${hash}`,
      `$scrypt$ln=1,r=1,p=17$${salt}$${hash}`,
      `$argon2id$v=19$m=65536,t=3,p=4$${salt}$${hash}`,
    ]) {
      await assert.rejects(verifyPassword('secret', stored), (error: unknown) => {
        assert.ok(error instanceof Error)
        assert.match(error.message, /^A stored password hash is malformed or too costly/, stored)
        return !error.message.includes(hash)
      })
    }
  })

  test('that nothing matches looks like any other and costs the same', async () => {
    const dummy = unmatchableHash(randomBytes)
    const real = await hashPassword('secret', randomBytes)
    assert.equal(dummy.length, real.length)
    assert.match(real, /^\$scrypt\$ln=15,r=8,p=1\$/)
    assert.match(dummy, /^\$scrypt\$ln=15,r=8,p=1\$/)
    assert.equal(await verifyPassword('secret', dummy), false)
  })
})

describe('a random password', () => {
  test('has at least 100 bits, in groups, without characters that look alike', () => {
    const limits: number[] = []
    const password = randomPassword(limit => {
      limits.push(limit)
      return randomInt(limit)
    })
    assert.match(password, /^(?:[2-9a-km-np-z]{5}-){3}[2-9a-km-np-z]{5}$/)
    assert.ok(limits.reduce((bits, limit) => bits + Math.log2(limit), 0) >= 100)
  })

  test('uses every choice differently', () => {
    const first = new Set(Array.from({ length: 32 }, (_, choice) => randomPassword(() => choice)))
    assert.equal(first.size, 32)
  })
})
