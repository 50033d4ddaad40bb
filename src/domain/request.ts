import type { AccessControlEntry } from './access-control.ts'
import type { DataCollectionAnswer } from './data-collection.ts'
import { type Refusal, refuse } from './refusal.ts'

/** Every request type that MIM CM names, whether or not this release carries it out. */
export const requestTypes = [
  'enroll',
  'duplicate',
  'offline-unblock',
  'online-update',
  'renew',
  'recover',
  'recover-on-behalf',
  'reinstate',
  'retire',
  'revoke',
  'suspend',
  'temporary-cards',
  'unblock',
] as const
export type RequestType = (typeof requestTypes)[number]

/** The request types that run from creation to completion. */
export const supportedRequestTypes = ['enroll', 'renew', 'recover', 'unblock', 'retire', 'revoke'] as const
export type SupportedRequestType = (typeof supportedRequestTypes)[number]

export function isSupportedRequestType(type: RequestType): type is SupportedRequestType {
  return (supportedRequestTypes as readonly RequestType[]).includes(type)
}

export const requestStatuses = [
  'pending',
  'approved',
  'denied',
  'executing',
  'completed',
  'failed',
  'canceled',
  'abandoned',
] as const
export type RequestStatus = (typeof requestStatuses)[number]

/** `approve` means the last approval that the policy asks for. */
export const requestEvents = ['approve', 'deny', 'execute', 'complete', 'cancel', 'abandon', 'fail'] as const
export type RequestEvent = (typeof requestEvents)[number]

/** A request to change the life of a profile or a smart card. */
export interface Request {
  readonly uuid: string
  readonly type: SupportedRequestType
  readonly status: RequestStatus
  readonly profileTemplateUuid: string
  /** The version of the profile template whose policy governs this request to its end. */
  readonly profileTemplateVersion: number
  readonly isSmartcard: boolean
  readonly isEnrollmentAgentRequired: boolean
  readonly originatorUuid: string
  readonly targetUuid: string
  readonly submitted: Date
  readonly completed: Date | null
  readonly newProfileUuid: string | null
  readonly oldProfileUuid: string | null
  readonly newSmartcardUuid: string | null
  readonly oldSmartcardUuid: string | null
  /** 0 is the highest, 255 the lowest. */
  readonly priority: number
  readonly comment: string
  readonly dataCollection: readonly DataCollectionAnswer[]
  readonly approvalsNeeded: number
  /** Security identifier of the account in whose name the server owns the request. */
  readonly ownerSid: string
  readonly accessControl: readonly AccessControlEntry[]
}

/** Contract §5: what each event makes of a request. What is not in the table is refused. */
const transitions: Readonly<Record<RequestStatus, Readonly<Partial<Record<RequestEvent, RequestStatus>>>>> = {
  pending: { approve: 'approved', deny: 'denied', cancel: 'canceled' },
  approved: { execute: 'executing', complete: 'completed', cancel: 'canceled', abandon: 'abandoned' },
  executing: { execute: 'executing', complete: 'completed', cancel: 'canceled', fail: 'failed' },
  denied: {},
  completed: {},
  failed: {},
  canceled: {},
  abandoned: {},
}

/** The state that `event` leads to from `status`, or the refusal that says why it leads nowhere. */
export function nextRequestStatus(status: RequestStatus, event: RequestEvent): RequestStatus | Refusal {
  return (
    transitions[status][event] ??
    refuse('RequestStateForbids', `A request that is ${status} cannot ${requestEventWords[event]}.`)
  )
}

const requestEventWords: Readonly<Record<RequestEvent, string>> = {
  approve: 'be approved',
  deny: 'be denied',
  execute: 'be executed',
  complete: 'be completed',
  cancel: 'be canceled',
  abandon: 'be abandoned',
  fail: 'fail',
}

/** Whether nothing can happen to the request any more. */
export function isEnded(status: RequestStatus): boolean {
  return Object.keys(transitions[status]).length === 0
}
