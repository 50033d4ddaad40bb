import { createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto'
import { concatenate } from '../../../x509/der/bytes.ts'
import { deriveSha1Key, deriveSha2Key } from './kerberos-key-derivation.ts'
import type { EncryptedData } from './kerberos-request.ts'

/** What is encrypted cannot be decrypted with this key. Says nothing of key and content. */
export class KerberosEncryptionError extends Error {
  override readonly name = 'KerberosEncryptionError'
}

/** RFC 4120 §7.5.1. */
export const keyUsage = { ticket: 2, authenticator: 11 } as const

const blockLength = 16
const zeroBlock = new Uint8Array(blockLength)

interface EncryptionType {
  /** Octets. */
  readonly keyLength: 16 | 32
  readonly digest: 'sha1' | 'sha256' | 'sha384'
  /** Octets of the truncated HMAC at the end. */
  readonly checksumLength: number
  /** Whether the HMAC is over the ciphertext (RFC 8009 §5), not over the plaintext (RFC 3961 §5.3). */
  readonly isCiphertextSigned: boolean
  encryptionKey(key: Uint8Array, usage: number): Uint8Array
  integrityKey(key: Uint8Array, usage: number): Uint8Array
}

/** RFC 3962 §6. */
function sha1Type(keyLength: 16 | 32): EncryptionType {
  return {
    keyLength,
    digest: 'sha1',
    checksumLength: 12,
    isCiphertextSigned: false,
    encryptionKey: (key, usage) => deriveSha1Key(key, usage, 'encryption'),
    integrityKey: (key, usage) => deriveSha1Key(key, usage, 'integrity'),
  }
}

/** RFC 8009 §5: the key of the HMAC has half as many octets as the digest. */
function sha2Type(keyLength: 16 | 32, digest: 'sha256' | 'sha384', checksumLength: number): EncryptionType {
  return {
    keyLength,
    digest,
    checksumLength,
    isCiphertextSigned: true,
    encryptionKey: (key, usage) => deriveSha2Key(key, usage, 'encryption', { digest, length: keyLength }),
    integrityKey: (key, usage) => deriveSha2Key(key, usage, 'integrity', { digest, length: checksumLength }),
  }
}

/** By their numbers (IANA, Kerberos Encryption Type Numbers). */
const encryptionTypes: ReadonlyMap<number, EncryptionType> = new Map([
  [17, sha1Type(16)],
  [18, sha1Type(32)],
  [19, sha2Type(16, 'sha256', 16)],
  [20, sha2Type(32, 'sha384', 24)],
])

/** Whether `decryptKerberos` knows the encryption type: those with AES. Others, such as rc4-hmac, it does not. */
export function isKnownEncryption(encryptionType: number): boolean {
  return encryptionTypes.has(encryptionType)
}

/**
 * Verifies and decrypts (RFC 3961 §5.3, RFC 3962, RFC 8009).
 *
 * @throws KerberosEncryptionError for an encryption type that is not known, a key of another length, or what was
 *   encrypted otherwise or changed
 */
export function decryptKerberos(
  { encryptionType, cipher }: EncryptedData,
  key: Uint8Array,
  usage: number,
): Uint8Array {
  const type = encryptionTypes.get(encryptionType)
  if (type === undefined) throw new KerberosEncryptionError(`encryption type ${encryptionType} is not known`)
  if (key.length !== type.keyLength) throw new KerberosEncryptionError('the key is of another length')
  const end = cipher.length - type.checksumLength
  if (end < blockLength) throw new KerberosEncryptionError('what is encrypted is too short')
  const [encrypted, checksum] = [cipher.subarray(0, end), cipher.subarray(end)]
  const hmac = createHmac(type.digest, type.integrityKey(key, usage))
  const verify = () => {
    if (!timingSafeEqual(hmac.digest().subarray(0, type.checksumLength), checksum)) {
      throw new KerberosEncryptionError('the checksum is another one')
    }
  }
  if (type.isCiphertextSigned) {
    // The initial vector, which is zero, comes first.
    hmac.update(zeroBlock).update(encrypted)
    verify()
  }
  const plaintext = decryptWithStealing(encrypted, type.encryptionKey(key, usage))
  if (!type.isCiphertextSigned) {
    hmac.update(plaintext)
    verify()
  }
  // The confounder, a block of random octets, has served.
  return plaintext.subarray(blockLength)
}

/**
 * AES in CBC mode with ciphertext stealing and a zero initial vector (RFC 3962 §5): the last two blocks changed places,
 * and the one that is last then lost what the plaintext lacked for a whole block.
 *
 * @param encrypted a block at least
 */
export function decryptWithStealing(encrypted: Uint8Array, key: Uint8Array): Uint8Array {
  const name = `aes-${key.length * 8}`
  const decryptChain = (blocks: Uint8Array) =>
    createDecipheriv(`${name}-cbc`, key, zeroBlock).setAutoPadding(false).update(blocks)
  if (encrypted.length === blockLength) return decryptChain(encrypted)
  const lastStart = Math.floor((encrypted.length - 1) / blockLength) * blockLength
  const last = encrypted.subarray(lastStart)
  const beforeLast = encrypted.subarray(lastStart - blockLength, lastStart)
  const mixed = createDecipheriv(`${name}-ecb`, key, null).setAutoPadding(false).update(beforeLast)
  const stolen = mixed.subarray(last.length)
  const chained = decryptChain(concatenate([encrypted.subarray(0, lastStart - blockLength), last, stolen]))
  const end = last.map((octet, index) => octet ^ (mixed[index] ?? 0))
  return concatenate([chained, end])
}
