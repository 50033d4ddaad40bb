import type { MasterKey } from '../../card/secrets/diversified-admin-key.ts'
import type { PhysicalCard } from '../../domain/smartcard.ts'
import type { Environment } from '../environment.ts'
import type { Transaction } from '../ports/store.ts'
import { cardAdministrationKeys } from './card-administration-key.ts'

type KeyEnvironment = Pick<Environment, 'cardMasterKeys'>

/**
 * The card's diversified admin key, as long as its type wants it, from the master key version that the card was first
 * given a key of: changing the master key strands no card.
 */
export async function deriveAdminKey(
  environment: KeyEnvironment,
  transaction: Transaction,
  physicalCard: PhysicalCard,
): Promise<Uint8Array> {
  const masterKey = await masterKeyOf(environment, transaction, physicalCard)
  return cardAdministrationKeys[physicalCard.adminKeyType].diversify(masterKey, physicalCard.cardId)
}

/** Ties a card that has none yet to the current master key. */
export async function masterKeyOf(
  { cardMasterKeys }: KeyEnvironment,
  transaction: Transaction,
  physicalCard: PhysicalCard,
): Promise<MasterKey> {
  if (physicalCard.masterKeyVersion !== null) return cardMasterKeys.version(physicalCard.masterKeyVersion)
  const masterKey = cardMasterKeys.current()
  await transaction.updatePhysicalCard({ ...physicalCard, masterKeyVersion: masterKey.version })
  return masterKey
}
