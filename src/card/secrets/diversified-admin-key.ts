import { CardError } from '../card-error.ts'
import { cardIdBytes } from '../card-id.ts'
import { bigEndian32, deriveKeyInCounterMode, type KeyDerivation } from './key-derivation.ts'
import { isWeakAdminKey, withOddParity } from './triple-des.ts'

/**
 * The secret from which the admin keys of all cards are derived. Its version is recorded with each card, so that a
 * new master key does not strand the cards of an older one.
 */
export interface MasterKey {
  /** 1 … 2^32 − 1 */
  readonly version: number
  /** 32 bytes */
  readonly secret: Uint8Array
}

const label = 'Cardinal card admin key v1 3DES'
const adminKeyLength = 24
const masterSecretLength = 32
const maximumAttempts = 16

/**
 * The admin key of one card. Deterministic in master key and card id, so that it need never be stored; different for
 * every card, so that the key of a broken card opens no other.
 *
 * NIST SP 800-108r1 in counter mode with HMAC-SHA-256; the context is the master key's version (4 bytes) and the card
 * id (16 bytes, RFC 9562 order). The result has odd parity, three distinct sub-keys, and no weak or semi-weak one. A
 * derivation that misses this (one in about 2^50) is done again with the attempt's number (4 bytes) at the context's
 * end, so that the second result is as reproducible as the first.
 *
 * @param deriveKey stands open for tests, which cannot wait for a weak key
 * @returns 24 bytes
 * @throws CardError 'invalid-key' on a master key of the wrong shape, 'invalid-card-id'
 */
export function diversifyAdminKey(
  master: MasterKey,
  cardId: string,
  deriveKey: KeyDerivation = deriveKeyInCounterMode,
): Uint8Array {
  requireMasterKey(master)
  const context = Buffer.concat([bigEndian32(master.version), cardIdBytes(cardId)])
  for (let attempt = 1; attempt <= maximumAttempts; attempt++) {
    const attemptContext = attempt === 1 ? context : Buffer.concat([context, bigEndian32(attempt)])
    const adminKey = withOddParity(deriveKey(master.secret, label, attemptContext, adminKeyLength))
    if (!isWeakAdminKey(adminKey)) return adminKey
  }
  throw new CardError('invalid-key', 'No strong admin key can be derived: the key derivation is broken.')
}

/** @throws CardError 'invalid-key' on a master key of the wrong shape */
export function requireMasterKey({ version, secret }: MasterKey): void {
  if (!Number.isInteger(version) || version < 1 || version > 0xffff_ffff) {
    throw new CardError(
      'invalid-key',
      'The version of a card master key is a whole number from 1 to 2^32 − 1.',
    )
  }
  if (secret.length !== masterSecretLength) {
    throw new CardError('invalid-key', `A card master key has 32 bytes, not ${secret.length}.`)
  }
}
