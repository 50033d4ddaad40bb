import type { ApiToken } from '../../domain/api-token.ts'
import type { Approval } from '../../domain/approval.ts'
import type { AuditAction, AuditRecord, ListedAuditRecord } from '../../domain/audit-record.ts'
import type { CertificateRecord, CertificateState } from '../../domain/certificate.ts'
import type { CertificatePublication } from '../../domain/certificate-publication.ts'
import type { CertificateTemplate } from '../../domain/certificate-template.ts'
import type { DirectoryUser } from '../../domain/directory-user.ts'
import type {
  DirectoryGroup,
  GroupMember,
  GroupSummary,
  Organisation,
  RoleAssignment,
} from '../../domain/organisation.ts'
import type { UserGrant } from '../../domain/permission.ts'
import type { RevocationReason } from '../../domain/policy.ts'
import type { Profile, ProfileStatus } from '../../domain/profile.ts'
import type { ProfileTemplate } from '../../domain/profile-template.ts'
import type { Request, RequestStatus } from '../../domain/request.ts'
import type { RevocationList, RevokedCertificate } from '../../domain/revocation-list.ts'
import type { CardMasterKeyRecord, CertificationAuthorityRecord } from '../../domain/sealed-key.ts'
import type { LocalAccount, Session } from '../../domain/session.ts'
import type { PhysicalCard, Smartcard } from '../../domain/smartcard.ts'

/** Of a list, the items behind the one whose uuid is `after`; from the first where it is null. */
export interface ListPage {
  readonly after: string | null
  readonly limit: number
}

export interface RequestFilter extends ListPage {
  /** Requests that this user is originator or target of; null for all. */
  readonly involving: string | null
  /** Requests for this user alone; null for all. */
  readonly target: string | null
  readonly status: RequestStatus | null
}

export interface AuditFilter {
  /** This moment and those after it. */
  readonly since: Date | null
  /** Those before this moment. */
  readonly until: Date | null
  readonly action: AuditAction | null
  /** Objects, people and requests, by what stands in the records: those of any of them; null for all. */
  readonly about: readonly string[] | null
  /** Those older than the record with this number; from the newest where it is null. */
  readonly before: number | null
  readonly limit: number
}

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
  /** By security identifier, those after `after`; from the first where it is null. */
  listGroupMembers(
    groupUuid: string,
    page: { after: string | null; limit: number },
  ): Promise<readonly GroupMember[]>
  /** Names of the groups that name this member themselves. */
  listGroupNamesHolding(memberSid: string): Promise<readonly string[]>
  listRoleAssignments(): Promise<readonly RoleAssignment[]>
  listUserGrants(): Promise<readonly UserGrant[]>
  /** By any of its tokens: the one in use, the one that is offered, the one before. */
  findSession(tokenHash: string): Promise<Session | null>
  /** The same, with whose it is where the server keeps that person itself: every call asks, and asks once. */
  findSessionAndOwner(
    tokenHash: string,
  ): Promise<{ readonly session: Session; readonly owner: DirectoryUser | null } | null>
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
  /** Newest first. Throws InvalidParameter where `after` is none of the requests of those people. */
  listRequests(filter: RequestFilter): Promise<readonly Request[]>
  /** The newest of those that this user is originator or target of. */
  findExecutingRequestOfSmartcard(smartcardUuid: string, involving: string): Promise<Request | null>
  /** Pending, approved or executing, oldest first: what is under way about an existing profile. */
  listOpenRequestsAbout(profileUuid: string): Promise<readonly Request[]>
  listApprovals(requestUuid: string): Promise<readonly Approval[]>

  findSmartcard(uuid: string): Promise<Smartcard | null>
  findPhysicalCard(cardId: string): Promise<PhysicalCard | null>
  /** Which generation of the card's PIN unblocking keys a request was told; null where none. */
  findToldUnblockingKey(cardId: string, requestUuid: string): Promise<number | null>
  /** The highest generation that any other request was told; 0 where none was. */
  findHighestUnblockingKeyOfOthers(cardId: string, requestUuid: string): Promise<number>
  /** Whether a request that assigned this physical card to somebody was ever completed. */
  hasCompletedAssignment(cardId: string): Promise<boolean>
  /** All assignments of a physical card, newest first. */
  listSmartcardsByCardId(cardId: string): Promise<readonly Smartcard[]>
  /** Newest first. Throws InvalidParameter where `after` is none of the user's. */
  listSmartcardsOfUser(userUuid: string, page: ListPage): Promise<readonly Smartcard[]>

  findProfile(uuid: string): Promise<Profile | null>
  /** Newest first. Throws InvalidParameter where `after` is none of the user's. */
  listProfilesOfUser(
    userUuid: string,
    status: ProfileStatus | null,
    page: ListPage,
  ): Promise<readonly Profile[]>

  /** Newest first, states `issued`, `on-hold` and `revoked`. */
  listCertificatesOfProfile(profileUuid: string): Promise<readonly CertificateRecord[]>
  /**
   * Newest first, states `issued`, `on-hold` and `revoked`, those of retired profiles left out. Throws InvalidParameter
   * where `after` is none of the user's.
   */
  listCertificatesOfUser(userUuid: string, page: ListPage): Promise<readonly CertificateRecord[]>
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
  /** Newest first. Throws InvalidParameter where no record has the number `before`. */
  listAuditRecords(filter: AuditFilter): Promise<readonly ListedAuditRecord[]>
}

/**
 * One transaction. What it reads with `lock…` nobody else changes before it ends.
 * A transaction that wrote and did not call {@link Transaction.audit} is refused at its end.
 */
export interface Transaction extends Reader {
  audit(record: AuditRecord): Promise<void>
  auditAll(records: readonly AuditRecord[]): Promise<void>

  lockRequest(uuid: string): Promise<Request | null>
  lockSmartcard(uuid: string): Promise<Smartcard | null>
  lockProfile(uuid: string): Promise<Profile | null>
  /** Begins the record of a physical card that was never seen before. */
  lockPhysicalCard(cardId: string): Promise<PhysicalCard>
  lockSession(uuid: string): Promise<Session | null>
  lockApiToken(uuid: string): Promise<ApiToken | null>
  /** Only one transaction at a time holds a user's sessions and API tokens, so that it can count them, or end all there are. */
  lockUser(uuid: string): Promise<void>
  /** Only one transaction at a time changes the users and groups that the server keeps itself; the first in a transaction. */
  lockLocalDirectory(): Promise<void>

  saveOrganisation(organisation: Organisation): Promise<void>
  saveUser(user: DirectoryUser): Promise<void>
  /** Many at once; none of them may have a name that another has still. */
  saveUsers(users: readonly DirectoryUser[]): Promise<void>
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
