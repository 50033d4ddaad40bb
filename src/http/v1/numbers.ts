/**
 * Every number and every name by which this version of the API shows an enumeration.
 * [C] published, [I] read from published evidence, [D] not public, decided by us.
 * Sources: Microsoft's "MIM CM REST API reference" and the Microsoft.Clm.Shared namespaces it links to.
 */
import type { RequestRight } from '../../domain/access-control.ts'
import type { CertificateStatus } from '../../domain/certificate.ts'
import type { KeyOptions } from '../../domain/certificate-template.ts'
import type {
  DataCollectionItem,
  DataCollectionRole,
  DataCollectionType,
} from '../../domain/data-collection.ts'
import type { OperationType } from '../../domain/operation.ts'
import type { RevocationReason } from '../../domain/policy.ts'
import type { ProfileFlag, ProfileStatus } from '../../domain/profile.ts'
import type { ProfileTemplateRight, UserPinOption } from '../../domain/profile-template.ts'
import type { RequestStatus, RequestType } from '../../domain/request.ts'
import type { SmartcardFlag, SmartcardStatus } from '../../domain/smartcard.ts'

/** None 0 [I], the others [C]; an abandoned request shows as Canceled [D]. */
export const requestStatusNumbers: Readonly<Record<RequestStatus, number>> = {
  approved: 3,
  denied: 4,
  completed: 8,
  failed: 9,
  pending: 16,
  canceled: 17,
  abandoned: 17,
  executing: 18,
}

/** [C]; the second spelling of Canceled and the name Abandoned are forgiven [D]. */
export const requestStatusNames: Readonly<Record<string, RequestStatus>> = {
  Approved: 'approved',
  Denied: 'denied',
  Completed: 'completed',
  Failed: 'failed',
  Pending: 'pending',
  Canceled: 'canceled',
  Cancelled: 'canceled',
  Executing: 'executing',
  Abandoned: 'abandoned',
}

/** How a client may end a request [C]; the second spelling of Canceled is forgiven [D]. */
export const requestEndingNames: Readonly<Record<string, 'completed' | 'canceled' | 'abandoned'>> = {
  Completed: 'completed',
  Canceled: 'canceled',
  Cancelled: 'canceled',
  Abandoned: 'abandoned',
}

/** Enroll 1 and Unblock 5 [C]; None 0 and the others [D]. */
export const requestTypeNumbers: Readonly<Record<RequestType, number>> = {
  enroll: 1,
  recover: 2,
  renew: 3,
  duplicate: 4,
  unblock: 5,
  revoke: 6,
  retire: 7,
  'offline-unblock': 8,
  'online-update': 9,
  'recover-on-behalf': 10,
  suspend: 11,
  reinstate: 11,
  'temporary-cards': 12,
}

/** [C]: requests say TemporaryCards, policies TemporaryEnroll. Suspend, and Disable as operations call Revoke [D]. */
export const requestTypeNames: Readonly<Record<string, RequestType>> = {
  Enroll: 'enroll',
  Duplicate: 'duplicate',
  OfflineUnblock: 'offline-unblock',
  OnlineUpdate: 'online-update',
  Renew: 'renew',
  Recover: 'recover',
  RecoverOnBehalf: 'recover-on-behalf',
  Reinstate: 'reinstate',
  Retire: 'retire',
  Revoke: 'revoke',
  Disable: 'revoke',
  Suspend: 'suspend',
  TemporaryCards: 'temporary-cards',
  TemporaryEnroll: 'temporary-cards',
  Unblock: 'unblock',
}

/** [I] */
export const requestFlagNumbers = { enrollmentAgent: 1, smartcard: 2 } as const

/** SubscriberProvided [D], CertificateManagerProvided [I]. */
export const dataCollectionFlagNumbers = { subscriberProvided: 16, certificateManagerProvided: 32 } as const

/** None 0; fits every published sample of this API [I]. */
export const smartcardStatusNumbers: Readonly<Record<SmartcardStatus, number>> = {
  new: 1,
  assigned: 2,
  active: 3,
  disabled: 4,
  suspended: 5,
  retired: 6,
}

/** [C] */
export const smartcardStatusNames: Readonly<Record<string, SmartcardStatus>> = {
  New: 'new',
  Assigned: 'assigned',
  Active: 'active',
  Disabled: 'disabled',
  Suspended: 'suspended',
  Retired: 'retired',
}

