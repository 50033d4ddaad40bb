import type { MasterKey } from '../card/secrets/diversified-admin-key.ts'
import type { ApiToken } from '../domain/api-token.ts'
import type { Approval } from '../domain/approval.ts'
import type { AuditRecord } from '../domain/audit-record.ts'
import type { CertificateRecord, CertificateState } from '../domain/certificate.ts'
import type { CertificatePublication } from '../domain/certificate-publication.ts'
import type { CertificateTemplate } from '../domain/certificate-template.ts'
import type { DirectoryUser } from '../domain/directory-user.ts'
import type { DirectoryGroup, GroupSummary, Organisation, RoleAssignment } from '../domain/organisation.ts'
import type { Principal, UserGrant } from '../domain/permission.ts'
import type { RevocationReason } from '../domain/policy.ts'
import type { Profile, ProfileStatus } from '../domain/profile.ts'
import type { ProfileTemplate } from '../domain/profile-template.ts'
import type { Request, RequestStatus } from '../domain/request.ts'
import type { RevocationList, RevokedCertificate } from '../domain/revocation-list.ts'
import type { Scope } from '../domain/scope.ts'
import type { CardMasterKeyRecord, CertificationAuthorityRecord } from '../domain/sealed-key.ts'
import type { LocalAccount, Session } from '../domain/session.ts'
import type { SignInScheme } from '../domain/sign-in-scheme.ts'
import type { PhysicalCard, Smartcard } from '../domain/smartcard.ts'
import type { Certificate } from '../x509/certificate.ts'
import type { DistinguishedName } from '../x509/distinguished-name.ts'
import type { Extension } from '../x509/extension.ts'
import type { LintedTbsCertificate } from '../x509/lint.ts'

export interface Clock {
  now(): Date
}

export interface Randomness {
  bytes(length: number): Uint8Array
  uuid(): string
  /** Uniform in 0 ≤ n < limit. */
  integer(limit: number): number
}

// ── People ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface Directory {
  findUser(uuid: string): Promise<DirectoryUser | null>
  /** `alice`, `CONTOSO\alice` or `alice@contoso.com`, in any case. */
  findUserByName(name: string): Promise<DirectoryUser | null>
  findUserBySid(sid: string): Promise<DirectoryUser | null>
  /** `Certificate Managers` or `CONTOSO\\Certificate Managers`, in any case. */
  findGroupByName(name: string): Promise<{ readonly sid: string; readonly name: string } | null>
  /** The user's own security identifier and those of all groups it is in, nested ones included. */
  listSids(user: DirectoryUser): Promise<ReadonlySet<string>>
}

/** The company's own directory, beside which the server keeps a few accounts of its own. */
export interface CompanyDirectory extends Directory {
  /** Security identifiers of its accounts lie below `domainSid`; null where it has none. */
  describe(): Promise<{
    readonly domain: string
    readonly dnsName: string
    readonly domainSid: string | null
  }>
}

/** Every method throws CardinalError ServiceUnavailable where the directory cannot be asked or refuses. */
export interface CertificateDirectory {
  /** Whether the directory can be asked at all. */
  check(): Promise<void>
  /** Adds a certificate, in DER, to the user's entry, where it may be already. Throws CardinalError UserNotFound. */
  publishCertificate(user: Pick<DirectoryUser, 'uuid'>, der: Uint8Array): Promise<void>
  /** Takes it away again, where it and the user are still there. */
  withdrawCertificate(user: Pick<DirectoryUser, 'uuid'>, der: Uint8Array): Promise<void>
}

export interface PasswordDirectory {
  /**
   * @param user null for a name that nobody has: the same work is done
   * @throws CardinalError ServiceUnavailable
   */
  verifyPassword(user: Pick<DirectoryUser, 'uuid'> | null, password: string): Promise<boolean>
}

/** The user on whose behalf a use case runs, and where the call came from. */
export interface Caller {
  readonly user: DirectoryUser
  readonly principal: Principal
  readonly correlationId: string
}

