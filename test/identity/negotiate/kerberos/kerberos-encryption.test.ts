import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  decryptKerberos,
  decryptWithStealing,
  isKnownEncryption,
  KerberosEncryptionError,
} from '../../../../src/identity/negotiate/kerberos/kerberos-encryption.ts'
import {
  deriveSha2Key,
  foldOctets,
} from '../../../../src/identity/negotiate/kerberos/kerberos-key-derivation.ts'
import { encrypt } from '../../../testbed/kerberos/encryption.ts'

const hex = (digits: string) => Buffer.from(digits.replaceAll(' ', ''), 'hex')
const text = (octets: Uint8Array) => Buffer.from(octets).toString('hex')

/** RFC 3961 appendix A.1. */
const folded: readonly (readonly [input: string, length: number, digits: string])[] = [
  ['012345', 8, 'be072631276b1955'],
  ['password', 7, '78a07b6caf85fa'],
  ['Rough Consensus, and Running Code', 8, 'bb6ed30870b7f0e0'],
  ['password', 21, '59e4a8ca7c0385c3c37b3f6d2000247cb6e6bd5b3e'],
  ['MASSACHVSETTS INSTITVTE OF TECHNOLOGY', 24, 'db3b0d8f0b061e603282b308a50841229ad798fab9540c1b'],
  ['Q', 21, '518a54a215a8452a518a54a215a8452a518a54a215'],
  ['ba', 21, 'fb25d531ae8974499f52fd92ea9857c4ba24cf297e'],
  ['kerberos', 8, '6b65726265726f73'],
  ['kerberos', 16, '6b65726265726f737b9b5b2b93132b93'],
  ['kerberos', 21, '8372c236344e5f1550cd0747e15d62ca7a5a3bcea4'],
  ['kerberos', 32, '6b65726265726f737b9b5b2b93132b935c9bdcdad95c9899c4cae4dee6d6cae4'],
]
for (const [input, length, digits] of folded) {
  test(`folds “${input}” to ${length} octets as RFC 3961 does`, () =>
    assert.equal(text(foldOctets(Buffer.from(input), length)), digits))
}

/** RFC 3962 appendix B: how many octets of the sentence, and what they become. */
const sentence = 'I would like the General Gau’s Chicken, please, and wonton soup.'.replace('’', "'")
const stolen: readonly (readonly [length: number, digits: string])[] = [
  [17, 'c6353568f2bf8cb4d8a580362da7ff7f97'],
  [31, 'fc00783e0efdb2c1d445d4c8eff7ed2297687268d6ecccc0c07b25e25ecfe5'],
  [32, '39312523a78662d5be7fcbcc98ebf5a897687268d6ecccc0c07b25e25ecfe584'],
  [47, '97687268d6ecccc0c07b25e25ecfe584b3fffd940c16a18c1b5549d2f838029e39312523a78662d5be7fcbcc98ebf5'],
  [48, '97687268d6ecccc0c07b25e25ecfe5849dad8bbb96c4cdc03bc103e1a194bbd839312523a78662d5be7fcbcc98ebf5a8'],
  [
    64,
    '97687268d6ecccc0c07b25e25ecfe58439312523a78662d5be7fcbcc98ebf5a84807efe836ee89a526730dbc2f7bc8409dad8bbb96c4cdc03bc103e1a194bbd8',
  ],
]
for (const [length, digits] of stolen) {
  test(`decrypts ${length} octets with ciphertext stealing as RFC 3962 does`, () => {
    const plaintext = decryptWithStealing(hex(digits), Buffer.from('chicken teriyaki'))
    assert.equal(Buffer.from(plaintext).toString(), sentence.slice(0, length))
  })
}

const sha2Keys = {
  19: hex('3705D96080C17728A0E800EAB6E0D23C'),
  20: hex('6D404D37FAF79F9DF0D33568D320669800EB4836472EA8A026D16B7182460C52'),
} as const

test('derives keys by SHA-2 as RFC 8009 appendix A does', () => {
  const derive = (
    type: 19 | 20,
    purpose: 'encryption' | 'integrity',
    digest: 'sha256' | 'sha384',
    length: number,
  ) => text(deriveSha2Key(sha2Keys[type], 2, purpose, { digest, length }))
  assert.equal(derive(19, 'encryption', 'sha256', 16), '9b197dd1e8c5609d6e67c3e37c62c72e')
  assert.equal(derive(19, 'integrity', 'sha256', 16), '9fda0e56ab2d85e1569a688696c26a6c')
  assert.equal(
    derive(20, 'encryption', 'sha384', 32),
    '56ab22bee63d82d7bc5227f6773f8ea7a5eb1c825160c38312980c442e5c7e49',
  )
  assert.equal(derive(20, 'integrity', 'sha384', 24), '69b16514e3cd8e56b82010d5c73012b622c4d00ffc23ed1f')
})

