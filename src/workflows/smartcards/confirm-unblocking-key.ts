import { equalInConstantTime } from '../../card/secrets/admin-key.ts'
import { diversifyUnblockingKey } from '../../card/secrets/unblocking-key.ts'
import { CardinalError } from '../../domain/error.ts'
import { confirmableGeneration, confirmedGeneration } from '../../domain/unblocking-key-generation.ts'
import { auditEntry } from '../audit-entry.ts'
import type { Environment } from '../environment.ts'
import type { Caller } from '../ports/caller.ts'
import { authoriseCardSecret, type CardSecretQuestion } from './authorise-card-secret.ts'
import { masterKeyOf } from './derive-admin-key.ts'

/**
 * Notes that a PIV card has the PUK which another request was told last: from then on it is the current one, and the present
 * request can be told the next. Once more, it changes nothing. Each one is audited. What the present request was told
 * itself counts by its completion alone.
 * Throws ConcurrentChange for any other PUK, and what {@link authoriseCardSecret} throws.
 */
export async function confirmUnblockingKey(
  environment: Pick<Environment, 'store' | 'clock' | 'cardMasterKeys' | 'secretRateLimit'>,
  caller: Caller,
  question: CardSecretQuestion,
  unblockingKey: string,
): Promise<void> {
  await environment.store.transactor.transaction(async transaction => {
    const authorisation = await authoriseCardSecret(environment, transaction, caller, question)
    const { request, physicalCard, smartcard } = authorisation
    const { cardId, unblockingKeyGeneration: confirmed } = physicalCard
    const generation = confirmableGeneration({
      confirmed,
      ofRequest: await transaction.findToldUnblockingKey(cardId, request.uuid),
      highestOfOthers: await transaction.findHighestUnblockingKeyOfOthers(cardId, request.uuid),
    })
    if (generation === null) throw anotherUnblockingKey()
    const masterKey = await masterKeyOf(environment, transaction, physicalCard)
    if (!isSame(diversifyUnblockingKey(masterKey, cardId, generation), unblockingKey)) {
      throw anotherUnblockingKey()
    }
    if (generation === confirmed) return
    await transaction.updatePhysicalCard({
      ...physicalCard,
      unblockingKeyGeneration: confirmedGeneration(confirmed, generation),
    })
    await transaction.audit(
      auditEntry(environment, caller, 'unblocking-key-confirmed', {
        requestUuid: request.uuid,
        subject: smartcard.uuid,
        facts: { cardId, generation },
      }),
    )
  })
}

function anotherUnblockingKey(): CardinalError {
  return new CardinalError(
    'ConcurrentChange',
    'This is not the PUK that another request was told last of this card. Ask for its PUKs again.',
  )
}

function isSame(left: string, right: string): boolean {
  return equalInConstantTime(Buffer.from(left), Buffer.from(right))
}
