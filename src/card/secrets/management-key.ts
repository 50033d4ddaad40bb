import { createCipheriv, createDecipheriv } from 'node:crypto'
import { CardError } from '../card-error.ts'
import { cardIdBytes } from '../card-id.ts'
import { type MasterKey, requireMasterKey } from './diversified-admin-key.ts'
import { bigEndian32, deriveKeyInCounterMode, type KeyDerivation } from './key-derivation.ts'
import { isWeakAdminKey, withOddParity } from './triple-des.ts'

/** What a PIV card's management key (key reference 9B) can be (SP 800-78-4 table 6-2). */
export type ManagementKeyType = '3DES' | 'AES-128' | 'AES-192' | 'AES-256'

interface Cipher {
  /** The cryptographic algorithm identifier (SP 800-78-4 table 6-2). */
  readonly identifier: number
  readonly keyLength: number
  /** Bytes of a block, and so of challenge, witness and response. */
  readonly challengeLength: 8 | 16
  readonly name: string
}

export const managementKeyCiphers: Readonly<Record<ManagementKeyType, Cipher>> = {
  '3DES': { identifier: 0x03, keyLength: 24, challengeLength: 8, name: 'des-ede3-ecb' },
  'AES-128': { identifier: 0x08, keyLength: 16, challengeLength: 16, name: 'aes-128-ecb' },
  'AES-192': { identifier: 0x0a, keyLength: 24, challengeLength: 16, name: 'aes-192-ecb' },
  'AES-256': { identifier: 0x0c, keyLength: 32, challengeLength: 16, name: 'aes-256-ecb' },
}

export const managementKeyTypes: readonly ManagementKeyType[] = ['3DES', 'AES-128', 'AES-192', 'AES-256']

const maximumAttempts = 16

/** The type of an algorithm identifier; '00' is triple DES by its older name (SP 800-78-4 table 6-2). */
export function managementKeyTypeOf(identifier: number): ManagementKeyType | undefined {
  if (identifier === 0x00) return '3DES'
  return managementKeyTypes.find(type => managementKeyCiphers[type].identifier === identifier)
}

/** @throws CardError 'invalid-key' where the key is not as long as its type wants it */
export function requireManagementKey(type: ManagementKeyType, key: Uint8Array): void {
  const { keyLength } = managementKeyCiphers[type]
  if (key.length !== keyLength) {
    throw new CardError(
      'invalid-key',
      `A management key of ${type} has ${keyLength} bytes, not ${key.length}.`,
    )
  }
}

/**
 * The answer that proves knowledge of a management key: the challenge, encrypted as one block under that key (SP 800-73-4
 * part 2 appendix A.1).
 *
 * @param key as long as its type wants it: 24, 16, 24 or 32 bytes
 * @param challenge the 8 (3DES) or 16 (AES) bytes that the card gave
 * @returns as many bytes
 * @throws CardError 'invalid-key', 'invalid-challenge'
 */
export function managementKeyResponse(
  type: ManagementKeyType,
  key: Uint8Array,
  challenge: Uint8Array,
): Uint8Array {
  requireManagementKey(type, key)
  requireBlock(type, challenge)
  const cipher = createCipheriv(managementKeyCiphers[type].name, key, null).setAutoPadding(false)
  return Uint8Array.from(Buffer.concat([cipher.update(challenge), cipher.final()]))
}

/**
 * What stands in a witness, which a card gives encrypted under its management key to begin the mutual authentication
 * (SP 800-73-4 part 2 appendix A.2): whoever can tell knows the key.
 *
 * @param witness the 8 (3DES) or 16 (AES) bytes that the card gave
 * @returns as many bytes
 * @throws CardError 'invalid-key', 'invalid-challenge'
 */
export function managementKeyWitness(
  type: ManagementKeyType,
  key: Uint8Array,
  witness: Uint8Array,
): Uint8Array {
  requireManagementKey(type, key)
  requireBlock(type, witness)
  const decipher = createDecipheriv(managementKeyCiphers[type].name, key, null).setAutoPadding(false)
  return Uint8Array.from(Buffer.concat([decipher.update(witness), decipher.final()]))
}

/**
 * The management key of one PIV card, as `diversifyAdminKey` makes the admin key of another card: NIST SP 800-108r1 in
 * counter mode with HMAC-SHA-256; the context is the master key's version (4 bytes) and the card id (16 bytes, RFC 9562
 * order). The label names use and type, so that no two types, and no admin key, share their bytes.
 *
 * Triple DES keys have odd parity and are not weak; a derivation that misses this is done again with the attempt's number
 * (4 bytes) at the context's end.
 *
 * @param deriveKey stands open for tests, which cannot wait for a weak key
 * @returns 24, 16, 24 or 32 bytes
 * @throws CardError 'invalid-key' on a master key of the wrong shape, 'invalid-card-id'
 */
export function diversifyManagementKey(
  master: MasterKey,
  cardId: string,
  type: ManagementKeyType,
  deriveKey: KeyDerivation = deriveKeyInCounterMode,
): Uint8Array {
  requireMasterKey(master)
  const label = `Cardinal PIV management key v1 ${type}`
  const { keyLength } = managementKeyCiphers[type]
  const context = Buffer.concat([bigEndian32(master.version), cardIdBytes(cardId)])
  if (type !== '3DES') return deriveKey(master.secret, label, context, keyLength)
  for (let attempt = 1; attempt <= maximumAttempts; attempt++) {
    const attemptContext = attempt === 1 ? context : Buffer.concat([context, bigEndian32(attempt)])
    const key = withOddParity(deriveKey(master.secret, label, attemptContext, keyLength))
    if (!isWeakAdminKey(key)) return key
  }
  throw new CardError('invalid-key', 'No strong management key can be derived: the key derivation is broken.')
}

function requireBlock(type: ManagementKeyType, block: Uint8Array): void {
  const { challengeLength } = managementKeyCiphers[type]
  if (block.length !== challengeLength) {
    throw new CardError(
      'invalid-challenge',
      `A card with a management key of ${type} gives challenges of ${challengeLength} bytes, not ${block.length}. ` +
        'Ask the card which type its key has, and for a new challenge.',
    )
  }
}