/** RFC 8009 appendix A, all of key usage 2: octets of the plaintext 00 01 02 …, and what they become. */
const encrypted: readonly (readonly [type: 19 | 20, length: number, digits: string])[] = [
  [19, 0, 'EF85FB890BB8472F4DAB20394DCA781D AD877EDA39D50C870C0D5A0A8E48C718'],
  [19, 6, '84D7F30754ED987BAB0BF3506BEB09CFB55402CEF7E6 877CE99E247E52D16ED4421DFDF8976C'],
  [
    19,
    16,
    '3517D640F50DDC8AD3628722B3569D2AE07493FA8263254080EA65C1008E8FC2 95FB4852E7D83E1E7C48C37EEBE6B0D3',
  ],
  [
    19,
    21,
    '720F73B18D9859CD6CCB4346115CD336C70F58EDC0C4437C5573544C31C813BCE1E6D072C1 86B39A413C2F92CA9B8334A287FFCBFC',
  ],
  [20, 0, '41F53FA5BFE7026D91FAF9BE959195A0 58707273A96A40F0A01960621AC612748B9BBFBE7EB4CE3C'],
  [20, 6, '4ED7B37C2BCAC8F74F23C1CF07E62BC7B75FB3F637B9 F559C7F664F69EAB7B6092237526EA0D1F61CB20D69D10F2'],
  [
    20,
    16,
    'BC47FFEC7998EB91E8115CF8D19DAC4BBBE2E163E87DD37F49BECA92027764F6 8CF51F14D798C2273F35DF574D1F932E40C4FF255B36A266',
  ],
  [
    20,
    21,
    '40013E2DF58E8751957D2878BCD2D6FE101CCFD556CB1EAE79DB3C3EE86429F2B2A602AC86 FEF6ECB647D6295FAE077A1FEB517508D2C16B4192E01F62',
  ],
]
for (const [type, length, digits] of encrypted) {
  test(`decrypts ${length} octets of encryption type ${type} as RFC 8009 does`, () => {
    const plaintext = decryptKerberos({ encryptionType: type, cipher: hex(digits) }, sha2Keys[type], 2)
    assert.deepEqual(
      [...plaintext],
      Array.from({ length }, (_, index) => index),
    )
  })
}

test('decrypts what the testbed encrypts by AES-256 and SHA-1, at every length', () => {
  for (let length = 0; length < 70; length++) {
    const [key, plaintext] = [randomBytes(32), randomBytes(length)]
    const cipher = encrypt(key, 11, plaintext)
    assert.equal(text(decryptKerberos({ encryptionType: 18, cipher }, key, 11)), text(plaintext))
  }
})

describe('refuses', () => {
  const key = randomBytes(32)
  const cipher = encrypt(key, 2, Buffer.from('what is secret'))
  const refuses = (data: { encryptionType: number; cipher: Uint8Array }, usedKey: Uint8Array, usage = 2) =>
    assert.throws(() => decryptKerberos(data, usedKey, usage), KerberosEncryptionError)

  test('another key, another usage and a key of another length', () => {
    refuses({ encryptionType: 18, cipher }, randomBytes(32))
    refuses({ encryptionType: 18, cipher }, key, 11)
    refuses({ encryptionType: 18, cipher }, key.subarray(1))
    refuses({ encryptionType: 17, cipher }, key)
  })

  test('any bit that was changed, in every encryption type', () => {
    const samples: readonly (readonly [number, Buffer, Buffer])[] = [
      [18, key, cipher],
      ...encrypted.map(([type, , digits]) => [type, sha2Keys[type], hex(digits)] as const),
    ]
    for (const [encryptionType, usedKey, whole] of samples) {
      for (let bit = 0; bit < whole.length * 8; bit += 3) {
        const changed = Buffer.from(whole)
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        refuses({ encryptionType, cipher: changed }, usedKey)
      }
    }
  })

  test('what is cut off anywhere', () => {
    for (let length = 0; length < cipher.length; length++) {
      refuses({ encryptionType: 18, cipher: cipher.subarray(0, length) }, key)
    }
  })

  test('encryption types without AES', () => {
    assert.deepEqual([1, 3, 16, 23, 25, 26].filter(isKnownEncryption), [])
    assert.ok([17, 18, 19, 20].every(isKnownEncryption))
    refuses({ encryptionType: 23, cipher }, key)
  })

  test('anything, by no other error', () => {
    const data = fc.record({
      encryptionType: fc.integer({ min: 0, max: 30 }),
      cipher: fc.uint8Array({ maxLength: 100 }),
    })
    fc.assert(fc.property(data, fc.uint8Array({ maxLength: 33 }), (each, anyKey) => refuses(each, anyKey)))
  })
})
