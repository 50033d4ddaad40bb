/** Which side the key comes from and what the client must make of it (CertificateRequestGenerationOptions, contract §1). */
export interface KeyOptions {
  readonly algorithm: 'RSA' | 'EC'
  /** Modulus bits for RSA, 256 or 384 for EC; a larger RSA key is taken too. */
  readonly keySize: number
  readonly hashAlgorithm: 'SHA1' | 'SHA256' | 'SHA384' | 'SHA512'
  readonly keyStorageProviders: readonly string[]
  readonly friendlyName: string
  readonly exportable: boolean
  readonly protection: 'no-consent' | 'consent' | 'consent-with-password' | 'consent-with-fingerprint'
  readonly usages: readonly ('decryption' | 'signing' | 'key-agreement')[]
}

export type KeyUsageName =
  | 'digital-signature'
  | 'non-repudiation'
  | 'key-encipherment'
  | 'data-encipherment'
  | 'key-agreement'

/** Where the subject comes from. `request` takes the client's; every other form is built from the directory. */
export type SubjectSource = 'distinguished-name' | 'common-name' | 'empty' | 'request'

export type SubjectAlternativeNameSource = 'user-principal-name' | 'email'

/** What a certificate says, apart from whom it says it of. */
export interface CertificateTemplate {
  readonly commonName: string
  readonly displayName: string
  /** Dotted object identifier of the template information extension (MS-WCCE 2.2.2.7.7.2). */
  readonly oid: string
  readonly majorVersion: number
  readonly minorVersion: number
  readonly validityDays: number
  readonly keyUsage: readonly KeyUsageName[]
  /** Dotted object identifiers. */
  readonly extendedKeyUsage: readonly string[]
  readonly subject: SubjectSource
  readonly subjectAlternativeNames: readonly SubjectAlternativeNameSource[]
  /** Whether the security identifier extension binds the certificate to the account (strong mapping). */
  readonly includeSecurityIdentifier: boolean
  /** Whether its certificates stand in the company's directory for as long as they are valid. */
  readonly publishToDirectory: boolean
  readonly key: KeyOptions
  /** Security identifiers that may enroll. */
  readonly enrollers: readonly string[]
}
