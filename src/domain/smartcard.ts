import type { AdminKeyType } from './admin-key-type.ts'
import { type Refusal, refuse } from './refusal.ts'

export const smartcardStatuses = ['new', 'assigned', 'active', 'disabled', 'suspended', 'retired'] as const
export type SmartcardStatus = (typeof smartcardStatuses)[number]

export const smartcardEvents = ['bind', 'activate', 'suspend', 'reinstate', 'disable', 'retire'] as const
export type SmartcardEvent = (typeof smartcardEvents)[number]

export type SmartcardFlag = 'primary' | 'duplicate' | 'temporary' | 'superseded' | 'reused'

/** One assignment of a physical card to a user. The physical card keeps its card id, every assignment has a uuid of its own. */
export interface Smartcard {
  readonly uuid: string
  /** The GUID in the card's `cardid` file, lower case without braces. */
  readonly cardId: string
  readonly status: SmartcardStatus
  readonly flags: readonly SmartcardFlag[]
  readonly assignedUserUuid: string
  readonly profileUuid: string
  readonly profileTemplateUuid: string
  readonly profileTemplateVersion: number
  readonly parentSmartcardUuid: string | null
  readonly primarySmartcardUuid: string | null
  readonly permanentSmartcardUuid: string | null
  readonly comment: string
  readonly middleware: string
  /** Answer to reset in lower-case hex; empty where the client sent none. */
  readonly answerToReset: string
}

/** What is known of a physical card beyond its assignments. */
export interface PhysicalCard {
  readonly cardId: string
  /** The version of the card master key that its diversified admin key comes from; null before one was handed out. */
  readonly masterKeyVersion: number | null
  readonly adminKeyType: AdminKeyType
  /**
   * Which of its PIN unblocking keys a PIV card has, as of the last completed request that was told one; 0 for that of its
   * maker, and for cards that have none.
   */
  readonly unblockingKeyGeneration: number
}

/** Contract §5, smart card. Retiring an active card disables it on the way: its certificates are revoked in the same step. */
const transitions: Readonly<
  Record<SmartcardStatus, Readonly<Partial<Record<SmartcardEvent, SmartcardStatus>>>>
> = {
  new: { bind: 'assigned', retire: 'retired' },
  assigned: { activate: 'active', retire: 'retired' },
  active: { suspend: 'suspended', disable: 'disabled', retire: 'retired' },
  suspended: { reinstate: 'active', disable: 'disabled', retire: 'retired' },
  disabled: { retire: 'retired' },
  retired: {},
}

export function nextSmartcardStatus(
  status: SmartcardStatus,
  event: SmartcardEvent,
): SmartcardStatus | Refusal {
  return (
    transitions[status][event] ??
    refuse('SmartcardStateForbids', `A smart card that is ${status} cannot ${smartcardEventWords[event]}.`)
  )
}

const smartcardEventWords: Readonly<Record<SmartcardEvent, string>> = {
  bind: 'be bound to a request',
  activate: 'be activated',
  suspend: 'be suspended',
  reinstate: 'be reinstated',
  disable: 'be disabled',
  retire: 'be retired',
}
