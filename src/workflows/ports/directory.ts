import type { AccountState, DirectoryUser } from '../../domain/directory-user.ts'
import type { PasswordAnswer } from './password-answer.ts'

export interface Directory {
  findUser(uuid: string): Promise<DirectoryUser | null>
  /**
   * The same, as the directory says at this moment and not as it is remembered: for what cannot be taken back. Only while
   * nobody answers does what is remembered count, for as long as the directory has grace.
   */
  findUserNow(uuid: string): Promise<DirectoryUser | null>
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

export interface AccountDescription {
  readonly state: AccountState
  /** All, nested ones included, in no order; without a name where the directory tells none. */
  readonly groups: readonly { readonly sid: string; readonly name: string | null }[]
}

/** What an administrator is told of people of the company's directory. */
export interface AccountDirectory {
  /** As the directory says at this moment; null where it has no such user. Throws CardinalError ServiceUnavailable. */
  describeAccount(uuid: string): Promise<AccountDescription | null>
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

export interface TrusteeDirectory {
  /**
   * Those of these security identifiers that nobody in the directory has.
   *
   * @throws CardinalError ServiceUnavailable
   */
  listMissingSids(sids: readonly string[]): Promise<readonly string[]>
}

export interface PasswordDirectory {
  /**
   * @param user null for a name that nobody has: nearly the same work is done
   * @throws CardinalError ServiceUnavailable
   */
  verifyPassword(user: Pick<DirectoryUser, 'uuid'> | null, password: string): Promise<PasswordAnswer>
}
