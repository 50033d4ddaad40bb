import { CardError } from '../card-error.ts'
import type { HashAlgorithm } from '../smart-card.ts'

export interface Hash {
  /** The name that node:crypto knows. */
  readonly name: string
  /** What stands before the hash in a DigestInfo, in hexadecimal digits (RFC 8017 §9.2, note 1). */
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

/** A hash with its name, in DER, as RSASSA-PKCS1-v1_5 signs it (RFC 8017 §9.2). */
export function encodeDigestInfo({ digestInfoPrefix }: Hash, digest: Uint8Array): Uint8Array {
  return Uint8Array.from(Buffer.concat([Buffer.from(digestInfoPrefix, 'hex'), digest]))
}
