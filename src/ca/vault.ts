import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto'
import type { Randomness } from '../workflows/ports/randomness.ts'
import type { Vault } from '../workflows/ports/vault.ts'
import { keyLength } from './key-encryption-key.ts'

const version = 1
const versionLength = 1
// SP 800-38D §8.2.2: 96 random bits. §8.3 allows 2^32 of them under one key, far more than cards and keys together.
const nonceLength = 12
const tagLength = 16
const headerLength = versionLength + nonceLength

/** Sealed bytes that the vault cannot open. The message names their purpose and says what to do, nothing else. */
export class VaultError extends Error {
  override readonly name = 'VaultError'
  readonly purpose: string

  constructor(purpose: string, reason: string) {
    super(`Could not open the ${purpose}: ${reason}`)
    this.purpose = purpose
  }
}

/**
 * Seals by AES-256-GCM (NIST SP 800-38D). What it seals is one byte of version, 12 of nonce, the ciphertext, and 16 of
 * tag; the tag covers version and purpose too, so that nothing opens in another's place.
 *
 * @param keyEncryptionKey 32 bytes
 * @returns a vault whose `open` throws VaultError for a wrong key, a wrong purpose or altered bytes
 * @throws RangeError for a key of another length
 */
export function createVault(keyEncryptionKey: Uint8Array, randomBytes: Randomness['bytes']): Vault {
  if (keyEncryptionKey.length !== keyLength) {
    throw new RangeError(`A key encryption key has ${keyLength} bytes, not ${keyEncryptionKey.length}.`)
  }
  const key = createSecretKey(keyEncryptionKey)
  return {
    seal(purpose, secret) {
      const nonce = randomBytes(nonceLength)
      const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength })
      cipher.setAAD(associatedData(purpose))
      const ciphertext = [cipher.update(secret), cipher.final()]
      return Uint8Array.from(
        Buffer.concat([Uint8Array.of(version), nonce, ...ciphertext, cipher.getAuthTag()]),
      )
    },
    open(purpose, sealed) {
      if (sealed.length < headerLength + tagLength)
        throw new VaultError(purpose, 'its sealed bytes are cut off.')
      if (sealed[0] !== version) {
        throw new VaultError(
          purpose,
          'it was sealed in a way that this release does not know, or was altered.',
        )
      }
      const nonce = sealed.subarray(versionLength, headerLength)
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength })
      decipher.setAAD(associatedData(purpose))
      decipher.setAuthTag(sealed.subarray(sealed.length - tagLength))
      const plaintext = decipher.update(sealed.subarray(headerLength, sealed.length - tagLength))
      try {
        decipher.final()
      } catch {
        plaintext.fill(0)
        throw new VaultError(
          purpose,
          'the key file or passphrase does not fit this database, or the sealed bytes were altered. ' +
            'Start with the key file or passphrase that the database was created with.',
        )
      }
      const secret = Uint8Array.from(plaintext)
      plaintext.fill(0)
      return secret
    },
  }
}

function associatedData(purpose: string): Uint8Array {
  return Buffer.concat([Uint8Array.of(version), Buffer.from(purpose, 'utf8')])
}
