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
}
