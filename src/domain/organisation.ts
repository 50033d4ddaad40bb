import type { Role } from './role.ts'

export interface Organisation {
  readonly name: string
  /** NetBIOS name. */
  readonly domain: string
  /** DNS name. */
  readonly dnsName: string
  /** `S-1-5-21-a-b-c`. */
  readonly domainSid: string
  /** The account in whose name the server owns requests. */
  readonly serviceAccountSid: string
}

export interface DirectoryGroup {
  readonly uuid: string
  readonly sid: string
  readonly name: string
  /** Security identifiers of users and groups. */
  readonly members: readonly string[]
}

export interface GroupSummary {
  readonly uuid: string
  readonly sid: string
  readonly name: string
  /** Those that it names itself. */
  readonly memberCount: number
}

export interface GroupMember {
  /** `elsewhere`: of another directory, known by the security identifier alone. */
  readonly kind: 'user' | 'group' | 'elsewhere'
  readonly name: string
  readonly sid: string
  readonly enabled: boolean
}

export interface RoleAssignment {
  readonly role: Role
  readonly trustee: string
}
