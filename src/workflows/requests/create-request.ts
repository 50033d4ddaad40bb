import { requestAccessControl } from '../../domain/access-control.ts'
import { collectData } from '../../domain/data-collection.ts'
import type { DirectoryUser } from '../../domain/directory-user.ts'
import { CardinalError } from '../../domain/error.ts'
import { mayInitiate } from '../../domain/permission.ts'
import type { Policy } from '../../domain/policy.ts'
import type { ProfileTemplate } from '../../domain/profile-template.ts'
import { accept } from '../../domain/refusal.ts'
import {
  isSupportedRequestType,
  type Request,
  type RequestType,
  type SupportedRequestType,
} from '../../domain/request.ts'
import { auditEntry } from '../audit-entry.ts'
import type { Environment } from '../environment.ts'
import type { Caller } from '../ports/caller.ts'
import { endsOnly } from '../steps/ends-only.ts'
import { type Assignment, findAssignment } from '../steps/find-assignment.ts'
import { gatherInitiationFacts } from '../steps/gather-initiation-facts.ts'
import { requireOperable } from '../steps/require-operable.ts'

export interface NewRequest {
  readonly type: RequestType
  readonly profileTemplateUuid: string | null
  /** The card that an operation other than Enroll is about. */
  readonly smartcardUuid: string | null
  /** The software profile that an operation other than Enroll is about. */
  readonly profileUuid: string | null
  /** null: the caller, or the owner of the card or profile. */
  readonly targetUuid: string | null
  readonly dataCollection: readonly { readonly name: string; readonly value: string | null }[]
  readonly comment: string
  readonly priority: number | null
}

type CreateEnvironment = Pick<Environment, 'store' | 'directory' | 'clock' | 'randomness'>

export const longestComment = 4096

/**
 * Makes a request; it is approved at once where the policy needs no approval.
 * Throws NotPermitted, PolicyForbids, RequestTypeNotSupported, InvalidParameter, and NotFound codes for what it names.
 */
export async function createRequest(
  environment: CreateEnvironment,
  caller: Caller,
  input: NewRequest,
): Promise<Request> {
  const type = supportedType(input.type)
  const subject = await findSubject(environment, caller, type, input)
  const facts = await gatherInitiationFacts(environment, caller, subject.target, subject.profileTemplate)
  const policy = accept(mayInitiate({ type, ...facts }))
  const request = await composeRequest(environment, caller, type, input, subject, policy)
  await environment.store.transactor.transaction(async transaction => {
    if (request.oldProfileUuid !== null) {
      const about = { profileUuid: request.oldProfileUuid, smartcardUuid: request.oldSmartcardUuid }
      await requireOperable(transaction, type, about, subject.profileTemplate)
    }
    await transaction.insertRequest(request)
    await transaction.audit(
      auditEntry(environment, caller, 'request-created', {
        requestUuid: request.uuid,
        subject: request.uuid,
        facts: {
          type,
          status: request.status,
          target: request.targetUuid,
          profileTemplate: request.profileTemplateUuid,
        },
      }),
    )
  })
  return request
}

interface Subject {
  readonly profileTemplate: ProfileTemplate
  readonly target: DirectoryUser
  readonly assignment: Assignment | null
}

function supportedType(type: RequestType): SupportedRequestType {
  if (isSupportedRequestType(type)) return type
  throw new CardinalError(
    'RequestTypeNotSupported',
    `Requests of the type ${type} are not carried out by this release.`,
  )
}

async function findSubject(
  environment: CreateEnvironment,
  caller: Caller,
  type: SupportedRequestType,
  input: NewRequest,
): Promise<Subject> {
  const { reader } = environment.store
  const assignment = type === 'enroll' ? null : await findAssignment(reader, input)
  const profileTemplateUuid = assignment?.profile.profileTemplateUuid ?? input.profileTemplateUuid
  if (profileTemplateUuid === null) {
    throw new CardinalError(
      'InvalidParameter',
      'profiletemplateuuid: an Enroll request needs the profile template.',
    )
  }
  const profileTemplate = await reader.findProfileTemplate(profileTemplateUuid)
  if (profileTemplate === null) {
    throw new CardinalError('ProfileTemplateNotFound', `There is no profile template ${profileTemplateUuid}.`)
  }
  const owner = assignment?.profile.assignedUserUuid ?? null
  if (owner !== null && input.targetUuid !== null && input.targetUuid !== owner) {
    throw new CardinalError('InvalidParameter', 'target: the card or profile belongs to another user.')
  }
  return {
    profileTemplate,
    target: await findTarget(environment, caller, type, owner ?? input.targetUuid),
    assignment,
  }
}

