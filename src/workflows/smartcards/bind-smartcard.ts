import type { AdminKeyType } from '../../domain/admin-key-type.ts'
import { CardinalError } from '../../domain/error.ts'
import type { Profile } from '../../domain/profile.ts'
import type { ProfileTemplate } from '../../domain/profile-template.ts'
import { accept } from '../../domain/refusal.ts'
import { nextRequestStatus, type Request } from '../../domain/request.ts'
import { nextSmartcardStatus, type Smartcard } from '../../domain/smartcard.ts'
import { auditEntry } from '../audit-entry.ts'
import type { Environment } from '../environment.ts'
import type { Caller } from '../ports/caller.ts'
import type { Transaction } from '../ports/store.ts'
import { policyOf, profileTemplateOf } from '../steps/profile-template-of.ts'
import { requireOperable } from '../steps/require-operable.ts'
import { lockRequestFor } from '../steps/require-request.ts'

type BindEnvironment = Pick<Environment, 'store' | 'clock' | 'randomness'>

export interface Binding {
  readonly requestUuid: string
  /** Lower case, without braces. */
  readonly cardId: string
  /** Hex; null where the client sent none. */
  readonly answerToReset: string | null
  /** Where the client does not say, a new card is one of GIDS, a known one what it was. */
  readonly adminKeyType?: AdminKeyType
}

/**
 * Assigns a physical card to a request and begins its execution. The same card again answers with the same assignment.
 * Throws RequestNotFound, NotPermitted, RequestStateForbids, PolicyForbids, SmartcardNotOfRequest, SmartcardInUse,
 * SmartcardReuseForbidden, and SmartcardStateForbids where the card to be renewed or recovered has ended meanwhile.
 */
export async function bindSmartcard(
  environment: BindEnvironment,
  caller: Caller,
  binding: Binding,
): Promise<Smartcard> {
  return await environment.store.transactor.transaction(async transaction => {
    const request = await lockRequestFor(transaction, caller, binding.requestUuid, 'execute')
    const status = accept(nextRequestStatus(request.status, 'execute'))
    const template = await profileTemplateOf(transaction, request)
    if (template.smartcard === null) {
      throw new CardinalError(
        'PolicyForbids',
        `The profile template "${template.name}" is for software profiles.`,
      )
    }
    const bound = await findBound(transaction, request, binding)
    if (bound !== null && request.status === 'executing') return bound
    const smartcard = bound ?? (await assignCard(environment, transaction, request, template, binding))
    const assigned =
      bound === null ? { newSmartcardUuid: smartcard.uuid, newProfileUuid: smartcard.profileUuid } : {}
    await transaction.updateRequest({ ...request, status, ...assigned })
    await transaction.audit(
      auditEntry(environment, caller, 'smartcard-bound', {
        requestUuid: request.uuid,
        subject: smartcard.uuid,
        facts: { cardId: smartcard.cardId },
      }),
    )
    return smartcard
  })
}

/** The card that the request already runs with, if it is this one. */
async function findBound(
  transaction: Transaction,
  request: Request,
  binding: Binding,
): Promise<Smartcard | null> {
  const uuid = request.newSmartcardUuid ?? (isAboutOldCard(request) ? request.oldSmartcardUuid : null)
  if (uuid === null) return null
  const smartcard = await transaction.findSmartcard(uuid)
  if (smartcard?.cardId === binding.cardId) return smartcard
  throw new CardinalError('SmartcardNotOfRequest', 'The request is bound to another smart card.')
}

/** Requests that work on the card that they are about, and assign none. */
function isAboutOldCard(request: Request): boolean {
  return request.type === 'unblock' || request.type === 'retire' || request.type === 'revoke'
}

async function assignCard(
  environment: BindEnvironment,
  transaction: Transaction,
  request: Request,
  template: ProfileTemplate,
  binding: Binding,
): Promise<Smartcard> {
  if (request.oldProfileUuid !== null) {
    const about = { profileUuid: request.oldProfileUuid, smartcardUuid: request.oldSmartcardUuid }
    await requireOperable(transaction, request.type, about, template)
  }
  await keepAdminKeyType(transaction, binding)
  await requireFreeCard(transaction, request, template, binding.cardId)
  const smartcard: Smartcard = {
    uuid: environment.randomness.uuid(),
    cardId: binding.cardId,
    status: accept(nextSmartcardStatus('new', 'bind')),
    flags: ['primary'],
    assignedUserUuid: request.targetUuid,
    profileUuid: environment.randomness.uuid(),
    profileTemplateUuid: template.uuid,
    profileTemplateVersion: template.version,
    parentSmartcardUuid: request.oldSmartcardUuid,
    primarySmartcardUuid: null,
    permanentSmartcardUuid: null,
    comment: '',
    middleware: 'MSBaseCSP',
    answerToReset: binding.answerToReset ?? '',
  }
  await transaction.insertProfile(newProfile(smartcard.profileUuid, request, smartcard.uuid))
  await transaction.insertSmartcard(smartcard)
  return smartcard
}

/** The profile that a request fills, not yet active. */
export function newProfile(uuid: string, request: Request, smartcardUuid: string | null): Profile {
  return {
    uuid,
    status: 'new',
    flags: ['primary'],
    assignedUserUuid: request.targetUuid,
    smartcardUuid,
    profileTemplateUuid: request.profileTemplateUuid,
    profileTemplateVersion: request.profileTemplateVersion,
    parentProfileUuid: request.oldProfileUuid,
    primaryProfileUuid: null,
    comment: '',
  }
}

/**
 * What the card has now is for its new assignment to say: whatever was said for an earlier one, by whoever had the card or
 * made up its id, binds nobody. Keys of several types share no bytes.
 */
async function keepAdminKeyType(transaction: Transaction, binding: Binding): Promise<void> {
  const { adminKeyType } = binding
  const card = await transaction.lockPhysicalCard(binding.cardId)
  if (adminKeyType === undefined || adminKeyType === card.adminKeyType) return
  await transaction.updatePhysicalCard({ ...card, adminKeyType })
}

/** A physical card serves one assignment at a time; only a renewal may put the next onto the card of the last. */
async function requireFreeCard(
  transaction: Transaction,
  request: Request,
  template: ProfileTemplate,
  cardId: string,
): Promise<void> {
  for (const earlier of await transaction.listSmartcardsByCardId(cardId)) {
    const isRenewed = request.type === 'renew' && earlier.uuid === request.oldSmartcardUuid
    if (isRenewed) {
      if (policyOf(template, request).reuseCard) continue
      throw new CardinalError(
        'SmartcardReuseForbidden',
        'The renew policy asks for a new card; this is the old one.',
      )
    }
    if (earlier.status !== 'retired') {
      throw new CardinalError(
        'SmartcardInUse',
        `The card is ${earlier.status} in another assignment; retire that one first.`,
      )
    }
    if (template.smartcard?.allowSmartcardReuse === false) {
      throw new CardinalError(
        'SmartcardReuseForbidden',
        `The profile template "${template.name}" takes no card that was used before.`,
      )
    }
  }
}
