import { CardinalError } from '../../domain/error.ts'
import { auditEntry } from '../audit-entry.ts'
import type { Environment } from '../environment.ts'
import type { Caller } from '../ports/caller.ts'
import type { Transaction } from '../ports/store.ts'
import { endsOnly } from '../steps/ends-only.ts'
import { findTargetNow } from '../steps/find-target-now.ts'
import { issuableSubject } from '../steps/issuable-subject.ts'
import {
  authoriseCardSecret,
  type CardSecretAuthorisation,
  type CardSecretQuestion,
} from './authorise-card-secret.ts'

/**
 * Tells a secret of a card, in the transaction that authorises it, where the card is for somebody whose account is good at
 * this moment: a card of an account that is disabled or expired is not made to work, whoever asks, and whatever was
 * approved before. A Retire or Revoke request takes such a card out of use, and is told what that needs.
 * Throws UserStateForbids, of which the audit tells, ServiceUnavailable where the directory cannot be asked, and what
 * {@link authoriseCardSecret} throws.
 */
export async function tellCardSecret<Secret>(
  environment: Pick<Environment, 'store' | 'directory' | 'clock' | 'secretRateLimit'>,
  caller: Caller,
  question: CardSecretQuestion,
  tell: (transaction: Transaction, authorisation: CardSecretAuthorisation) => Promise<Secret>,
): Promise<Secret> {
  const { transactor } = environment.store
  const target = await findTargetNow(environment, caller, question.requestUuid)
  try {
    return await transactor.transaction(async transaction => {
      const authorisation = await authoriseCardSecret(environment, transaction, caller, question)
      const subject = endsOnly(authorisation.request.type) ? null : await issuableSubject(transaction, target)
      if (subject instanceof CardinalError) throw subject
      return await tell(transaction, authorisation)
    })
  } catch (error) {
    // The execution that began for the question is undone, and what the audit says of it is kept.
    if (error instanceof CardinalError && error.code === 'UserStateForbids') {
      await transactor.transaction(transaction =>
        transaction.audit(
          auditEntry(environment, caller, 'card-secret-refused', {
            requestUuid: question.requestUuid,
            subject: question.smartcardUuid,
            facts: { fault: error.message },
          }),
        ),
      )
    }
    throw error
  }
}
