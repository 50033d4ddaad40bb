/** What a file says of people and groups, whatever its format. Lines are counted from 1. */
export interface PeopleFile {
  readonly people: readonly PersonEntry[]
  readonly groups: readonly GroupEntry[]
  /** Distinguished names of entries that are neither, by {@link distinguishedNameKey}: nobody misses them in a group. */
  readonly passedOver: ReadonlySet<string>
  /** Where there are any, the rest may be incomplete. */
  readonly faults: readonly FileFault[]
}

export interface FileFault {
  readonly line: number
  /** A sentence. */
  readonly message: string
}

/** What is undefined is not stated: it stays as it is, or is made up for somebody new. */
export interface PersonEntry {
  readonly line: number
  readonly account: string
  readonly displayName: string | undefined
  readonly userPrincipalName: string | undefined
  /** null: none. */
  readonly mail: string | null | undefined
  readonly distinguishedName: string | undefined
  readonly enabled: boolean | undefined
  readonly uuid: string | undefined
  readonly sid: string | undefined
  /** The one that an LDAP directory without security identifiers would have lent them. */
  readonly sidIfNew: string | undefined
  /** Names of all groups that the person is in without another group between. */
  readonly groups: readonly string[] | undefined
}

export interface GroupEntry {
  readonly line: number
  readonly name: string
  readonly uuid: string | undefined
  readonly sid: string | undefined
  readonly sidIfNew: string | undefined
  /** In LDIF, how other groups name this one. */
  readonly distinguishedName: string | undefined
  /** All that there are. */
  readonly members: readonly MemberReference[]
}

export type MemberReference =
  | { readonly line: number; readonly by: 'distinguished-name'; readonly name: string }
  | { readonly line: number; readonly by: 'account'; readonly name: string }
