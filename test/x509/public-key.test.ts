import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { decodeCertificationRequest } from '../../src/x509/certification-request.ts'
import { derBitString, derInteger, derNull, derSequence, encodeDer } from '../../src/x509/der/der-writer.ts'
import { decodeSubjectKeyIdentifier } from '../../src/x509/extensions/subject-key-identifier.ts'
import { encodeObjectIdentifier, objectIdentifiers as oids } from '../../src/x509/object-identifier.ts'
import { decodeSubjectPublicKeyInfo, keyIdentifier } from '../../src/x509/public-key.ts'
import { assertRefused, hex } from './refusal.ts'
import { readVector } from './vector.ts'

const spki = { type: 'spki', format: 'der' } as const

function ecKey(curve: string, point: Uint8Array): Uint8Array {
  return encodeDer(
    derSequence([
      derSequence([encodeObjectIdentifier(oids.ecPublicKey), encodeObjectIdentifier(curve)]),
      derBitString(point),
    ]),
  )
}

function rsaKey(modulus: bigint, exponent: bigint): Uint8Array {
  return encodeDer(
    derSequence([
      derSequence([encodeObjectIdentifier(oids.rsaEncryption), derNull]),
      derBitString(derSequence([derInteger(modulus), derInteger(exponent)])),
    ]),
  )
}

test('reads RSA keys', () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024, publicExponent: 3 })
  const key = decodeSubjectPublicKeyInfo(publicKey.export(spki))
  assert.equal(key.algorithm, 'RSA')
  assert.equal(key.keySize, 1024)
  assert.equal(key.curve, null)
  assert.ok(key.algorithm === 'RSA')
  assert.deepEqual(key.exponent, hex('03'))
  assert.equal(Buffer.from(key.modulus).toString('base64url'), publicKey.export({ format: 'jwk' }).n)
})

test('reads keys on P-256 and P-384', () => {
  for (const [curve, keySize] of [
    ['P-256', 256],
    ['P-384', 384],
  ] as const) {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: curve })
    const key = decodeSubjectPublicKeyInfo(publicKey.export(spki))
    assert.deepEqual([key.algorithm, key.curve, key.keySize], ['EC', curve, keySize])
    assert.deepEqual(key.der, new Uint8Array(publicKey.export(spki)))
  }
})

test('refuses other keys', () => {
  for (const key of [
    generateKeyPairSync('ed25519').publicKey,
    generateKeyPairSync('x25519').publicKey,
    generateKeyPairSync('rsa-pss', { modulusLength: 1024 }).publicKey,
    generateKeyPairSync('ec', { namedCurve: 'secp521r1' }).publicKey,
    generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey,
    generateKeyPairSync('ec', { namedCurve: 'P-256', paramEncoding: 'explicit' }).publicKey,
  ]) {
    assertRefused('unsupported-key', () => decodeSubjectPublicKeyInfo(key.export(spki)))
  }
})

// The generators of SP 800-186 §3.2.1.3 and §3.2.1.4.
const p256 = {
  x: '6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296',
  y: '4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5',
}
const p384 = {
  x: 'aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7',
  y: '3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f',
}

test('takes points that lie on their curve', () => {
  assert.equal(decodeSubjectPublicKeyInfo(ecKey(oids.p256, hex(`04${p256.x}${p256.y}`))).curve, 'P-256')
  assert.equal(decodeSubjectPublicKeyInfo(ecKey(oids.p384, hex(`04${p384.x}${p384.y}`))).curve, 'P-384')
})

/** A point of P-256 whose x is so small that x + p fits into 32 octets too. */
function smallPoint(prime: bigint): { x: bigint; y: bigint } {
  const b = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn
  const power = (base: bigint, exponent: bigint): bigint =>
    exponent === 0n
      ? 1n
      : (power((base * base) % prime, exponent / 2n) * (exponent % 2n === 1n ? base : 1n)) % prime
  for (let x = 1n; ; x++) {
    const square = (((x * x * x - 3n * x + b) % prime) + prime) % prime
    const y = power(square, (prime + 1n) / 4n)
    if ((y * y) % prime === square) return { x, y }
  }
}

test('refuses points off their curve, beyond the field, compressed, or at infinity', () => {
  const changed = hex(`04${p256.x}${p256.y}`)
  changed[64] = (changed[64] ?? 0) ^ 1
  const prime = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n
  assertRefused('invalid-key', () => decodeSubjectPublicKeyInfo(ecKey(oids.p256, changed)))
  assertRefused('invalid-key', () =>
    decodeSubjectPublicKeyInfo(ecKey(oids.p256, hex(`04${'ff'.repeat(64)}`))),
  )
  const { x, y } = smallPoint(prime)
  const field = (value: bigint) => value.toString(16).padStart(64, '0')
  assert.equal(decodeSubjectPublicKeyInfo(ecKey(oids.p256, hex(`04${field(x)}${field(y)}`))).curve, 'P-256')
  assertRefused('invalid-key', () =>
    decodeSubjectPublicKeyInfo(ecKey(oids.p256, hex(`04${field(x + prime)}${field(y)}`))),
  )
  assertRefused('unsupported-key', () =>
    decodeSubjectPublicKeyInfo(ecKey(oids.p256, hex(`05${p256.x}${p256.y}`))),
  )
  assertRefused('invalid-key', () =>
    decodeSubjectPublicKeyInfo(ecKey(oids.p256, hex(`04${'00'.repeat(64)}`))),
  )
  assertRefused('unsupported-key', () => decodeSubjectPublicKeyInfo(ecKey(oids.p256, hex(`03${p256.x}`))))
  assertRefused('unsupported-key', () => decodeSubjectPublicKeyInfo(ecKey(oids.p256, hex('00'))))
  assertRefused('unsupported-key', () =>
    decodeSubjectPublicKeyInfo(ecKey(oids.p384, hex(`04${p256.x}${p256.y}`))),
  )
})

test('refuses RSA keys that are none, and those beyond 16384 bits', () => {
  assertRefused('invalid-key', () => decodeSubjectPublicKeyInfo(rsaKey(15n, 3n)))
  assertRefused('invalid-key', () => decodeSubjectPublicKeyInfo(rsaKey(2n ** 512n + 1n, 2n ** 600n)))
  assertRefused('unsupported-key', () => decodeSubjectPublicKeyInfo(rsaKey(2n ** 16384n + 1n, 65537n)))
  assert.equal(decodeSubjectPublicKeyInfo(rsaKey(2n ** 16383n + 1n, 65537n)).keySize, 16384)
})

test('identifies a key by the SHA-1 of its bits', () => {
  const point = hex(`04${p256.x}${p256.y}`)
  const key = decodeSubjectPublicKeyInfo(ecKey(oids.p256, point))
  assert.deepEqual(keyIdentifier(key), new Uint8Array(createHash('sha1').update(point).digest()))
})

test('identifies the key of the published request as its client did', () => {
  const request = decodeCertificationRequest(readVector('published-client-request.der'))
  const requested = request.requestedExtensions[0]
  assert.ok(requested)
  assert.deepEqual(keyIdentifier(request.subjectPublicKeyInfo), decodeSubjectKeyIdentifier(requested.value))
})
