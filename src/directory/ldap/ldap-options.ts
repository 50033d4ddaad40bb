import type { Clock } from '../../workflows/ports/clock.ts'
import type { Randomness } from '../../workflows/ports/randomness.ts'
import type { AccountEnd } from './attributes/account-state.ts'
import type { AttributeMapping, Membership } from './attributes/attribute-mapping.ts'
import type { GssapiInitiator } from './connection/gssapi-initiator.ts'
import type { LdapFault } from './ldap-fault.ts'

/** What an administrator wants to read about; holds no secrets. */
export type LdapEvent =
  | { readonly kind: 'connected'; readonly url: string }
  | { readonly kind: 'server-failed'; readonly url: string; readonly fault: LdapFault }
  | { readonly kind: 'account-refused'; readonly uuid: string; readonly reason: AccountEnd }
  /** Several entries go by one name or UUID: none of them is taken. */
  | { readonly kind: 'ambiguous' }
  /** An entry lacks its UUID, security identifier or account name, or we may not read them. */
  | { readonly kind: 'incomplete-entry'; readonly distinguishedName: string }
  /** The server would not compute the groups; we search for them. */
  | { readonly kind: 'no-token-groups' }
  | { readonly kind: 'served-from-cache'; readonly fault: LdapFault }

/** The password is read for each new connection and kept nowhere. */
export interface PasswordCredentials {
  readonly bindDn: string
  readPassword(): string | Promise<string>
}

/** Tickets of Kerberos, over TLS. */
export interface GssapiCredentials {
  readonly gssapi: GssapiInitiator
}

export interface LdapOptions {
  /** `ldaps://dc1.contoso.com` or `ldap://dc1.contoso.com:389`; in order of preference. */
  readonly urls: readonly string[]
  readonly mapping: AttributeMapping
  readonly clock: Clock
  readonly randomness: Pick<Randomness, 'bytes' | 'uuid'>
  /** Who we are; anonymous where it is left out. */
  readonly credentials?: PasswordCredentials | GssapiCredentials
  /** RFC 4511 §4.14, for `ldap://`. */
  readonly startTls?: boolean
  /** Lets passwords and group memberships go over the network as they are. */
  readonly allowUnencrypted?: boolean
  readonly tls?: {
    /** PEM; the system's own authorities where it is left out. */
    readonly certificationAuthorities?: string
    /** True unless said otherwise. Without it anybody on the network can say who is an administrator. */
    readonly checkCertificate?: boolean
  }
  /** Where users are; the domain where it is left out. */
  readonly baseDn?: string
  /** Where groups are; the domain where it is left out, else where users are. */
  readonly groupBaseDn?: string
  /** NetBIOS name; the directory is asked where it is left out. */
  readonly domain?: string
  /** Other than the mapping's own. */
  readonly membership?: Membership
  readonly connectTimeoutMilliseconds?: number
  readonly operationTimeoutMilliseconds?: number
  readonly maximumConnections?: number
  /** A user in more groups than this cannot sign in. */
  readonly maximumGroups?: number
  readonly pageSize?: number
  readonly cacheSeconds?: number
  readonly negativeCacheSeconds?: number
  /** How long what is in the cache counts on, after its time, while no server can be reached. */
  readonly graceSeconds?: number
  /** Users and, apart from them, sets of groups. */
  readonly cacheCapacity?: number
  onEvent?(event: LdapEvent): void
}

type Defaulted =
  | 'startTls'
  | 'allowUnencrypted'
  | 'connectTimeoutMilliseconds'
  | 'operationTimeoutMilliseconds'
  | 'maximumConnections'
  | 'maximumGroups'
  | 'pageSize'
  | 'cacheSeconds'
  | 'negativeCacheSeconds'
  | 'graceSeconds'
  | 'cacheCapacity'
  | 'onEvent'

export type LdapSettings = LdapOptions & Required<Pick<LdapOptions, Defaulted>>

const defaults = {
  startTls: false,
  allowUnencrypted: false,
  connectTimeoutMilliseconds: 5_000,
  operationTimeoutMilliseconds: 10_000,
  maximumConnections: 4,
  maximumGroups: 5_000,
  pageSize: 500,
  cacheSeconds: 60,
  negativeCacheSeconds: 10,
  graceSeconds: 3_600,
  cacheCapacity: 10_000,
  onEvent: () => {},
} satisfies Required<Pick<LdapOptions, Defaulted>>

/** @throws TypeError for options that do not go together */
export function completeOptions(options: LdapOptions): LdapSettings {
  const settings = { ...defaults, ...options }
  if (settings.urls.length === 0)
    throw new TypeError('An LDAP directory needs the URL of at least one server.')
  for (const url of settings.urls) {
    const protocol = URL.canParse(url) ? new URL(url).protocol : ''
    if (protocol !== 'ldap:' && protocol !== 'ldaps:') {
      throw new TypeError('The URL of an LDAP server begins with ldaps:// or ldap://.')
    }
    if (protocol === 'ldaps:' && settings.startTls) {
      throw new TypeError('ldaps:// is encrypted from its beginning; StartTLS goes with ldap://.')
    }
    if (protocol === 'ldap:' && !settings.startTls && !settings.allowUnencrypted) {
      throw new TypeError('ldap:// without StartTLS sends passwords in the clear; take ldaps:// or StartTLS.')
    }
    const isGssapi = settings.credentials !== undefined && 'gssapi' in settings.credentials
    if (protocol === 'ldap:' && !settings.startTls && isGssapi) {
      throw new TypeError(
        'Signing in by Kerberos needs TLS, for it encrypts nothing: take ldaps:// or StartTLS.',
      )
    }
  }
  return settings
}
