import { type Refusal, refuse } from './refusal.ts'

export const profileStatuses = ['new', 'active', 'disabled', 'suspended', 'retired'] as const
export type ProfileStatus = (typeof profileStatuses)[number]

export const profileEvents = ['activate', 'suspend', 'reinstate', 'disable', 'retire'] as const
export type ProfileEvent = (typeof profileEvents)[number]

export type ProfileFlag = 'primary' | 'duplicate' | 'temporary' | 'superseded'

/** The set of certificates that a user holds by one profile template, on a card or in software. */
export interface Profile {
  readonly uuid: string
  readonly status: ProfileStatus
  readonly flags: readonly ProfileFlag[]
  readonly assignedUserUuid: string
  /** The smart card that carries the profile; null for a software profile. */
  readonly smartcardUuid: string | null
  readonly profileTemplateUuid: string
  readonly profileTemplateVersion: number
  readonly parentProfileUuid: string | null
  readonly primaryProfileUuid: string | null
  readonly comment: string
}

const transitions: Readonly<Record<ProfileStatus, Readonly<Partial<Record<ProfileEvent, ProfileStatus>>>>> = {
  new: { activate: 'active', retire: 'retired' },
  active: { suspend: 'suspended', disable: 'disabled', retire: 'retired' },
  suspended: { reinstate: 'active', disable: 'disabled', retire: 'retired' },
  disabled: { retire: 'retired' },
  retired: {},
}

export function nextProfileStatus(status: ProfileStatus, event: ProfileEvent): ProfileStatus | Refusal {
  return (
    transitions[status][event] ??
    refuse('ProfileStateForbids', `A profile that is ${status} cannot ${profileEventWords[event]}.`)
  )
}

const profileEventWords: Readonly<Record<ProfileEvent, string>> = {
  activate: 'be activated',
  suspend: 'be suspended',
  reinstate: 'be reinstated',
  disable: 'be disabled',
  retire: 'be retired',
}
