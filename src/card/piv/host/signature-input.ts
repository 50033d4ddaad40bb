import { createHash } from 'node:crypto'
import { CardError } from '../../card-error.ts'
import type { HashAlgorithm } from '../../smart-card.ts'
import type { KeyAlgorithm } from '../key-algorithm.ts'

interface Hash {
  /** The name that node:crypto knows. */
  readonly name: string
  /** What stands before the hash in a DigestInfo (RFC 8017 §9.2, note 1). */
  readonly digestInfoPrefix: string
}

const hashes: ReadonlyMap<string, Hash> = new Map([
  ['SHA-1', { name: 'sha1', digestInfoPrefix: '3021300906052b0e03021a05000414' }],
  ['SHA-256', { name: 'sha256', digestInfoPrefix: '3031300d060960864801650304020105000420' }],
  ['SHA-384', { name: 'sha384', digestInfoPrefix: '3041300d060960864801650304020205000430' }],
  ['SHA-512', { name: 'sha512', digestInfoPrefix: '3051300d060960864801650304020305000440' }],
])

/** @throws CardError 'unsupported-algorithm' */
export function requireHash(hash: HashAlgorithm): Hash {
  const known = hashes.get(hash)
  if (known === undefined) {
    throw new CardError('unsupported-algorithm', 'This hash is not known here. Use SHA-256.')
  }
  return known
}

/**
 * What a PIV card's private key is applied to: for RSA the hash padded to the length of the modulus (EMSA-PKCS1-v1_5, RFC
 * 8017 §9.2), for ECDSA the hash, brought to the length of the curve's order: longer ones lose their last bits (FIPS 186-5
 * §6.4.1), shorter ones get zeros before them, which leaves their value.
 */
export function signatureInput(algorithm: KeyAlgorithm, hash: Hash, data: Uint8Array): Uint8Array {
  const digest = createHash(hash.name).update(data).digest()
  if (algorithm.algorithm === 'EC') {
    const input = new Uint8Array(algorithm.coordinateLength)
    const used = digest.subarray(0, input.length)
    input.set(used, input.length - used.length)
    return input
  }
  const input = new Uint8Array(algorithm.keySize / 8).fill(0xff)
  const digestInfo = Buffer.concat([Buffer.from(hash.digestInfoPrefix, 'hex'), digest])
  input.set([0x00, 0x01])
  input.set(digestInfo, input.length - digestInfo.length)
  input[input.length - digestInfo.length - 1] = 0x00
  return input
}
