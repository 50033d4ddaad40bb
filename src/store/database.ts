import type { Generated } from 'kysely'
import type { AdminKeyType } from '../domain/admin-key-type.ts'
import type { Approval } from '../domain/approval.ts'
import type { AuditAction } from '../domain/audit-record.ts'
import type { CertificateState } from '../domain/certificate.ts'
import type { RevocationReason } from '../domain/policy.ts'
import type { ProfileStatus } from '../domain/profile.ts'
import type { RequestStatus, SupportedRequestType } from '../domain/request.ts'
import type { Role } from '../domain/role.ts'
import type { CertificationAuthorityRecord } from '../domain/sealed-key.ts'
import type { SignInScheme } from '../domain/sign-in-scheme.ts'
import type { SmartcardStatus } from '../domain/smartcard.ts'
import type { Flag } from './column-values.ts'

/** Every table, as `migrations/` leaves them. */
export interface Database {
  organisation: OrganisationTable
  users: UserTable
  local_accounts: LocalAccountTable
  groups: GroupTable
  group_members: GroupMemberTable
  role_assignments: RoleAssignmentTable
  user_grants: UserGrantTable
  sessions: SessionTable
  api_tokens: ApiTokenTable
  profile_template_versions: ProfileTemplateVersionTable
  certificate_templates: CertificateTemplateTable
  requests: RequestTable
  approvals: ApprovalTable
  profiles: ProfileTable
  physical_cards: PhysicalCardTable
  told_unblocking_keys: ToldUnblockingKeyTable
  smartcards: SmartcardTable
  sealed_pins: SealedPinTable
  certificates: CertificateTable
  certificate_publications: CertificatePublicationTable
  serial_numbers: SerialNumberTable
  revocation_lists: RevocationListTable
  certification_authorities: CertificationAuthorityTable
  card_master_keys: CardMasterKeyTable
  audit_records: AuditRecordTable
}

export interface OrganisationTable {
  id: 1
  name: string
  domain: string
  dns_name: string
  domain_sid: string
  service_account_sid: string
}

export interface UserTable {
  uuid: string
  sid: string
  domain: string
  account_name: string
  display_name: string
  user_principal_name: string | null
  mail: string | null
  distinguished_name: string
  is_enabled: Flag
  folded_domain: string
  folded_account_name: string
  folded_user_principal_name: string | null
}

export interface LocalAccountTable {
  user_uuid: string
  password_hash: string
}

export interface GroupTable {
  uuid: string
  sid: string
  name: string
  folded_name: string
}

export interface GroupMemberTable {
  group_uuid: string
  member_sid: string
}

export interface RoleAssignmentTable {
  role: Role
  trustee: string
}

export interface UserGrantTable {
  trustee: string
  over_sid: string
  /** JSON. */
  rights: string
}

export interface SessionTable {
  uuid: string
  token_hash: string
  offered_token_hash: string | null
  previous_token_hash: string | null
  offered_at: number | null
  renewed_at: number
  user_uuid: string
  scheme: SignInScheme
  address: string
  begun_at: number
  last_seen_at: number
}

export interface ApiTokenTable {
  uuid: string
  token_hash: string
  user_uuid: string
  name: string
  /** JSON. */
  scopes: string
  created_at: number
  expires_at: number
  last_used_at: number | null
}

export interface ProfileTemplateVersionTable {
  uuid: string
  version: number
  is_current: Flag
  name: string
  /** JSON. */
  document: string
}

export interface CertificateTemplateTable {
  common_name: string
  /** JSON. */
  document: string
}

export interface RequestTable {
  uuid: string
  type: SupportedRequestType
  status: RequestStatus
  profile_template_uuid: string
  profile_template_version: number
  is_smartcard: Flag
  is_enrollment_agent_required: Flag
  originator_uuid: string
  target_uuid: string
  submitted: number
  completed: number | null
  new_profile_uuid: string | null
  old_profile_uuid: string | null
  new_smartcard_uuid: string | null
  old_smartcard_uuid: string | null
  priority: number
  comment: string
  /** JSON. */
  data_collection: string
  approvals_needed: number
  owner_sid: string
  /** JSON. */
  access_control: string
}

export interface ApprovalTable {
  request_uuid: string
  approver_uuid: string
  decision: Approval['decision']
  decided_at: number
  comment: string
}

export interface ProfileTable {
  sequence: Generated<number>
  uuid: string
  status: ProfileStatus
  /** JSON. */
  flags: string
  assigned_user_uuid: string
  smartcard_uuid: string | null
  profile_template_uuid: string
  profile_template_version: number
  parent_profile_uuid: string | null
  primary_profile_uuid: string | null
  comment: string
}

export interface PhysicalCardTable {
  card_id: string
  master_key_version: number | null
  admin_key_type: AdminKeyType
  unblocking_key_generation: number
}

/** A generation of a card's PIN unblocking keys and the one request that it was told to. */
export interface ToldUnblockingKeyTable {
  card_id: string
  request_uuid: string
  generation: number
}

export interface SmartcardTable {
  sequence: Generated<number>
  uuid: string
  card_id: string
  status: SmartcardStatus
  /** JSON. */
  flags: string
  assigned_user_uuid: string
  profile_uuid: string
  profile_template_uuid: string
  profile_template_version: number
  parent_smartcard_uuid: string | null
  primary_smartcard_uuid: string | null
  permanent_smartcard_uuid: string | null
  comment: string
  middleware: string
  answer_to_reset: string
}

export interface SealedPinTable {
  smartcard_uuid: string
  sealed: Uint8Array
}

export interface CertificateTable {
  sequence: Generated<number>
  uuid: string
  serial_number: string
  state: CertificateState
  request_uuid: string
  profile_uuid: string
  owner_uuid: string
  certificate_template: string
  certification_authority_uuid: string
  certification_request_hash: string
  tbs_certificate: Uint8Array
  certificate: Uint8Array | null
  thumbprint: string | null
  not_before: number
  not_after: number
  issuer_name: string
  requester_name: string
  revoked_at: number | null
  revocation_reason: RevocationReason | null
}

export interface CertificatePublicationTable {
  certificate_uuid: string
  due_at: number
  generation: number
  attempts: number
}

export interface SerialNumberTable {
  certification_authority_uuid: string
  serial_number: string
}

export interface RevocationListTable {
  certification_authority_uuid: string
  number: number
  der: Uint8Array
  this_update: number
  next_update: number
}

export interface CertificationAuthorityTable {
  sequence: Generated<number>
  uuid: string
  kind: CertificationAuthorityRecord['kind']
  name: string
  certificate: Uint8Array
  sealed_private_key: Uint8Array
}

export interface CardMasterKeyTable {
  version: number
  sealed_secret: Uint8Array
}

export interface AuditRecordTable {
  sequence: Generated<number>
  at: number
  action: AuditAction
  actor_uuid: string | null
  request_uuid: string | null
  subject: string
  /** JSON. */
  facts: string
  correlation_id: string | null
}
