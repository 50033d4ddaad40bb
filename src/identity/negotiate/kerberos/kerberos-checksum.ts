import { createHmac, timingSafeEqual } from 'node:crypto'
import { deriveSha1Key, deriveSha2Key } from './kerberos-key-derivation.ts'

interface ChecksumType {
  /** Of the key, in octets. */
  readonly keyLength: 16 | 32
  readonly digest: 'sha1' | 'sha256' | 'sha384'
  /** Octets of the truncated HMAC. */
  readonly length: number
}

/** By their numbers (IANA, Kerberos Checksum Type Numbers): RFC 3962 §7, RFC 8009 §6. */
const checksumTypes: ReadonlyMap<number, ChecksumType> = new Map([
  [15, { keyLength: 16, digest: 'sha1', length: 12 }],
  [16, { keyLength: 32, digest: 'sha1', length: 12 }],
  [19, { keyLength: 16, digest: 'sha256', length: 16 }],
  [20, { keyLength: 32, digest: 'sha384', length: 24 }],
])

/** Octets of a checksum of this type; null for one that is not known here, such as those with RC4. */
export function kerberosChecksumLength(checksumType: number): number | null {
  return checksumTypes.get(checksumType)?.length ?? null
}

/**
 * Whether this is the checksum of the data (RFC 3961 §5.4, RFC 8009 §6). False for a type that is not known, or that keys
 * of another length are for.
 */
export function isKerberosChecksum(
  checksum: Uint8Array,
  checksumType: number,
  { key, usage, data }: { readonly key: Uint8Array; readonly usage: number; readonly data: Uint8Array },
): boolean {
  const type = checksumTypes.get(checksumType)
  if (type === undefined || key.length !== type.keyLength || checksum.length !== type.length) return false
  const { digest, length } = type
  const derived =
    digest === 'sha1'
      ? deriveSha1Key(key, usage, 'checksum')
      : deriveSha2Key(key, usage, 'checksum', { digest, length })
  return timingSafeEqual(createHmac(digest, derived).update(data).digest().subarray(0, length), checksum)
}
