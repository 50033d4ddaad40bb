/** Every action that leaves a record. */
export const auditActions = [
  'organisation-imported',
  'people-imported',
  'user-added',
  'user-changed',
  'user-disabled',
  'user-enabled',
  'password-set',
  'group-added',
  'group-removed',
  'group-members-changed',
  'certification-authority-created',
  'card-master-key-created',
  'signed-in',
  'sign-in-refused',
  'signed-out',
  'session-ended',
  'session-token-reused',
  'api-token-created',
  'api-token-revoked',
  'request-created',
  'request-approved',
  'request-denied',
  'request-executing',
  'request-completed',
  'request-canceled',
  'request-abandoned',
  'request-failed',
  'smartcard-bound',
  'smartcard-status-changed',
  'diversified-key-answered',
  'authentication-response-answered',
  'unblocking-key-answered',
  'unblocking-key-confirmed',
  'server-proposed-pin-answered',
  'card-secret-refused',
  'certificate-prepared',
  'certificate-issued',
  'certificate-refused',
  'certificate-failed',
  'certificate-revoked',
  'certificate-revocation-list-published',
  'certificate-published-to-directory',
  'certificate-withdrawn-from-directory',
] as const
export type AuditAction = (typeof auditActions)[number]

/** Who did what to which object. Never holds a secret. */
export interface AuditRecord {
  readonly at: Date
  readonly action: AuditAction
  /** null where the server itself acted. */
  readonly actorUuid: string | null
  readonly requestUuid: string | null
  /** The object acted on: a uuid, a serial number, a name. */
  readonly subject: string
  readonly facts: Readonly<Record<string, string | number | boolean | null>>
  readonly correlationId: string | null
}

/** A record as it stands in the list of all. */
export interface ListedAuditRecord extends AuditRecord {
  /** Tells records of one moment apart: they are numbered as they are written, with gaps. */
  readonly number: number
}
