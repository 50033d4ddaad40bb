import type { RoleAssignmentTable, UserGrantTable } from './access-grants.ts'
import type { ApprovalTable } from './approvals.ts'
import type { AuditRecordTable } from './audit-records.ts'
import type { CardMasterKeyTable } from './card-master-keys.ts'
import type { CertificateTemplateTable } from './certificate-templates.ts'
import type { CertificateTable, SerialNumberTable } from './certificates.ts'
import type { CertificationAuthorityTable } from './certification-authorities.ts'
import type { GroupMemberTable, GroupTable } from './groups.ts'
import type { OrganisationTable } from './organisation.ts'
import type { ProfileTemplateVersionTable } from './profile-templates.ts'
import type { ProfileTable } from './profiles.ts'
import type { RequestTable } from './requests.ts'
import type { RevocationListTable } from './revocation-lists.ts'
import type { SessionTable } from './sessions.ts'
import type { PhysicalCardTable, SealedPinTable, SmartcardTable } from './smartcards.ts'
import type { LocalAccountTable, UserTable } from './users.ts'

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
  profile_template_versions: ProfileTemplateVersionTable
  certificate_templates: CertificateTemplateTable
  requests: RequestTable
  approvals: ApprovalTable
  profiles: ProfileTable
  physical_cards: PhysicalCardTable
  smartcards: SmartcardTable
  sealed_pins: SealedPinTable
  certificates: CertificateTable
  serial_numbers: SerialNumberTable
  revocation_lists: RevocationListTable
  certification_authorities: CertificationAuthorityTable
  card_master_keys: CardMasterKeyTable
  audit_records: AuditRecordTable
}