/** What a call shows of who makes it. */
export interface CallCredentials {
  /** The Authorization header; null where there is none. */
  readonly authorization: string | null
  readonly sessionToken: string | null
  readonly clientCertificate: ClientCertificate | null
  /** The caller's network address. */
  readonly address: string
}

/** The certificate by which a client authenticated its TLS connection: it holds the private key. */
export interface ClientCertificate {
  readonly der: Uint8Array
  /** What the TLS library has against the chain, such as CERT_HAS_EXPIRED; null where it leads to a trusted root. */
  readonly fault: string | null
}

export interface SignedIn {
  readonly user: DirectoryUser
  readonly principal: Principal
  readonly scheme: SignInScheme
  /** What the call may reach: an API token holds some scopes, and separated duties take others away. */
  readonly scopes: ReadonlySet<Scope>
  /** null where the call came by no session. */
  readonly sessionUuid: string | null
}

export interface SignInAnswer {
  readonly signedIn: SignedIn
  /** Goes back in WWW-Authenticate with the answer, whatever that is: the server's own proof (RFC 4559 §5). */
  readonly challenge: string | null
  /** Goes back in the session's cookie: of a session that began with this call, or in place of the one it came with. */
  readonly sessionToken: string | null
}

/** Finds out who calls. */
export interface Authenticator {
  /** Values of WWW-Authenticate, one for each enabled scheme, the preferred one first. */
  readonly challenges: readonly string[]
  /** Throws CardinalError NotSignedIn, SignInThrottled, ServiceUnavailable. */
  signIn(credentials: CallCredentials): Promise<SignInAnswer>
  /** Begins a session and returns its token, which is shown to nobody else and stored only as a hash. */
  beginSession(signedIn: Pick<SignedIn, 'user' | 'scheme'>, address: string): Promise<string>
  /** Does nothing where the session has already ended. */
  endSession(token: string): Promise<void>
}

/** Signing in and out by a browser that is led to an OpenID Connect provider and back. */
export interface BrowserSignIn {
  /**
   * Begins: where the browser goes, and what it brings back with the provider's answer, sealed.
   *
   * @param returnTo a path on this server; anything else leads to its first page. Throws CardinalError ServiceUnavailable.
   */
  begin(returnTo: string): Promise<{ readonly location: string; readonly transaction: string }>
  /**
   * @param query of the address that the provider led to, with its `?`
   * @param transaction as `begin` sealed it; null where the browser brought none
   * @param address of the client. Throws CardinalError NotSignedIn, whose cause says why, SignInThrottled where too many
   * came to nothing from there, and ServiceUnavailable.
   */
  finish(query: string, transaction: string | null, address: string): Promise<FinishedSignIn>
  /**
   * Where the provider ends its own session; null where it cannot. Throws CardinalError ServiceUnavailable.
   *
   * @param hint as `finish` gave it; null where there is none
   */
  signOutLocation(hint: string | null): Promise<string | null>
}

export interface FinishedSignIn extends Pick<SignedIn, 'user' | 'scheme'> {
  readonly returnTo: string
  /** Tells the provider, at signing out, which of its sessions it was; sealed. */
  readonly signOutHint: string
}

export interface RequestFilter {
  /** Requests that this user is originator or target of; null for all. */
  readonly involving: string | null
  /** Requests for this user alone; null for all. */
  readonly target: string | null
  readonly status: RequestStatus | null
  readonly limit: number
}

// ── Reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Every list is bounded; every query runs on an index. */
export interface Reader {
  findOrganisation(): Promise<Organisation | null>
  findUser(uuid: string): Promise<DirectoryUser | null>
  /** Account name or user principal name, compared without regard to case. */
  findUserByName(name: string): Promise<DirectoryUser | null>
  findUserBySid(sid: string): Promise<DirectoryUser | null>
  findLocalAccount(userUuid: string): Promise<LocalAccount | null>
  /** Security identifiers of all groups that hold one of these members, nested ones included. */
  listGroupSidsOf(memberSid: string): Promise<readonly string[]>
  findGroupByName(name: string): Promise<DirectoryGroup | null>
  findGroupBySid(sid: string): Promise<DirectoryGroup | null>
  /** By account name and domain, those after `after`; from the first where it is null. */
  listUsers(page: { after: DirectoryUser | null; limit: number }): Promise<readonly DirectoryUser[]>
  /** By name, those after `after`; from the first where it is null. */
  listGroups(page: { after: string | null; limit: number }): Promise<readonly GroupSummary[]>
  /** Names of the groups that name this member themselves. */
  listGroupNamesHolding(memberSid: string): Promise<readonly string[]>
  listRoleAssignments(): Promise<readonly RoleAssignment[]>
  listUserGrants(): Promise<readonly UserGrant[]>
  /** By any of its tokens: the one in use, the one that is offered, the one before. */
  findSession(tokenHash: string): Promise<Session | null>
  /** The one used last first. */
  listSessionsOfUser(userUuid: string, limit: number): Promise<readonly Session[]>
  findApiToken(tokenHash: string): Promise<ApiToken | null>
  /** Newest first. */
  listApiTokensOfUser(userUuid: string, limit: number): Promise<readonly ApiToken[]>

  /** The current version. */
  findProfileTemplate(uuid: string): Promise<ProfileTemplate | null>
  findProfileTemplateVersion(uuid: string, version: number): Promise<ProfileTemplate | null>
  /** Current versions, by name. */
  listProfileTemplates(): Promise<readonly ProfileTemplate[]>
  findCertificateTemplate(commonName: string): Promise<CertificateTemplate | null>

  findRequest(uuid: string): Promise<Request | null>
  /** Newest first. */
  listRequests(filter: RequestFilter): Promise<readonly Request[]>
  /** Pending, approved or executing, oldest first: what is under way about an existing profile. */
  listOpenRequestsAbout(profileUuid: string): Promise<readonly Request[]>
  listApprovals(requestUuid: string): Promise<readonly Approval[]>

  findSmartcard(uuid: string): Promise<Smartcard | null>
  findPhysicalCard(cardId: string): Promise<PhysicalCard | null>
  /** Which generation of the card's PIN unblocking keys a request was told; null where none. */
  findToldUnblockingKey(cardId: string, requestUuid: string): Promise<number | null>
  /** The highest generation that any other request was told; 0 where none was. */
  findHighestUnblockingKeyOfOthers(cardId: string, requestUuid: string): Promise<number>
  /** All assignments of a physical card, newest first. */
  listSmartcardsByCardId(cardId: string): Promise<readonly Smartcard[]>
  /** Newest first. */
  listSmartcardsOfUser(userUuid: string, limit: number): Promise<readonly Smartcard[]>

  findProfile(uuid: string): Promise<Profile | null>
  /** Newest first. */
  listProfilesOfUser(
    userUuid: string,
    status: ProfileStatus | null,
    limit: number,
  ): Promise<readonly Profile[]>

  /** Newest first, states `issued`, `on-hold` and `revoked`. */
  listCertificatesOfProfile(profileUuid: string): Promise<readonly CertificateRecord[]>
  /** Newest first, states `issued`, `on-hold` and `revoked`, those of retired profiles left out. */
  listCertificatesOfUser(userUuid: string, limit: number): Promise<readonly CertificateRecord[]>
  /** Every state, oldest first. */
  listCertificatesOfRequest(requestUuid: string): Promise<readonly CertificateRecord[]>
  /** Every state. `serialNumber` is the INTEGER's content in upper-case hex. */
  findCertificateBySerialNumber(
    certificationAuthorityUuid: string,
    serialNumber: string,
  ): Promise<CertificateRecord | null>
  /** Oldest first: what a crash left unsigned. */
  listPreparedCertificates(limit: number): Promise<readonly CertificateRecord[]>
  /** Not yet expired at `now`, by serial number: what a revocation list holds. */
  listRevokedCertificates(
    certificationAuthorityUuid: string,
    now: Date,
  ): Promise<readonly RevokedCertificate[]>
  /** Those to be brought in line with the company's directory now, the longest due first. */
  listDuePublications(now: Date, limit: number): Promise<readonly CertificatePublication[]>
  findLatestRevocationList(certificationAuthorityUuid: string): Promise<RevocationList | null>

