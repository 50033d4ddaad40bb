import { CardinalError } from '../../domain/error.ts'
import { auditEntry } from '../audit-entry.ts'
import type { Environment } from '../environment.ts'
import type { Caller } from '../ports/caller.ts'
import type { CardSecretQuestion } from './authorise-card-secret.ts'
import { cardAdministrationKeys } from './card-administration-key.ts'
import { deriveAdminKey } from './derive-admin-key.ts'
import { tellCardSecret } from './tell-card-secret.ts'

export interface ChallengeQuestion extends CardSecretQuestion {
  /** 8 bytes; 16 for a management key of AES. */
  readonly challenge: Uint8Array
  /** Under the card's own diversified key, or under the default key of its template. */
  readonly diversified: boolean
}

/**
 * The response to a card's challenge, as long as that. Each answer is audited.
 * Throws InvalidParameter for a challenge of another length, and what {@link tellCardSecret} throws.
 */
export async function answerAuthenticationResponse(
  environment: Pick<Environment, 'store' | 'directory' | 'clock' | 'cardMasterKeys' | 'secretRateLimit'>,
  caller: Caller,
  question: ChallengeQuestion,
): Promise<Uint8Array> {
  return await tellCardSecret(environment, caller, question, async (transaction, authorisation) => {
    const { physicalCard, configuration } = authorisation
    const key = cardAdministrationKeys[physicalCard.adminKeyType]
    if (question.challenge.length !== key.challengeLength) {
      throw new CardinalError('InvalidParameter', `challenge: must be ${key.challengeLength} bytes.`)
    }
    const adminKey = question.diversified
      ? await deriveAdminKey(environment, transaction, physicalCard)
      : key.readDefault(configuration.defaultAdminKeyHex)
    await transaction.audit(
      auditEntry(environment, caller, 'authentication-response-answered', {
        requestUuid: question.requestUuid,
        subject: authorisation.smartcard.uuid,
        facts: { cardId: authorisation.smartcard.cardId, diversified: question.diversified },
      }),
    )
    return key.respond(adminKey, question.challenge)
  })
}
