import { diversifyUnblockingKey } from '../../card/secrets/unblocking-key.ts'
import { CardinalError } from '../../domain/error.ts'
import { accept } from '../../domain/refusal.ts'
import { generationsToTell } from '../../domain/unblocking-key-generation.ts'
import { auditEntry } from '../audit-entry.ts'
import type { Environment } from '../environment.ts'
import type { Caller } from '../ports/caller.ts'
import { endsOnly } from '../steps/ends-only.ts'
import type { CardSecretQuestion } from './authorise-card-secret.ts'
import { masterKeyOf } from './derive-admin-key.ts'
import { tellCardSecret } from './tell-card-secret.ts'

export interface UnblockingKeys {
  /** The PUK that the card has, as of the last completed request; null where it has the one of its maker. */
  readonly current: string | null
  /** What it may have instead, as another request was told it and was not completed; null where that cannot be. */
  readonly lastTold: string | null
  /**
   * The PUK that the client is to set on the card. It counts as current once the request is completed, and no other
   * request was told it, the present one as often as it asks. null beside a `lastTold`: the client sets that one first, and
   * confirms it, so that there are never three PUKs that a card with three tries could have.
   */
  readonly next: string | null
  /**
   * Whether no assignment of the card was ever completed. Then a request may have confirmed what it never set, and the card
   * may have the PUK of its maker still, whatever `current` says.
   */
  readonly isCardNew: boolean
}

/**
 * The PIN unblocking keys of a PIV card. What is told is kept for good before it is, and each answer is audited.
 * Throws PolicyForbids for another card and for a Retire or Revoke request, RequestStateForbids where another request has
 * gone on with the card, and what {@link tellCardSecret} throws.
 */
export async function answerUnblockingKey(
  environment: Pick<Environment, 'store' | 'directory' | 'clock' | 'cardMasterKeys' | 'secretRateLimit'>,
  caller: Caller,
  question: CardSecretQuestion,
): Promise<UnblockingKeys> {
  return await tellCardSecret(environment, caller, question, async (transaction, authorisation) => {
    const { request, physicalCard, smartcard } = authorisation
    if (physicalCard.adminKeyType === 'GIDS-3DES') {
      throw new CardinalError('PolicyForbids', 'A GIDS card has no PUK: its admin key unblocks the PIN.', {
        rule: 'admin key type: GIDS-3DES',
      })
    }
    if (endsOnly(request.type)) {
      throw new CardinalError('PolicyForbids', `A request of the type ${request.type} sets no PIN.`, {
        rule: `${request.type}: no PIN`,
      })
    }
    const masterKey = await masterKeyOf(environment, transaction, physicalCard)
    const about = [physicalCard.cardId, request.uuid] as const
    const ofRequest = await transaction.findToldUnblockingKey(...about)
    const { confirmed, lastTold, next } = accept(
      generationsToTell({
        confirmed: physicalCard.unblockingKeyGeneration,
        ofRequest,
        highestOfOthers: await transaction.findHighestUnblockingKeyOfOthers(...about),
      }),
    )
    if (ofRequest === null && next !== null) {
      await transaction.insertToldUnblockingKey({
        cardId: physicalCard.cardId,
        requestUuid: request.uuid,
        generation: next,
      })
    }
    await transaction.audit(
      auditEntry(environment, caller, 'unblocking-key-answered', {
        requestUuid: request.uuid,
        subject: smartcard.uuid,
        facts: { cardId: physicalCard.cardId, generation: confirmed, lastTold, next },
      }),
    )
    const puk = (generation: number) => diversifyUnblockingKey(masterKey, physicalCard.cardId, generation)
    return {
      current: confirmed === 0 ? null : puk(confirmed),
      lastTold: lastTold === null ? null : puk(lastTold),
      next: next === null ? null : puk(next),
      isCardNew: !(await transaction.hasCompletedAssignment(physicalCard.cardId)),
    }
  })
}