  listCertificationAuthorities(): Promise<readonly CertificationAuthorityRecord[]>
  /** Oldest version first. */
  listCardMasterKeys(): Promise<readonly CardMasterKeyRecord[]>
  /** The server-distributed PIN of a smart card, sealed; null where none was made. */
  findSealedPin(smartcardUuid: string): Promise<Uint8Array | null>

  /** Oldest first. */
  listAuditRecordsOfRequest(requestUuid: string): Promise<readonly AuditRecord[]>
}

// ── Writing ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * One transaction. What it reads with `lock…` nobody else changes before it ends.
 * A transaction that wrote and did not call {@link Transaction.audit} is refused at its end.
 */
export interface Transaction extends Reader {
  audit(record: AuditRecord): Promise<void>

  lockRequest(uuid: string): Promise<Request | null>
  lockSmartcard(uuid: string): Promise<Smartcard | null>
  lockProfile(uuid: string): Promise<Profile | null>
  /** Begins the record of a physical card that was never seen before. */
  lockPhysicalCard(cardId: string): Promise<PhysicalCard>
  lockSession(uuid: string): Promise<Session | null>
  lockApiToken(uuid: string): Promise<ApiToken | null>
  /** Only one transaction at a time holds a user's sessions and API tokens so that it can count them. */
  lockUser(uuid: string): Promise<void>

  saveOrganisation(organisation: Organisation): Promise<void>
  saveUser(user: DirectoryUser): Promise<void>
  saveGroup(group: DirectoryGroup): Promise<void>
  /** Takes it out of the groups that it is in, and takes its roles and grants away. */
  deleteGroup(group: DirectoryGroup): Promise<void>
  saveLocalAccount(account: LocalAccount): Promise<void>
  saveRoleAssignment(assignment: RoleAssignment): Promise<void>
  saveUserGrant(grant: UserGrant): Promise<void>
  insertSession(session: Session): Promise<void>
  /** Does nothing where it has ended. Needs no audit record. */
  updateSession(session: Session): Promise<void>
  /** False where it has ended already. */
  deleteSession(uuid: string): Promise<boolean>
  /** Returns how many there were. */
  deleteSessionsOfUser(userUuid: string): Promise<number>
  /** Needs no audit record. */
  deleteSessionsBefore(lastSeen: Date, begun: Date): Promise<void>
  insertApiToken(token: ApiToken): Promise<void>
  /** Needs no audit record. */
  touchApiToken(uuid: string, at: Date): Promise<void>
  /** False where there is none. */
  deleteApiToken(uuid: string): Promise<boolean>
  /** Those of one user that expired before this time. Needs no audit record. */
  deleteExpiredApiTokens(userUuid: string, before: Date): Promise<void>

  /** Adds a version and makes it the current one. */
  saveProfileTemplate(template: ProfileTemplate): Promise<void>
  saveCertificateTemplate(template: CertificateTemplate): Promise<void>

  insertRequest(request: Request): Promise<void>
  updateRequest(request: Request): Promise<void>
  /** False where this approver has already decided. */
  insertApproval(approval: Approval): Promise<boolean>

  insertSmartcard(smartcard: Smartcard): Promise<void>
  updateSmartcard(smartcard: Smartcard): Promise<void>
  updatePhysicalCard(card: PhysicalCard): Promise<void>
  /** A generation is told to one request, and a request is told one. Throws ConcurrentChange for another. */
  insertToldUnblockingKey(told: {
    readonly cardId: string
    readonly requestUuid: string
    readonly generation: number
  }): Promise<void>
  saveSealedPin(smartcardUuid: string, sealed: Uint8Array): Promise<void>
  insertProfile(profile: Profile): Promise<void>
  updateProfile(profile: Profile): Promise<void>

