import type { Policy } from './policy.ts'
import type { RequestType } from './request.ts'

export type UserPinOption =
  | 'none'
  | 'user-provided'
  | 'server-distributed'
  | 'randomized'
  | 'custom-server-distributed'

export interface PinLimits {
  readonly minimumLength: number
  readonly maximumLength: number
}

/** How cards are prepared (contract §4, smart card configuration). */
export interface SmartcardConfiguration {
  readonly isVirtualSmartcard: boolean
  readonly providerId: string
  readonly providerName: string
  readonly providerType: string
  readonly adminPinPolicy: string | null
  readonly userPinPolicy: PinLimits
  readonly userPinOption: UserPinOption
  readonly defaultAdminKeyHex: string
  readonly diversifyAdminKey: boolean
  readonly allowSmartcardReuse: boolean
  readonly cardInitializationData: string | null
  readonly cardInitializationType: string
  readonly certificateLabel: string
  readonly doNotInstallCaCertificates: boolean
  readonly eraseOnOverflow: boolean
  readonly initializeNewSmartcard: boolean
  readonly maxNumberOfCertificates: number
  readonly smartcardPrintPolicy: string | null
}

export type ProfileTemplateRight = 'read' | 'enroll' | 'manage'

export interface ProfileTemplateGrant {
  /** Security identifier of a user or a group. */
  readonly trustee: string
  readonly rights: readonly ProfileTemplateRight[]
}

/** Everything that governs one kind of profile: its certificates, its card and a policy for each request type. */
export interface ProfileTemplate {
  readonly uuid: string
  readonly version: number
  readonly name: string
  readonly description: string
  /** Common names of certificate templates, one certificate each. */
  readonly certificateTemplates: readonly string[]
  /** null for a software profile template. */
  readonly smartcard: SmartcardConfiguration | null
  readonly policies: Readonly<Partial<Record<RequestType, Policy>>>
  readonly grants: readonly ProfileTemplateGrant[]
}
