import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { CardError } from '../../../src/card/card-error.ts'
import { diversifyAdminKey } from '../../../src/card/secrets/diversified-admin-key.ts'
import { deriveKeyInCounterMode } from '../../../src/card/secrets/key-derivation.ts'
import {
  diversifyManagementKey,
  type ManagementKeyType,
  managementKeyCiphers,
  managementKeyResponse,
  managementKeyTypeOf,
  managementKeyTypes,
  managementKeyWitness,
} from '../../../src/card/secrets/management-key.ts'
import { hasOddParity, isWeakAdminKey } from '../../../src/card/secrets/triple-des.ts'
import { fromHex, toHex } from '../apdu/hex.ts'
import { openssl } from '../openssl.ts'

/** FIPS 197 appendix C.1 to C.3, and SP 800-67 Rev. 2 appendix B.1, its first block. */
const vectors: readonly [type: ManagementKeyType, key: string, plaintext: string, ciphertext: string][] = [
  [
    'AES-128',
    '000102030405060708090A0B0C0D0E0F',
    '00112233445566778899AABBCCDDEEFF',
    '69C4E0D86A7B0430D8CDB78070B4C55A',
  ],
  [
    'AES-192',
    '000102030405060708090A0B0C0D0E0F1011121314151617',
    '00112233445566778899AABBCCDDEEFF',
    'DDA97CA4864CDFE06EAF70A0EC0D7191',
  ],
  [
    'AES-256',
    '000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F',
    '00112233445566778899AABBCCDDEEFF',
    '8EA2B7CA516745BFEAFC49904B496089',
  ],
  ['3DES', '0123456789ABCDEF23456789ABCDEF01456789ABCDEF0123', '5468652071756663', 'A826FD8CE53B855F'],
]

const cardId = '00112233-4455-6677-8899-aabbccddeeff'
const master = { version: 1, secret: Uint8Array.from({ length: 32 }, (_, index) => index) }
/** By type, of the card and the master key above. */
const pinned = [
  'AEB589C10BFDC4E6F14A4A5B4398982AE3BA6E255ECB1A58',
  '67BB982D060612DE47BA6393201A7F9F',
  'E3014687D9B198FBC8D8C938E0402B6602DC6B93DCAA5C2D',
  'B8EE3AD75F63BD714BBA1C9DA67AC2AB0DE14EAEFDAC25114783C7389BA4E3DF',
]

suite('a management key', () => {
  for (const [type, key, plaintext, ciphertext] of vectors) {
    test(`of ${type} answers a challenge and opens a witness as NIST's vectors say`, () => {
      assert.equal(toHex(managementKeyResponse(type, fromHex(key), fromHex(plaintext))), ciphertext)
      assert.equal(toHex(managementKeyWitness(type, fromHex(key), fromHex(ciphertext))), plaintext)
    })
  }

  test('of another length, and a challenge of another, are refused', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...managementKeyTypes),
        fc.uint8Array({ maxLength: 40 }),
        fc.uint8Array({ maxLength: 40 }),
        (type, key, challenge) => {
          const { keyLength, challengeLength } = managementKeyCiphers[type]
          const code =
            key.length !== keyLength
              ? 'invalid-key'
              : challenge.length !== challengeLength
                ? 'invalid-challenge'
                : undefined
          for (const run of [managementKeyResponse, managementKeyWitness]) {
            if (code === undefined) assert.equal(run(type, key, challenge).length, challengeLength)
            else assert.throws(() => run(type, key, challenge), { name: 'CardError', code })
          }
        },
      ),
    )
  })

  test('is known by the identifiers of SP 800-78', () => {
    const identifiers = [0x00, 0x03, 0x08, 0x0a, 0x0c, 0x07]
    const types = ['3DES', '3DES', 'AES-128', 'AES-192', 'AES-256', undefined]
    assert.deepEqual(identifiers.map(managementKeyTypeOf), types)
  })
})

suite('the diversified management key', () => {
  for (const type of managementKeyTypes) {
    test(`of ${type} is what openssl derives (SP 800-108, counter mode, HMAC-SHA-256)`, () => {
      const context = `00000001${cardId.replaceAll('-', '')}`
      const label = Buffer.from(`Cardinal PIV management key v1 ${type}`).toString('hex')
      const { keyLength } = managementKeyCiphers[type]
      const options = ['mac:HMAC', 'digest:SHA256', 'mode:COUNTER', `hexkey:${toHex(master.secret)}`]
      const fixed = [`hexsalt:${label}`, `hexinfo:${context}`]
      const derived = openssl([
        'kdf',
        '-binary',
        '-keylen',
        `${keyLength}`,
        ...[...options, ...fixed].flatMap(option => ['-kdfopt', option]),
        'KBKDF',
      ])
      const key = diversifyManagementKey(master, cardId, type)
      // Parity takes the lowest bit of each byte of a triple DES key.
      const mask = type === '3DES' ? 0xfe : 0xff
      assert.deepEqual(
        [...key].map(byte => byte & mask),
        [...derived].map(byte => byte & mask),
      )
    })
  }

  test('of no type begins as another, or as the admin key of the same card', () => {
    const keys = managementKeyTypes.map(type => diversifyManagementKey(master, cardId, type))
    const starts = [...keys, diversifyAdminKey(master, cardId)].map(key => toHex(key.subarray(0, 8)))
    assert.equal(new Set(starts).size, 5)
  })

  test('is the same for ever', () => {
    const keys = managementKeyTypes.map(type => toHex(diversifyManagementKey(master, cardId, type)))
    assert.deepEqual(keys, pinned)
  })

  test('differs for every card and every master key', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), fc.constantFrom(...managementKeyTypes), (one, other, type) => {
        const key = toHex(diversifyManagementKey(master, one, type))
        if (one !== other) assert.notEqual(key, toHex(diversifyManagementKey(master, other, type)))
        assert.notEqual(key, toHex(diversifyManagementKey({ ...master, version: 2 }, one, type)))
      }),
    )
  })

  test('of triple DES has odd parity and is never weak: a weak one is derived again', () => {
    let attempts = 0
    const key = diversifyManagementKey(master, cardId, '3DES', (...input) => {
      attempts += 1
      return attempts === 1 ? new Uint8Array(24) : deriveKeyInCounterMode(...input)
    })
    assert.equal(attempts, 2)
    assert.ok(hasOddParity(key) && !isWeakAdminKey(key))
    assert.notDeepEqual(key, diversifyManagementKey(master, cardId, '3DES'))
    assert.throws(() => diversifyManagementKey(master, cardId, '3DES', () => new Uint8Array(24)), CardError)
  })

  test('needs a master key of the right shape', () => {
    const short = { version: 1, secret: new Uint8Array(31) }
    assert.throws(() => diversifyManagementKey(short, cardId, 'AES-256'), { code: 'invalid-key' })
    assert.throws(() => diversifyManagementKey({ ...master, version: 0 }, cardId, 'AES-256'), {
      code: 'invalid-key',
    })
  })
})
