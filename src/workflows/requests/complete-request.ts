import { CardinalError } from '../../domain/error.ts'
import { issuingRequestTypes } from '../../domain/permission.ts'
import type { Policy, RevocationReason } from '../../domain/policy.ts'
import { nextProfileStatus } from '../../domain/profile.ts'
import type { ProfileTemplate } from '../../domain/profile-template.ts'
import { accept } from '../../domain/refusal.ts'
import { nextRequestStatus, type Request } from '../../domain/request.ts'
import { confirmedGeneration } from '../../domain/unblocking-key-generation.ts'
import { auditEntry } from '../audit-entry.ts'
import type { Environment } from '../environment.ts'
import type { Caller } from '../ports/caller.ts'
import type { Transaction } from '../ports/store.ts'
import { publishCommittedRevocation } from '../publication/publish-revocation-list.ts'
import { changeSmartcardStatus } from '../steps/change-smartcard-status.ts'
import { endAssignment } from '../steps/end-assignment.ts'
import { policyOf, profileTemplateOf } from '../steps/profile-template-of.ts'
import { requireOperable } from '../steps/require-operable.ts'
import { lockRequestFor } from '../steps/require-request.ts'
import { wasPassedOn } from '../steps/was-passed-on.ts'

type CompleteEnvironment = Pick<
  Environment,
  'store' | 'clock' | 'certificationAuthority' | 'revocationListHours' | 'faults'
>

/**
 * Ends a request with success: new cards and profiles become active, old ones end as the policy says.
 * Throws RequestNotFound, NotPermitted, RequestStateForbids, CertificatesMissing, and SmartcardStateForbids or
 * ProfileStateForbids where what is renewed or recovered has ended meanwhile.
 */
export async function completeRequest(
  environment: CompleteEnvironment,
  caller: Caller,
  uuid: string,
): Promise<Request> {
  const { request, policy } = await environment.store.transactor.transaction(async transaction => {
    const open = await lockRequestFor(transaction, caller, uuid, 'execute')
    const status = accept(nextRequestStatus(open.status, 'complete'))
    const template = await profileTemplateOf(transaction, open)
    const policy = policyOf(template, open)
    if (issuingRequestTypes.has(open.type)) {
      if (open.oldProfileUuid !== null) {
        const about = { profileUuid: open.oldProfileUuid, smartcardUuid: open.oldSmartcardUuid }
        await requireOperable(transaction, open.type, about, template)
      }
      await activateNewAssignment(environment, transaction, caller, open, template)
      await endSupersededAssignment(environment, transaction, caller, open, policy)
    } else {
      await endOldAssignment(environment, transaction, caller, open, policy)
    }
    await confirmUnblockingKey(transaction, open)
    const request: Request = { ...open, status, completed: environment.clock.now() }
    await transaction.updateRequest(request)
    await transaction.audit(
      auditEntry(environment, caller, 'request-completed', {
        requestUuid: uuid,
        subject: uuid,
        facts: { type: request.type, smartcard: request.newSmartcardUuid, profile: request.newProfileUuid },
      }),
    )
    return { request, policy }
  })
  if (policy.revocationSettings?.publishBaseCrl === true) {
    await publishCommittedRevocation(environment)
  }
  return request
}

/** The PUK that was told to this request is on the card now, unless another one was set since. */
async function confirmUnblockingKey(transaction: Transaction, request: Request): Promise<void> {
  const uuid = request.newSmartcardUuid ?? request.oldSmartcardUuid
  const smartcard = uuid === null ? null : await transaction.findSmartcard(uuid)
  if (smartcard === null) return
  const generation = await transaction.findToldUnblockingKey(smartcard.cardId, request.uuid)
  if (generation === null) return
  const locked = await transaction.lockPhysicalCard(smartcard.cardId)
  if (await wasPassedOn(transaction, smartcard)) return
  const unblockingKeyGeneration = confirmedGeneration(locked.unblockingKeyGeneration, generation)
  await transaction.updatePhysicalCard({ ...locked, unblockingKeyGeneration })
}

