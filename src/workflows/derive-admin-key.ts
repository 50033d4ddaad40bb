import { diversifyAdminKey } from '../card/diversified-admin-key.ts'
import type { CardSecretAuthorisation } from './authorise-card-secret.ts'
import type { Environment } from './environment.ts'
import type { Transaction } from './ports.ts'

/**
 * The card's diversified admin key, 24 bytes, from the master key version that the card was first given a key of:
 * changing the master key strands no card.
 */
export async function deriveAdminKey(
  environment: Pick<Environment, 'cardMasterKeys'>,
  transaction: Transaction,
  { physicalCard }: CardSecretAuthorisation,
): Promise<Uint8Array> {
  const { cardMasterKeys } = environment
  if (physicalCard.masterKeyVersion !== null) {
    return diversifyAdminKey(cardMasterKeys.version(physicalCard.masterKeyVersion), physicalCard.cardId)
  }
  const masterKey = cardMasterKeys.current()
  await transaction.updatePhysicalCard({ ...physicalCard, masterKeyVersion: masterKey.version })
  return diversifyAdminKey(masterKey, physicalCard.cardId)
}