async function findTarget(
  environment: CreateEnvironment,
  caller: Caller,
  type: SupportedRequestType,
  uuid: string | null,
): Promise<DirectoryUser> {
  if (uuid === null || uuid === caller.user.uuid) return caller.user
  const target = await environment.directory.findUser(uuid)
  if (target === null || !(target.enabled || endsOnly(type))) {
    throw new CardinalError('UserNotFound', `There is no enabled user ${uuid}.`)
  }
  return target
}

async function composeRequest(
  environment: CreateEnvironment,
  caller: Caller,
  type: SupportedRequestType,
  input: NewRequest,
  subject: Subject,
  policy: Policy,
): Promise<Request> {
  const { profileTemplate, target, assignment } = subject
  const organisation = await environment.store.reader.findOrganisation()
  if (organisation === null) {
    throw new CardinalError(
      'ServiceUnavailable',
      'No organisation is set up; run "cardinal init" or "cardinal import".',
    )
  }
  if (input.comment.length > longestComment) {
    throw new CardinalError('InvalidParameter', `comment: longer than ${longestComment} characters.`)
  }
  if (policy.enrollAgentRequired && policy.authorizedEnrollmentAgents.length === 0) {
    throw new CardinalError('PolicyForbids', 'The policy asks for an enrollment agent and names none.', {
      rule: `profile template ${profileTemplate.uuid}: policy ${type}: authorizedEnrollmentAgents`,
    })
  }
  const dataCollection = accept(collectData(policy.dataCollection, input.dataCollection))
  const isSamePair = type === 'unblock'
  const oldProfileUuid = assignment?.profile.uuid ?? null
  const oldSmartcardUuid = assignment?.smartcard?.uuid ?? null
  return {
    uuid: environment.randomness.uuid(),
    type,
    status: policy.approvalsNeeded === 0 ? 'approved' : 'pending',
    profileTemplateUuid: profileTemplate.uuid,
    profileTemplateVersion: profileTemplate.version,
    isSmartcard: profileTemplate.smartcard !== null,
    isEnrollmentAgentRequired: policy.enrollAgentRequired,
    originatorUuid: caller.user.uuid,
    targetUuid: target.uuid,
    submitted: environment.clock.now(),
    completed: null,
    newProfileUuid: isSamePair ? oldProfileUuid : null,
    oldProfileUuid,
    newSmartcardUuid: isSamePair ? oldSmartcardUuid : null,
    oldSmartcardUuid,
    priority: priorityOf(policy, input.priority),
    comment: input.comment,
    dataCollection,
    approvalsNeeded: policy.approvalsNeeded,
    ownerSid: organisation.serviceAccountSid,
    accessControl: requestAccessControl({
      originatorSid: caller.user.sid,
      targetSid: target.sid,
      ownerSid: organisation.serviceAccountSid,
      initiators: policy.authorizedInitiators,
      approvers: policy.approvalsNeeded > 0 ? policy.authorizedApprovers : [],
      managers: profileTemplate.grants
        .filter(grant => grant.rights.includes('manage'))
        .map(grant => grant.trustee),
      enrollmentAgents: policy.enrollAgentRequired ? policy.authorizedEnrollmentAgents : [],
      originatorExecutes: type === 'retire' || type === 'revoke',
    }),
  }
}

/** Contract §4: priority is a byte, 0 the highest; where the policy does not collect it, its default stands. */
function priorityOf(policy: Policy, asked: number | null): number {
  if (asked === null) return policy.defaultRequestPriority
  if (!Number.isInteger(asked) || asked < 0 || asked > 255) {
    throw new CardinalError('InvalidParameter', 'priority: must be a whole number from 0 to 255.')
  }
  return policy.collectRequestPriority ? asked : policy.defaultRequestPriority
}