/** Enroll, Renew, Recover: every certificate of the template must be there. */
async function activateNewAssignment(
  environment: CompleteEnvironment,
  transaction: Transaction,
  caller: Caller,
  request: Request,
  template: ProfileTemplate,
): Promise<void> {
  const records = await transaction.listCertificatesOfRequest(request.uuid)
  const issued = records.filter(record => record.state === 'issued').map(record => record.certificateTemplate)
  const missing = template.certificateTemplates.filter(name => !issued.includes(name))
  if (missing.length > 0 || request.newProfileUuid === null) {
    throw new CardinalError(
      'CertificatesMissing',
      `These certificates are not issued yet: ${missing.join(', ')}.`,
    )
  }
  if (request.newSmartcardUuid !== null) {
    const smartcard = await transaction.lockSmartcard(request.newSmartcardUuid)
    if (smartcard?.status === 'assigned') {
      await changeSmartcardStatus(environment, transaction, caller, request.uuid, smartcard, 'activate')
    }
  }
  const profile = await transaction.lockProfile(request.newProfileUuid)
  if (profile?.status === 'new') {
    await transaction.updateProfile({
      ...profile,
      status: accept(nextProfileStatus(profile.status, 'activate')),
    })
  }
}

/** Renew and Recover: what the new assignment takes the place of. */
async function endSupersededAssignment(
  environment: CompleteEnvironment,
  transaction: Transaction,
  caller: Caller,
  request: Request,
  policy: Policy,
): Promise<void> {
  if (request.oldProfileUuid === null) return
  const settings = policy.revocationSettings
  const isSameCard = await liesOnSameCard(transaction, request)
  await endAssignment(environment, transaction, caller, {
    requestUuid: request.uuid,
    smartcardUuid: request.oldSmartcardUuid,
    profileUuid: request.oldProfileUuid,
    event: isSameCard || settings?.disableOldCardOrProfile !== true ? 'retire' : 'disable',
    revocation: settings?.revokeOldCertificates === true ? settings.reason : null,
    flags: isSameCard ? ['superseded', 'reused'] : ['superseded'],
  })
}

async function liesOnSameCard(transaction: Transaction, request: Request): Promise<boolean> {
  if (request.newSmartcardUuid === null || request.oldSmartcardUuid === null) return false
  const renewed = await transaction.findSmartcard(request.newSmartcardUuid)
  const old = await transaction.findSmartcard(request.oldSmartcardUuid)
  return renewed !== null && renewed.cardId === old?.cardId
}

/** Retire and Revoke: the server revokes and keeps the books; Unblock changes nothing in them. */
async function endOldAssignment(
  environment: CompleteEnvironment,
  transaction: Transaction,
  caller: Caller,
  request: Request,
  policy: Policy,
): Promise<void> {
  const event = endingEvent(request)
  if (event === null || request.oldProfileUuid === null) return
  await endAssignment(environment, transaction, caller, {
    requestUuid: request.uuid,
    smartcardUuid: request.oldSmartcardUuid,
    profileUuid: request.oldProfileUuid,
    event,
    revocation: revocationOf(request, policy),
    flags: [],
  })
}

/** What the request makes of the card that it is about; null where nothing. */
export function endingEvent(request: Pick<Request, 'type'>): 'retire' | 'disable' | null {
  if (request.type === 'retire') return 'retire'
  return request.type === 'revoke' ? 'disable' : null
}

/** A Revoke request always revokes; a Retire request unless its policy says otherwise. */
export function revocationOf(request: Pick<Request, 'type'>, policy: Policy): RevocationReason | null {
  const settings = policy.revocationSettings
  if (request.type === 'retire' && settings !== null && !settings.revokeOldCertificates) return null
  return settings?.reason ?? 'cessation-of-operation'
}
