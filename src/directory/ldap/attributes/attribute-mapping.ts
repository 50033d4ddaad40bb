import { type AccountRefusal, activeDirectoryRefusal, openLdapRefusal } from './account-state.ts'
import type { LdapEntry } from './ldap-entry.ts'

/** How the groups of a user are found. */
export type Membership =
  /** The server computes them, in one attribute of the user (MS-ADTS 3.1.1.4.5.19). */
  | 'tokenGroups'
  /** The server follows nested members (LDAP_MATCHING_RULE_TRANSITIVE_EVAL, MS-ADTS 3.1.1.3.4.4.3). */
  | 'transitive'
  /** We search for the groups that name the user, then for those that name these, and so on. */
  | 'walk'

/** What a kind of directory calls the things that we need. */
export interface AttributeMapping {
  /** Whether servers of this kind say of themselves that they are Active Directory. */
  readonly isActiveDirectory: boolean
  /** RFC 4515; only entries that match it are users. */
  readonly userFilter: string
  readonly groupFilter: string
  readonly uuid: { readonly attribute: string; readonly form: 'objectGUID' | 'text' }
  /** `derived`: from the UUID, where the directory has no security identifiers. */
  readonly sid:
    | { readonly attribute: string; readonly form: 'objectSid' | 'text' }
    | { readonly attribute: null; readonly form: 'derived' }
  readonly accountName: string
  readonly displayName: string
  readonly userPrincipalName: string | null
  readonly mail: string
  /** The attribute of groups that holds the name by which people know them. */
  readonly groupName: string
  /** Where the primary group lies by its relative identifier: it does not name its members. */
  readonly primaryGroup: string | null
  /** Attributes of groups that hold distinguished names of members. */
  readonly memberNames: readonly string[]
  /** The attribute of groups that holds account names of members, as posixGroup has. */
  readonly memberAccounts: string | null
  readonly membership: Membership
  /** With the options that the server wants: RFC 4523 §2.1 asks for `;binary`, Active Directory takes it without. */
  readonly certificate: string
  /** Changes with the password of a user. A server that keeps no such thing leaves it out. */
  readonly passwordChanged: string
  /** What `refusal` reads. */
  readonly stateAttributes: readonly string[]
  /** Whether the domain says after how many wrong passwords it locks an account, as MS-ADA1 has it. */
  readonly hasLockoutPolicy: boolean
  /** Why this account must not be used now, or null. */
  refusal(entry: LdapEntry, now: Date): AccountRefusal | null
}

export const activeDirectoryMapping: AttributeMapping = {
  isActiveDirectory: true,
  // The class of computers is derived from that of users (MS-ADSC).
  userFilter: '(&(objectClass=user)(!(objectClass=computer)))',
  groupFilter: '(objectClass=group)',
  uuid: { attribute: 'objectGUID', form: 'objectGUID' },
  sid: { attribute: 'objectSid', form: 'objectSid' },
  accountName: 'sAMAccountName',
  displayName: 'displayName',
  userPrincipalName: 'userPrincipalName',
  mail: 'mail',
  groupName: 'sAMAccountName',
  primaryGroup: 'primaryGroupID',
  memberNames: ['member'],
  memberAccounts: null,
  membership: 'tokenGroups',
  certificate: 'userCertificate',
  passwordChanged: 'pwdLastSet',
  stateAttributes: [
    'userAccountControl',
    'msDS-User-Account-Control-Computed',
    'lockoutTime',
    'accountExpires',
  ],
  hasLockoutPolicy: true,
  refusal: activeDirectoryRefusal,
}

/** OpenLDAP and 389 Directory Server: inetOrgPerson, groupOfNames and RFC 2307bis, entryUUID (RFC 4530). */
export const openLdapMapping: AttributeMapping = {
  isActiveDirectory: false,
  userFilter: '(objectClass=inetOrgPerson)',
  groupFilter: '(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=posixGroup))',
  uuid: { attribute: 'entryUUID', form: 'text' },
  sid: { attribute: null, form: 'derived' },
  accountName: 'uid',
  displayName: 'displayName',
  userPrincipalName: null,
  mail: 'mail',
  groupName: 'cn',
  primaryGroup: null,
  memberNames: ['member', 'uniqueMember'],
  memberAccounts: 'memberUid',
  membership: 'walk',
  certificate: 'userCertificate;binary',
  // draft-behera-ldap-password-policy §5.3.2.
  passwordChanged: 'pwdChangedTime',
  stateAttributes: ['nsAccountLock', 'pwdAccountLockedTime', 'shadowExpire'],
  hasLockoutPolicy: false,
  refusal: openLdapRefusal,
}
