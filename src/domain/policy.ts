import type { DataCollectionItem } from './data-collection.ts'

/** CRLReason of RFC 5280 §5.3.1, in words. */
export const revocationReasons = [
  'unspecified',
  'key-compromise',
  'ca-compromise',
  'affiliation-changed',
  'superseded',
  'cessation-of-operation',
  'certificate-hold',
] as const
export type RevocationReason = (typeof revocationReasons)[number]

export interface RevocationSettings {
  readonly allowSpecifyDelay: boolean
  readonly allowSpecifyReason: boolean
  readonly disableOldCardOrProfile: boolean
  /** Hours between the request's completion and the revocation. */
  readonly effectiveRevocationDelay: number
  readonly publishBaseCrl: boolean
  readonly publishDeltaCrl: boolean
  readonly reason: RevocationReason
  readonly revokeOldCertificates: boolean
}

export interface OneTimePasswordPolicy {
  readonly distribution: readonly { readonly distributionType: string }[]
  readonly secretProviderType: string
  readonly secretProviderData: string
}

/** The management policy of one request type in a profile template (contract §4). */
export interface Policy {
  readonly enabled: boolean
  readonly selfServiceEnabled: boolean
  /** 0: approved at once. */
  readonly approvalsNeeded: number
  /** Security identifiers of users and groups. */
  readonly authorizedInitiators: readonly string[]
  readonly authorizedApprovers: readonly string[]
  readonly authorizedEnrollmentAgents: readonly string[]
  readonly enrollAgentRequired: boolean
  readonly collectComments: boolean
  readonly collectRequestPriority: boolean
  /** 0 is the highest, 255 the lowest. */
  readonly defaultRequestPriority: number
  readonly documents: readonly string[]
  readonly oneTimePasswordPolicy: OneTimePasswordPolicy | null
  readonly personalization: string | null
  readonly dataCollection: readonly DataCollectionItem[]
  /** What happens to the old certificates: in the policies of Retire, Revoke, Renew and Recover. */
  readonly revocationSettings: RevocationSettings | null
  /** Renew: whether the new certificates may go onto the same physical card. */
  readonly reuseCard: boolean
  /** Retire: what the client does to the card. */
  readonly cardRetirement: CardRetirement | null
}

export interface CardRetirement {
  readonly blockAdminPin: boolean
  readonly blockUserPin: boolean
  readonly resetAdminPin: boolean
  readonly resetUserPin: boolean
  readonly eraseCard: boolean
}
