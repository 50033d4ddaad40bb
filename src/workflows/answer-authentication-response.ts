import { authenticationResponse, parseAdminKeyHex } from '../card/admin-key.ts'
import { CardinalError } from '../domain/error.ts'
import { auditEntry } from './audit-entry.ts'
import { authoriseCardSecret, type CardSecretQuestion } from './authorise-card-secret.ts'
import { deriveAdminKey } from './derive-admin-key.ts'
import type { Environment } from './environment.ts'
import type { Caller } from './ports.ts'

export interface ChallengeQuestion extends CardSecretQuestion {
  /** 8 bytes. */
  readonly challenge: Uint8Array
  /** Under the card's own diversified key, or under the default key of its template. */
  readonly diversified: boolean
}

/**
 * The response to a card's challenge, 8 bytes. Each answer is audited.
 * Throws InvalidParameter for a challenge of another length, and what {@link authoriseCardSecret} throws.
 */
export async function answerAuthenticationResponse(
  environment: Pick<Environment, 'store' | 'clock' | 'cardMasterKeys' | 'secretRateLimit'>,
  caller: Caller,
  question: ChallengeQuestion,
): Promise<Uint8Array> {
  if (question.challenge.length !== 8) {
    throw new CardinalError('InvalidParameter', 'challenge: must be 8 bytes.')
  }
  return await environment.store.transactor.transaction(async transaction => {
    const authorisation = await authoriseCardSecret(environment, transaction, caller, question)
    const adminKey = question.diversified
      ? await deriveAdminKey(environment, transaction, authorisation)
      : parseAdminKeyHex(authorisation.configuration.defaultAdminKeyHex)
    await transaction.audit(
      auditEntry(environment, caller, 'authentication-response-answered', {
        requestUuid: question.requestUuid,
        subject: authorisation.smartcard.uuid,
        facts: { cardId: authorisation.smartcard.cardId, diversified: question.diversified },
      }),
    )
    return authenticationResponse(adminKey, question.challenge)
  })
}
