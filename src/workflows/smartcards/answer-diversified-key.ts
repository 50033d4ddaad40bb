import { CardinalError } from '../../domain/error.ts'
import { auditEntry } from '../audit-entry.ts'
import type { Environment } from '../environment.ts'
import type { Caller } from '../ports/caller.ts'
import type { CardSecretQuestion } from './authorise-card-secret.ts'
import { deriveAdminKey } from './derive-admin-key.ts'
import { tellCardSecret } from './tell-card-secret.ts'

/**
 * The admin key that the client is to set on the card, as long as the card's type of key wants it. Each answer is audited.
 * Throws PolicyForbids where the template does not diversify, and what {@link tellCardSecret} throws.
 */
export async function answerDiversifiedKey(
  environment: Pick<Environment, 'store' | 'directory' | 'clock' | 'cardMasterKeys' | 'secretRateLimit'>,
  caller: Caller,
  question: CardSecretQuestion,
): Promise<Uint8Array> {
  return await tellCardSecret(environment, caller, question, async (transaction, authorisation) => {
    if (!authorisation.configuration.diversifyAdminKey) {
      throw new CardinalError(
        'PolicyForbids',
        `The profile template "${authorisation.template.name}" does not diversify admin keys.`,
        { rule: `profile template ${authorisation.template.uuid}: diversifyAdminKey` },
      )
    }
    const adminKey = await deriveAdminKey(environment, transaction, authorisation.physicalCard)
    await transaction.audit(
      auditEntry(environment, caller, 'diversified-key-answered', {
        requestUuid: question.requestUuid,
        subject: authorisation.smartcard.uuid,
        facts: { cardId: authorisation.smartcard.cardId },
      }),
    )
    return adminKey
  })
}
