import { type AccessControlEntry, hasRequestRight, type RequestRight } from './access-control.ts'
import type { CertificateTemplate } from './certificate-template.ts'
import type { Policy } from './policy.ts'
import type { ProfileTemplate, ProfileTemplateRight } from './profile-template.ts'
import { type Refusal, refuse } from './refusal.ts'
import type { Request, SupportedRequestType } from './request.ts'
import { type ExtendedRight, type Role, rightsOfRoles } from './role.ts'

/** Who asks: identifiers of the user and of every group the user is in, and the system-wide roles. */
export interface Principal {
  readonly uuid: string
  readonly sid: string
  /** The user's own and all groups', nested ones included. */
  readonly sids: ReadonlySet<string>
  readonly roles: ReadonlySet<Role>
}

/** A right over the requests of users: on one user or on a group of them. */
export interface UserGrant {
  readonly trustee: string
  /** Security identifier of the user or group that the right is over. */
  readonly over: string
  readonly rights: readonly ExtendedRight[]
}

export interface InitiationFacts {
  readonly type: SupportedRequestType
  readonly caller: Principal
  readonly target: Pick<Principal, 'uuid' | 'sids'>
  readonly profileTemplate: ProfileTemplate
  readonly certificateTemplates: readonly CertificateTemplate[]
  readonly userGrants: readonly UserGrant[]
}

/** What a manager needs over the target to initiate each type (contract §3). */
const rightToRequest: Readonly<Record<SupportedRequestType, ExtendedRight>> = {
  enroll: 'request-enroll',
  renew: 'request-renew',
  recover: 'request-recover',
  unblock: 'request-unblock',
  retire: 'request-revoke',
  revoke: 'request-revoke',
}

/** The types that end in new certificates, and so need Enroll on the templates. */
export const issuingRequestTypes: ReadonlySet<SupportedRequestType> = new Set(['enroll', 'renew', 'recover'])

/**
 * Decides whether the caller may make a request, through MIM CM's five places in one order:
 * management policy, profile template, certificate template, users and groups, service connection point.
 * Returns the policy that the request will run under.
 */
export function mayInitiate(facts: InitiationFacts): Policy | Refusal {
  const { type, caller, target, profileTemplate } = facts
  const policy = profileTemplate.policies[type]
  if (policy === undefined || !policy.enabled) {
    return refuse(
      'PolicyForbids',
      `The ${type} policy of the profile template "${profileTemplate.name}" is not enabled.`,
      `profile template ${profileTemplate.uuid}: policy ${type}: enabled`,
    )
  }
  if (type === 'unblock' && profileTemplate.smartcard === null) {
    return refuse('PolicyForbids', 'A software profile has no card to unblock.', 'unblock needs a smart card')
  }
  if (!hasTemplateRight(profileTemplate, caller.sids, 'read'))
    return lacksTemplateRight(profileTemplate, 'read')
  const isSelf = caller.uuid === target.uuid
  const byInitiator = isSelf ? maySelfServe(facts, policy) : mayManage(facts, policy)
  return byInitiator ?? policy
}

function maySelfServe(facts: InitiationFacts, policy: Policy): Refusal | null {
  const { type, caller, profileTemplate } = facts
  if (!policy.selfServiceEnabled && !policy.authorizedInitiators.some(sid => caller.sids.has(sid))) {
    return refuse(
      'PolicyForbids',
      `The ${type} policy of the profile template "${profileTemplate.name}" does not allow self-service.`,
      `profile template ${profileTemplate.uuid}: policy ${type}: selfServiceEnabled`,
    )
  }
  if (!issuingRequestTypes.has(type)) return null
  if (!hasTemplateRight(profileTemplate, caller.sids, 'enroll')) {
    return lacksTemplateRight(profileTemplate, 'enroll')
  }
  return mayTargetEnroll(facts)
}

function mayManage(facts: InitiationFacts, policy: Policy): Refusal | null {
  const { type, caller, target, profileTemplate, userGrants } = facts
  if (!policy.authorizedInitiators.some(sid => caller.sids.has(sid))) {
    return refuse(
      'NotPermitted',
      `The caller is not an authorized initiator of ${type} requests for other users.`,
      `profile template ${profileTemplate.uuid}: policy ${type}: authorizedInitiators`,
    )
  }
  const right = rightToRequest[type]
  const granted =
    rightsOfRoles(caller.roles).has(right) ||
    userGrants.some(
      grant => caller.sids.has(grant.trustee) && target.sids.has(grant.over) && grant.rights.includes(right),
    )
  if (!granted) {
    return refuse(
      'NotPermitted',
      `The caller lacks the right ${right} over the target user.`,
      `right ${right}`,
    )
  }
  return issuingRequestTypes.has(type) ? mayTargetEnroll(facts) : null
}

function mayTargetEnroll(facts: InitiationFacts): Refusal | null {
  const refused = facts.certificateTemplates.find(
    template => !template.enrollers.some(sid => facts.target.sids.has(sid)),
  )
  return refused === undefined
    ? null
    : refuse(
        'NotPermitted',
        `The target user may not enroll for the certificate template "${refused.commonName}".`,
        `certificate template ${refused.commonName}: enroll`,
      )
}

export function hasTemplateRight(
  template: ProfileTemplate,
  sids: ReadonlySet<string>,
  right: ProfileTemplateRight,
): boolean {
  return template.grants.some(grant => grant.rights.includes(right) && sids.has(grant.trustee))
}

function lacksTemplateRight(template: ProfileTemplate, right: ProfileTemplateRight): Refusal {
  return refuse(
    'NotPermitted',
    `The caller lacks the right ${right} on the profile template "${template.name}".`,
    `profile template ${template.uuid}: ${right}`,
  )
}

/**
 * Whether the caller may see what belongs to a user: the user itself, and those who audit or manage everything.
 */
export function maySee(caller: Principal, ownerUuids: readonly string[]): boolean {
  return ownerUuids.includes(caller.uuid) || seesEverything(caller)
}

/** Roles whose work is to look at what belongs to others. */
export function seesEverything(caller: Principal): boolean {
  return caller.roles.has('manager') || rightsOfRoles(caller.roles).has('audit')
}

/** Whether the caller may see a request: its people, those who may act on it, and those who see everything. */
export function maySeeRequest(caller: Principal, request: Request): boolean {
  if (maySee(caller, [request.originatorUuid, request.targetUuid])) return true
  return (['execute', 'approve', 'cancel'] as const).some(right =>
    hasRequestRight(request.accessControl, caller.sids, right),
  )
}

/** Refuses a caller who lacks a right on the request. */
export function mayActOnRequest(
  caller: Principal,
  accessControl: readonly AccessControlEntry[],
  right: RequestRight,
): true | Refusal {
  if (hasRequestRight(accessControl, caller.sids, right)) return true
  return refuse('NotPermitted', `The caller may not ${right} this request.`, `request: ${right}`)
}
