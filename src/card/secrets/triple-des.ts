import { createCipheriv } from 'node:crypto'
import { CardError } from '../card-error.ts'

const keyLength = 24
const subKeyLength = 8
const blockLength = 8

/** The weak and semi-weak keys of DES, in odd parity (NIST SP 800-67 Rev. 2, "Weak Keys"). */
const weakKeys: ReadonlySet<string> = new Set([
  '0101010101010101',
  'fefefefefefefefe',
  'e0e0e0e0f1f1f1f1',
  '1f1f1f1f0e0e0e0e',
  '011f011f010e010e',
  '1f011f010e010e01',
  '01e001e001f101f1',
  'e001e001f101f101',
  '01fe01fe01fe01fe',
  'fe01fe01fe01fe01',
  '1fe01fe00ef10ef1',
  'e01fe01ff10ef10e',
  '1ffe1ffe0efe0efe',
  'fe1ffe1ffe0efe0e',
  'e0fee0fef1fef1fe',
  'fee0fee0fef1fef1',
])

/**
 * Encrypts one block by triple DES in EDE form (NIST SP 800-67 Rev. 2 §3.1), without padding or feedback.
 * Weak keys are accepted: cards leave the factory with keys such as 24 zero bytes.
 *
 * @param key 24 bytes, three sub-keys; parity bits are ignored, as in the standard
 * @param block 8 bytes
 * @returns 8 bytes
 * @throws CardError 'invalid-key' or 'invalid-block' on a wrong length
 */
export function encryptBlock(key: Uint8Array, block: Uint8Array): Uint8Array {
  requireKeyLength(key)
  if (block.length !== blockLength) {
    throw new CardError('invalid-block', `A triple DES block has 8 bytes, not ${block.length}.`)
  }
  const cipher = createCipheriv('des-ede3-ecb', key, null).setAutoPadding(false)
  return Uint8Array.from(Buffer.concat([cipher.update(block), cipher.final()]))
}

/** Whether every byte has an odd number of bits set (FIPS 46-3, "Key": bits 8, 16, … 64 are for odd parity). */
export function hasOddParity(key: Uint8Array): boolean {
  return key.every(byte => byte === oddParityByte(byte))
}

/** A copy of the key with the lowest bit of each byte set so that the byte has odd parity (FIPS 46-3). */
export function withOddParity(key: Uint8Array): Uint8Array {
  return Uint8Array.from(key, oddParityByte)
}

/**
 * Whether a triple DES key must not be given to a card: one of its sub-keys is a weak or semi-weak DES key, or two
 * sub-keys are equal (NIST SP 800-67 Rev. 2, "Key Requirements" and "Weak Keys"). Parity bits are ignored.
 *
 * @param key 24 bytes
 * @throws CardError 'invalid-key' on a wrong length
 */
export function isWeakAdminKey(key: Uint8Array): boolean {
  requireKeyLength(key)
  const subKeys = [0, 1, 2].map(index => {
    const start = index * subKeyLength
    return Buffer.from(withOddParity(key.subarray(start, start + subKeyLength))).toString('hex')
  })
  return new Set(subKeys).size < subKeys.length || subKeys.some(subKey => weakKeys.has(subKey))
}

function requireKeyLength(key: Uint8Array): void {
  if (key.length !== keyLength) {
    throw new CardError('invalid-key', `A triple DES key has 24 bytes, not ${key.length}.`)
  }
}

function oddParityByte(byte: number): number {
  let ones = 0
  for (let bits = byte >> 1; bits !== 0; bits >>= 1) ones += bits & 1
  return (byte & 0xfe) | (ones % 2 === 0 ? 1 : 0)
}
