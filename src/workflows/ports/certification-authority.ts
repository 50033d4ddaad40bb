import type { RevokedCertificate } from '../../domain/revocation-list.ts'
import type { Certificate } from '../../x509/certificate.ts'
import type { Extension } from '../../x509/extension.ts'
import type { LintedTbsCertificate } from '../../x509/lint.ts'
import type { DistinguishedName } from '../../x509/names/distinguished-name.ts'

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
