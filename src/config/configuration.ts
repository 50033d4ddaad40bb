/** Everything that can be set, checked and complete. Deeply frozen; paths are absolute. */
export interface Configuration {
  readonly listen: ListenConfiguration
  /** Without a slash at its end; undefined only where `port` is 0 and none was given: it follows from the port taken. */
  readonly publicUrl: string | undefined
  readonly dataDir: string
  readonly database: DatabaseConfiguration
  readonly demo: boolean
  readonly keyEncryption: KeyEncryptionConfiguration
  readonly api: ApiConfiguration
  readonly logLevel: LogLevel
  readonly shutdownGraceSeconds: number
  readonly certificationAuthority: CertificationAuthorityConfiguration
  readonly session: SessionConfiguration
  /** undefined: people and groups are kept in the database. */
  readonly ldap: LdapConfiguration | undefined
  readonly signIn: SignInConfiguration
}

export interface ListenConfiguration {
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  readonly tls: TlsConfiguration | undefined
  readonly trustProxy: boolean
  readonly bodyLimitBytes: number
  readonly requestTimeoutSeconds: number
}

export interface TlsConfiguration {
  readonly certificateFile: string
  readonly keyFile: string
}

export type DatabaseConfiguration =
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'postgresql'; readonly url: string }

/** Where the key comes from that encrypts keys at rest. A generated one is created by the first start. */
export type KeyEncryptionConfiguration =
  | { readonly kind: 'generated-key-file'; readonly file: string }
  | { readonly kind: 'key-file'; readonly file: string }
  | { readonly kind: 'passphrase-file'; readonly file: string }

export interface ApiConfiguration {
  readonly enabled: boolean
  readonly virtualDirectory: string
  readonly traceVerbosity: 0 | 1 | 2 | 3 | 4
}

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace'

export type AuthorityKeyAlgorithm = 'RSA-2048' | 'RSA-3072' | 'RSA-4096' | 'EC-P256' | 'EC-P384'

export interface CertificationAuthorityConfiguration {
  readonly name: string
  readonly organisation: string | undefined
  readonly keyAlgorithm: AuthorityKeyAlgorithm
  readonly rootLifetimeDays: number
  readonly issuingLifetimeDays: number
  readonly crlLifetimeHours: number
  readonly crlPublishIntervalHours: number
}

export interface SessionConfiguration {
  readonly idleMinutes: number
  readonly absoluteHours: number
  readonly renewalMinutes: number
}

export interface PasswordCredentials {
  readonly kind: 'password'
  readonly bindDn: string
  readonly passwordFile: string
}

/** By SASL GSSAPI (RFC 4752). */
export interface KeytabCredentials {
  readonly kind: 'keytab'
  readonly keytabFile: string
  /** With its realm. */
  readonly principal: string
}

export interface LdapConfiguration {
  /** At least one. */
  readonly urls: readonly string[]
  readonly kind: 'active-directory' | 'openldap'
  /** undefined: anonymous. */
  readonly credentials: PasswordCredentials | KeytabCredentials | undefined
  readonly startTls: boolean
  readonly allowUnencrypted: boolean
  readonly authoritiesFile: string | undefined
  readonly baseDn: string | undefined
  readonly groupBaseDn: string | undefined
  readonly domain: string | undefined
  readonly cacheSeconds: number
  readonly graceSeconds: number
}

/** The ways in which people sign in; undefined where one is off. */
export interface SignInConfiguration {
  readonly basic: boolean
  readonly negotiate: NegotiateConfiguration | undefined
  readonly openIdConnect: OpenIdConnectConfiguration | undefined
  readonly clientCertificate: ClientCertificateConfiguration | undefined
  readonly separationOfDuties: boolean
}

export interface NegotiateConfiguration {
  readonly keytabFile: string
  readonly servicePrincipal: string | undefined
  /** Whether a ticket must say by security identifier whose it is. */
  readonly privilegeAttributes: 'require' | 'when-present'
  readonly channelBinding: 'off' | 'when-supported' | 'require'
  /** Of proxies at which TLS ends; that of the server itself counts too, where it has TLS. */
  readonly channelBindingCertificateFiles: readonly string[]
}

export interface OpenIdConnectConfiguration {
  readonly issuer: string
  /** undefined: no sign-in by browser. */
  readonly client: { readonly id: string; readonly secretFile: string | undefined } | undefined
  /** Empty: no bearer tokens. */
  readonly audience: readonly string[]
  readonly scope: string
  readonly resource: string | undefined
  readonly userClaim: string
  readonly userClaimHolds: 'name' | 'sid' | 'uuid'
  readonly groupsClaim: string | undefined
  readonly clockToleranceSeconds: number
  readonly authoritiesFile: string | undefined
}

export type CertificateMapping = 'security-identifier' | 'user-principal-name' | 'mail' | 'thumbprint'

export interface ClientCertificateConfiguration {
  /** undefined: only certificates that Cardinal issued. */
  readonly authoritiesFile: string | undefined
  readonly mapping: readonly CertificateMapping[]
  readonly thumbprintsFile: string | undefined
  readonly revocation: 'require' | 'prefer' | 'off'
}
