import { cardIdBytes } from '../card-id.ts'
import { type MasterKey, requireMasterKey } from './diversified-admin-key.ts'
import { bigEndian32, deriveKeyInCounterMode } from './key-derivation.ts'

/** Eight digits: what every PIV card takes as its PUK (SP 800-73-4 part 2 §2.4.3). */
const digits = 8
/** So many more bytes than the digits need that no digit is likelier than another by more than 2^-100. */
const derivedLength = 16

/**
 * The PIN unblocking key (PUK) of one PIV card: NIST SP 800-108r1 in counter mode with HMAC-SHA-256 as for the card's
 * other keys; the context is the master key's version (4 bytes), the card id (16 bytes) and the generation (4 bytes).
 * Whoever unblocked a card has seen its PUK, so that each one is used for one unblocking alone.
 *
 * @param generation 1 for the first one that a card gets
 * @returns 8 digits
 * @throws CardError 'invalid-key' on a master key of the wrong shape, 'invalid-card-id'
 */
export function diversifyUnblockingKey(master: MasterKey, cardId: string, generation: number): string {
  requireMasterKey(master)
  const context = Buffer.concat([bigEndian32(master.version), cardIdBytes(cardId), bigEndian32(generation)])
  const derived = deriveKeyInCounterMode(
    master.secret,
    'Cardinal PIV unblocking key v1',
    context,
    derivedLength,
  )
  const number = BigInt(`0x${Buffer.from(derived).toString('hex')}`) % 10n ** BigInt(digits)
  return number.toString().padStart(digits, '0')
}