  /** False where the serial number was given out before. */
  reserveSerialNumber(certificationAuthorityUuid: string, serialNumber: string): Promise<boolean>
  insertCertificate(record: CertificateRecord): Promise<void>
  /** Keeps the signed bytes; false where the record was no longer `prepared`. */
  finishCertificate(uuid: string, signed: { certificate: Uint8Array; thumbprint: string }): Promise<boolean>
  /** What was to be published, or is, becomes due: {@link Reader.listDuePublications}. */
  updateCertificateState(
    uuid: string,
    state: CertificateState,
    revocation: { at: Date; reason: RevocationReason } | null,
  ): Promise<void>
  /** Has the certificate published, or looked at again. */
  requestPublication(certificateUuid: string, at: Date): Promise<void>
  /**
   * Notes that the directory holds what it should, until `next`, or for good where that is null. False where something
   * about the certificate has changed since this generation was read: then nothing is noted.
   */
  settlePublication(certificateUuid: string, generation: number, next: Date | null): Promise<boolean>
  /** Counts a failure. Does nothing where the generation is another one. Needs no audit record. */
  postponePublication(certificateUuid: string, generation: number, until: Date): Promise<void>
  /** False where this authority has published a list of that number. */
  insertRevocationList(list: RevocationList): Promise<boolean>

  insertCertificationAuthority(record: CertificationAuthorityRecord): Promise<void>
  insertCardMasterKey(record: CardMasterKeyRecord): Promise<void>
}

export interface Transactor {
  /**
   * Runs `work` in one transaction: all of it is kept, durably, or nothing.
   * `work` may run again after a serialization conflict, so it has no other effects.
   */
  transaction<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result>
}

export interface Store {
  readonly reader: Reader
  readonly transactor: Transactor
}

// ── Issuing and secrets ─────────────────────────────────────────────────────────────────────────────────────────────

/** What a certificate says, before the certification authority adds what is its own (issuer, AKI, CDP, AIA). */
export interface CertificateContent {
  readonly serialNumber: Uint8Array
  readonly notBefore: Date
  readonly notAfter: Date
  readonly subject: DistinguishedName
  /** DER. */
  readonly subjectPublicKeyInfo: Uint8Array
  readonly extensions: readonly Extension[]
}

export interface CertificationAuthority {
  readonly uuid: string
  /** `<CA host>\<CA name>`. */
  readonly issuerName: string
  readonly certificate: Certificate
  /** Its own certificate first, the root last; DER. */
  readonly chain: readonly Uint8Array[]
  /** Builds and lints. Throws LintError. Signs nothing. */
  prepare(content: CertificateContent): LintedTbsCertificate
  /** Lints again what a crash left unsigned. Throws LintError. */
  prepareAgain(tbsCertificate: Uint8Array): LintedTbsCertificate
  /** Signs off the event loop and compares the result with what was linted. Returns the certificate in DER. */
  sign(prepared: LintedTbsCertificate): Promise<Uint8Array>
  /** The CMC full response that carries the certificate and its chain (MS-WCCE 2.2.2.8). */
  respond(certificate: Uint8Array): Promise<Uint8Array>
  signRevocationList(list: {
    number: number
    thisUpdate: Date
    nextUpdate: Date
    revoked: readonly RevokedCertificate[]
  }): Promise<Uint8Array>
}

export interface CardMasterKeys {
  current(): MasterKey
  /** Throws where the version is unknown. */
  version(version: number): MasterKey
}

/** Encrypts what must lie secret at rest. `purpose` is bound to the ciphertext and must be the same for both. */
export interface Vault {
  seal(purpose: string, secret: Uint8Array): Uint8Array
  open(purpose: string, sealed: Uint8Array): Uint8Array
}

/** Where faults go that no caller is told about, because what the caller asked for is done. */
export interface FaultLog {
  /** @param what in words, without secrets */
  report(what: string, error: unknown): void
}

/** Slows down whoever asks for secrets. Throws CardinalError TooManyRequests. */
export interface SecretRateLimit {
  spend(key: string): void
}
