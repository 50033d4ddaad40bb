import { CardinalError } from '../../domain/error.ts'
import type { ProfileTemplate, SmartcardConfiguration } from '../../domain/profile-template.ts'
import { accept } from '../../domain/refusal.ts'
import { nextRequestStatus, type Request } from '../../domain/request.ts'
import type { PhysicalCard, Smartcard } from '../../domain/smartcard.ts'
import type { Environment } from '../environment.ts'
import type { Caller } from '../ports/caller.ts'
import type { Transaction } from '../ports/store.ts'
import { beginExecution } from '../steps/begin-execution.ts'
import { profileTemplateOf } from '../steps/profile-template-of.ts'
import { requireOperable } from '../steps/require-operable.ts'
import { lockRequestFor } from '../steps/require-request.ts'
import { smartcardOfRequest } from '../steps/smartcard-of-request.ts'
import { wasPassedOn } from '../steps/was-passed-on.ts'

export interface CardSecretQuestion {
  readonly requestUuid: string
  readonly smartcardUuid: string
  /** null where the route lets the client leave it out. */
  readonly cardId: string | null
}

/** Proof that the caller may have a secret of this card; there is no other way to one. */
export interface CardSecretAuthorisation {
  readonly request: Request
  readonly smartcard: Smartcard
  readonly physicalCard: PhysicalCard
  readonly template: ProfileTemplate
  readonly configuration: SmartcardConfiguration
}

type SecretEnvironment = Pick<Environment, 'clock' | 'secretRateLimit'>

/**
 * Lets the executor of an executing request, and nobody else, have a secret of the request's own card.
 * A request that knows its card from the start (unblock, retire, revoke) begins to execute with the first question.
 * Throws TooManyRequests, RequestNotFound, NotPermitted, RequestStateForbids, SmartcardNotBound, SmartcardNotOfRequest,
 * SmartcardStateForbids where a card to be unblocked has ended, SmartcardInUse where it is somebody else's by now.
 */
export async function authoriseCardSecret(
  environment: SecretEnvironment,
  transaction: Transaction,
  caller: Caller,
  question: CardSecretQuestion,
): Promise<CardSecretAuthorisation> {
  const request = await lockRequestFor(transaction, caller, question.requestUuid, 'execute')
  accept(nextRequestStatus(request.status, 'execute'))
  // Only now: who could spend for made-up requests would push their own out of the limit's bounded memory.
  environment.secretRateLimit.spend(`${caller.user.uuid} ${question.requestUuid}`)
  const smartcard = await smartcardOfRequest(transaction, request, question.smartcardUuid)
  const isNewAssignment = request.type === 'enroll' || request.type === 'renew' || request.type === 'recover'
  if (isNewAssignment && request.newSmartcardUuid === null) {
    throw new CardinalError('SmartcardNotBound', 'The request has no smart card yet; bind one first.')
  }
  if (question.cardId !== null && question.cardId !== smartcard.cardId) {
    throw new CardinalError(
      'SmartcardNotOfRequest',
      'The card id is not that of the smart card of this request.',
    )
  }
  const template = await profileTemplateOf(transaction, smartcard)
  if (template.smartcard === null) {
    throw new CardinalError(
      'PolicyForbids',
      `The profile template "${template.name}" is for software profiles.`,
    )
  }
  if (request.type === 'unblock') {
    await requireOperable(transaction, 'unblock', { ...smartcard, smartcardUuid: smartcard.uuid }, template)
  }
  const physicalCard = await transaction.lockPhysicalCard(smartcard.cardId)
  await requireNotPassedOn(transaction, smartcard)
  return {
    request: await beginExecution(environment, transaction, caller, request),
    smartcard,
    physicalCard,
    template,
    configuration: template.smartcard,
  }
}

/** The secrets of a physical card outlive its assignments: an old request must not open the card of its next owner. */
async function requireNotPassedOn(transaction: Transaction, smartcard: Smartcard): Promise<void> {
  if (!(await wasPassedOn(transaction, smartcard))) return
  throw new CardinalError('SmartcardInUse', 'The card has been assigned to somebody else since.')
}
