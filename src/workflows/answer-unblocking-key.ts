import { diversifyUnblockingKey } from '../card/secrets/unblocking-key.ts'
import { CardinalError } from '../domain/error.ts'
import { auditEntry } from './audit-entry.ts'
import { authoriseCardSecret, type CardSecretQuestion } from './authorise-card-secret.ts'
import { masterKeyOf } from './derive-admin-key.ts'
import type { Environment } from './environment.ts'
import type { Caller } from './ports.ts'

export interface UnblockingKeys {
  /** The PUK that the card has; null where it has the one of its maker. */
  readonly current: string | null
  /** The PUK that the client is to set on the card. It counts as current once the request is completed. */
  readonly next: string
}

/**
 * The PIN unblocking keys of a PIV card. Each answer is audited.
 * Throws PolicyForbids for another card and for a Retire or Revoke request, and what {@link authoriseCardSecret} throws.
 */
export async function answerUnblockingKey(
  environment: Pick<Environment, 'store' | 'clock' | 'cardMasterKeys' | 'secretRateLimit'>,
  caller: Caller,
  question: CardSecretQuestion,
): Promise<UnblockingKeys> {
  return await environment.store.transactor.transaction(async transaction => {
    const authorisation = await authoriseCardSecret(environment, transaction, caller, question)
    const { request, physicalCard, smartcard } = authorisation
    if (physicalCard.adminKeyType === 'GIDS-3DES') {
      throw new CardinalError('PolicyForbids', 'A GIDS card has no PUK: its admin key unblocks the PIN.', {
        rule: 'admin key type: GIDS-3DES',
      })
    }
    if (request.type === 'retire' || request.type === 'revoke') {
      throw new CardinalError('PolicyForbids', `A request of the type ${request.type} sets no PIN.`, {
        rule: `${request.type}: no PIN`,
      })
    }
    const masterKey = await masterKeyOf(environment, transaction, physicalCard)
    await transaction.updatePhysicalCard({
      ...physicalCard,
      masterKeyVersion: masterKey.version,
      unblockingKeyRequestUuid: request.uuid,
    })
    const puk = (generation: number) => diversifyUnblockingKey(masterKey, physicalCard.cardId, generation)
    const { unblockingKeyGeneration: generation } = physicalCard
    await transaction.audit(
      auditEntry(environment, caller, 'unblocking-key-answered', {
        requestUuid: request.uuid,
        subject: smartcard.uuid,
        facts: { cardId: physicalCard.cardId, generation },
      }),
    )
    return { current: generation === 0 ? null : puk(generation), next: puk(generation + 1) }
  })
}