/** None 0, New 1, Active 2 [C]; the others [I]. */
export const profileStatusNumbers: Readonly<Record<ProfileStatus, number>> = {
  new: 1,
  active: 2,
  disabled: 3,
  suspended: 4,
  retired: 5,
}

/** [C] */
export const profileStatusNames: Readonly<Record<string, ProfileStatus>> = {
  New: 'new',
  Active: 'active',
  Disabled: 'disabled',
  Suspended: 'suspended',
  Retired: 'retired',
}

/** Primary [I], the others [D]. */
export const smartcardFlagNumbers: Readonly<Record<SmartcardFlag, number>> = {
  primary: 1,
  duplicate: 2,
  temporary: 4,
  superseded: 8,
  reused: 16,
}

/** Primary [I], the others [D]; 32 is kept for key escrow [D]. */
export const profileFlagNumbers: Readonly<Record<ProfileFlag, number>> = {
  primary: 1,
  duplicate: 2,
  temporary: 4,
  superseded: 8,
}

/** Issued from a template [C]. */
export const certificateTypeNumber = 1

/** Valid [C], the others [D]. */
export const certificateStatusNumbers: Readonly<Record<CertificateStatus, number>> = {
  valid: 0,
  expired: 1,
  revoked: 2,
  'on-hold': 3,
}

/** Certificate.Flags of an answer that carries PKCS#7 [I]. */
export const pkcs7FlagNumber = 0x10000

/** [C] */
export const keyUsageNumbers: Readonly<Record<KeyOptions['usages'][number], number>> = {
  decryption: 1,
  signing: 2,
  'key-agreement': 4,
}

/** [I] */
export const keyProtectionNumbers: Readonly<Record<KeyOptions['protection'], number>> = {
  'no-consent': 0,
  consent: 1,
  'consent-with-password': 2,
  'consent-with-fingerprint': 3,
}

/** RSA [C]; elliptic curves by the algorithm identifiers of Windows CNG [D]. */
export function keyAlgorithmName(key: Pick<KeyOptions, 'algorithm' | 'keySize'>): string {
  return key.algorithm === 'RSA' ? 'RSA' : `ECDSA_P${key.keySize}`
}

/** Names [C], numbers [D]. */
export const userPinOptionNumbers: Readonly<Record<UserPinOption, number>> = {
  none: 0,
  'user-provided': 1,
  'server-distributed': 2,
  randomized: 3,
  'custom-server-distributed': 4,
}

/** CRLReason of RFC 5280 §5.3.1 [I]. */
export const revocationReasonNumbers: Readonly<Record<RevocationReason, number>> = {
  unspecified: 0,
  'key-compromise': 1,
  'ca-compromise': 2,
  'affiliation-changed': 3,
  superseded: 4,
  'cessation-of-operation': 5,
  'certificate-hold': 6,
}

/** The role, type and validation of a data collection item go out as names [C names, D form]. */
export const dataCollectionRoleNames: Readonly<Record<DataCollectionRole, string>> = {
  subscriber: 'Subscriber',
  'certificate-manager': 'CertificateManager',
}
export const dataCollectionTypeNames: Readonly<Record<DataCollectionType, string>> = {
  string: 'String',
  number: 'Number',
  date: 'Date',
}
export const validationTypeNames: Readonly<Record<DataCollectionItem['validation']['type'], string>> = {
  none: 'None',
  'regular-expression': 'RegularExpression',
}

/** Operations go out in lower case [C]; revoking is called disable there [C]. */
export const operationNames: Readonly<Record<OperationType, string>> = {
  renew: 'renew',
  unblock: 'unblock',
  revoke: 'disable',
  recover: 'recover',
  retire: 'retire',
}

/** [D] */
export const profileTemplateRightNames: Readonly<Record<string, ProfileTemplateRight>> = {
  Read: 'read',
  Enroll: 'enroll',
  'FIM CM Enroll': 'enroll',
  Manage: 'manage',
}

/** Rights in security descriptors: letters [C] (MS-DTYP 2.5.1.1), their meaning here [I]. */
export const requestRightLetters: Readonly<Record<RequestRight, string>> = {
  execute: 'CC',
  cancel: 'DC',
  approve: 'LC',
  write: 'SW',
  delete: 'SD',
  read: 'RC',
}

/** The alias of the group Everyone, S-1-1-0 (MS-DTYP 2.5.1.1). */
export const everyoneLetters = 'WD'
