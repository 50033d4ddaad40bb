import assert from 'node:assert/strict'
import { generateKeyPairSync, generatePrimeSync } from 'node:crypto'
import { test } from 'node:test'
import { decodeCertificationRequest } from '../../src/x509/certification-request.ts'
import { derBitString, derInteger, derNull, derSequence, encodeDer } from '../../src/x509/der/der-writer.ts'
import { encodeObjectIdentifier, objectIdentifiers as oids } from '../../src/x509/object-identifier.ts'
import { decodeSubjectPublicKeyInfo } from '../../src/x509/public-key.ts'
import { findKeyWeakness } from '../../src/x509/weak-key.ts'
import { readVector } from './vector.ts'

function weaknessOf(modulus: bigint, exponent = 65537n) {
  const der = derSequence([
    derSequence([encodeObjectIdentifier(oids.rsaEncryption), derNull]),
    derBitString(derSequence([derInteger(modulus), derInteger(exponent)])),
  ])
  return findKeyWeakness(decodeSubjectPublicKeyInfo(encodeDer(der)))
}

const p = generatePrimeSync(1024, { bigint: true })
const q = generatePrimeSync(1024, { bigint: true })

test('finds nothing in keys of a good generator', () => {
  for (const modulusLength of [1024, 2048]) {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength })
    const key = decodeSubjectPublicKeyInfo(publicKey.export({ type: 'spki', format: 'der' }))
    assert.equal(findKeyWeakness(key), null)
  }
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  assert.equal(
    findKeyWeakness(decodeSubjectPublicKeyInfo(publicKey.export({ type: 'spki', format: 'der' }))),
    null,
  )
})

test('finds bad exponents', () => {
  assert.equal(weaknessOf(p * q, 65536n), 'exponent-even')
  assert.equal(weaknessOf(p * q, 3n), 'exponent-too-small')
  assert.equal(weaknessOf(p * q, 65535n), 'exponent-too-small')
  assert.equal(weaknessOf(p * q, 65537n), null)
  assert.equal(weaknessOf(p * q, 2n ** 256n - 1n), null)
  assert.equal(weaknessOf(p * q, 2n ** 256n + 1n), 'exponent-too-large')
})

test('finds small factors of the modulus, the first and the last', () => {
  assert.equal(weaknessOf(p * q * 2n), 'modulus-even')
  for (const factor of [3n, 5n, 7n, 167n, 743n, 751n]) {
    assert.equal(weaknessOf(p * q * factor), 'modulus-has-small-factor')
  }
  assert.equal(weaknessOf(p * q * 757n), null)
})

test('finds the fingerprint of ROCA in the key of the published request', () => {
  // A chip of 2015 made this key; the same computation in Python with the modulus that openssl prints agrees.
  const request = decodeCertificationRequest(readVector('published-client-request.der'))
  assert.equal(findKeyWeakness(request.subjectPublicKeyInfo), 'modulus-roca')
})

test('finds the fingerprint of ROCA in a modulus made as CVE-2017-15361 makes it', () => {
  let primorial = 1n
  for (const prime of [
    2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
  ]) {
    primorial *= BigInt(prime)
  }
  for (const prime of [101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167])
    primorial *= BigInt(prime)
  const power = (exponent: bigint) => {
    let result = 1n
    for (let count = 0n; count < exponent; count++) result = (result * 65537n) % primorial
    return result
  }
  const left = primorial * (2n ** 800n + 1n) + power(1234n)
  const right = primorial * (2n ** 801n + 3n) + power(987n)
  const smallPrimes = [
    173n,
    179n,
    181n,
    191n,
    193n,
    197n,
    199n,
    211n,
    223n,
    227n,
    229n,
    233n,
    239n,
    241n,
    251n,
  ]
  // Multiples of the primorial keep the fingerprint and move the modulus away from small factors above 167.
  let modulus = left * right
  while (
    weaknessOf(modulus) === 'modulus-has-small-factor' ||
    smallPrimes.some(prime => modulus % prime === 0n)
  ) {
    modulus += 2n * primorial
  }
  assert.equal(weaknessOf(modulus), 'modulus-roca')
})

test('finds primes that lie close together', () => {
  const nextPrime = (start: bigint) => {
    // Fermat's test to base 2 is good enough to find a probable prime for a test.
    for (let candidate = start | 1n; ; candidate += 2n) {
      let result = 1n
      let base = 2n
      for (let exponent = candidate - 1n; exponent > 0n; exponent >>= 1n) {
        if (exponent & 1n) result = (result * base) % candidate
        base = (base * base) % candidate
      }
      if (result === 1n) return candidate
    }
  }
  const prime = generatePrimeSync(512, { bigint: true })
  assert.equal(weaknessOf(prime * nextPrime(prime + 2n)), 'modulus-close-primes')
  assert.equal(weaknessOf(prime * prime), 'modulus-close-primes')
  assert.equal(weaknessOf(prime * generatePrimeSync(512, { bigint: true })), null)
})
