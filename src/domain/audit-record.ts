/** Every action that leaves a record: what it is on, and when. `docs/operations.md` is checked against it. */
export const auditActionTable = {
  'organisation-imported': 'The organisation, by its name: a file was imported, or `cardinal init` ran.',
  'people-imported':
    'The organisation, by its name: people and groups came in from CSV or LDIF; those it changed have records of their own.',
  'user-added': 'The user: added to the directory that Cardinal keeps itself.',
  'user-changed': 'The user: renamed, or otherwise changed; the facts say what was and what is.',
  'user-disabled': 'The user: kept out from then on.',
  'user-enabled': 'The user: let in again.',
  'password-set': 'The user: given a password.',
  'group-added': 'The group: added.',
  'group-removed': 'The group: removed, with its roles and rights.',
  'group-members-changed': 'The group: members put in or taken out.',
  'certification-authority-created': 'The authority: made at the first start.',
  'card-master-key-created': 'The version of the card master key: made at the first start.',
  'signed-in':
    'The user: name and password verified, or a session begun; `by` says how, `address` from where.',
  'sign-in-refused':
    'The name that was sent, or `unknown:` and a hash where nobody has it: a password or the account was refused; `address` says from where.',
  'signed-out': 'The user: ended a session of theirs.',
  'session-ended':
    'The session: ended by its owner, an administrator, or for too many others; `user` says whose.',
  'session-token-reused':
    'The session: ended because a token of it that had been replaced came again, as from a thief; `user` says whose.',
  'api-token-created': 'The API token: made.',
  'api-token-revoked': 'The API token: revoked; `user` says whose.',
  'request-created': 'The request: made.',
  'request-approved': 'The request: approved by one approver.',
  'request-denied': 'The request: denied.',
  'request-executing': 'The request: its execution began.',
  'request-completed': 'The request: completed.',
  'request-canceled': 'The request: canceled.',
  'request-abandoned': 'The request: abandoned.',
  'request-failed': 'The request: the certification authority could not serve it.',
  'smartcard-bound': 'The smart card: bound to a request.',
  'smartcard-status-changed': 'The smart card: its status changed.',
  'diversified-key-answered': 'The smart card: its admin key was told.',
  'authentication-response-answered': 'The smart card: a response to its challenge was told.',
  'unblocking-key-answered': 'The smart card: a PIN unblocking key (PUK) was told.',
  'unblocking-key-confirmed': 'The smart card: the client says that the card has the PUK that was told.',
  'server-proposed-pin-answered': 'The smart card: the PIN that the server proposes was told.',
  'card-secret-refused': 'The smart card: a key or PIN of it was not told, since its owner is disabled.',
  'certificate-prepared': 'The serial number: everything is decided, and it will be signed.',
  'certificate-issued': 'The serial number: signed.',
  'certificate-refused':
    'The certificate template, or the user who is disabled: nothing was prepared; `fault` says why.',
  'certificate-failed': 'The serial number: prepared, and given up before it was signed.',
  'certificate-revoked': 'The serial number: revoked; `reason` says why.',
  'certificate-revocation-list-published': 'The authority: published a list.',
  'certificate-published-to-directory': 'The serial number: written into the entry of its owner.',
  'certificate-withdrawn-from-directory': 'The serial number: taken out of the entry of its owner.',
} as const satisfies Readonly<Record<string, string>>
export type AuditAction = keyof typeof auditActionTable

/** Who did what to which object. Never holds a secret. */
export interface AuditRecord {
  readonly at: Date
  readonly action: AuditAction
  /** null where the server itself acted. */
  readonly actorUuid: string | null
  readonly requestUuid: string | null
  /** The object acted on: a uuid, a serial number, a name; {@link auditActionTable} says what. */
  readonly subject: string
  readonly facts: Readonly<Record<string, string | number | boolean | null>>
  readonly correlationId: string | null
}

/** A record as it stands in the list of all. */
export interface ListedAuditRecord extends AuditRecord {
  /** Tells records of one moment apart: they are numbered as they are written, with gaps. */
  readonly number: number
}
