import type { CertificationAuthorityRecord } from '../domain/sealed-key.ts'
import type { CertificationAuthority } from '../workflows/ports/certification-authority.ts'
import type { Clock } from '../workflows/ports/clock.ts'
import { type Certificate, decodeCertificate, encodeTbsCertificate } from '../x509/certificate.ts'
import { encodeCmcFullResponse } from '../x509/cmc/cmc-response.ts'
import { equalBytes } from '../x509/der/bytes.ts'
import { type Extension, findExtension } from '../x509/extension.ts'
import { encodeAuthorityInformationAccess } from '../x509/extensions/authority-information-access.ts'
import { encodeAuthorityKeyIdentifier } from '../x509/extensions/authority-key-identifier.ts'
import { encodeCrlDistributionPoints } from '../x509/extensions/crl-distribution-points.ts'
import { decodeSubjectKeyIdentifier } from '../x509/extensions/subject-key-identifier.ts'
import { type LintedTbsCertificate, lintTbsCertificate } from '../x509/lint.ts'
import { encodeName } from '../x509/names/distinguished-name.ts'
import { objectIdentifiers } from '../x509/object-identifier.ts'
import { keyIdentifier } from '../x509/public-key.ts'
import { publicationUrls } from './publication-urls.ts'
import { signCertificate } from './sign-certificate.ts'
import { signRevocationList } from './sign-revocation-list.ts'
import type { Signer } from './signer.ts'
import { SigningError, VerifyingSigner } from './verifying-signer.ts'

/**
 * A certification authority that signs with a key of our own.
 *
 * @param authority.root the record itself where it is the root
 * @param authority.host the first part of `<CA host>\<CA name>`
 * @param authority.publicUrl where revocation lists and CA certificates are found
 * @throws SigningError where the signer's key is not the certificate's, X509Error for a malformed certificate
 */
export function createCertificationAuthority(authority: {
  readonly record: Pick<CertificationAuthorityRecord, 'uuid' | 'name' | 'certificate'>
  readonly root: Pick<CertificationAuthorityRecord, 'uuid' | 'certificate'>
  readonly signer: Signer
  readonly clock: Clock
  readonly host: string
  readonly publicUrl: string
}): CertificationAuthority {
  const { record, root, clock } = authority
  const certificate = decodeCertificate(record.certificate)
  const signer = new VerifyingSigner(authority.signer, certificate.subjectPublicKeyInfo)
  const subjectKeyIdentifier = subjectKeyIdentifierOf(certificate)
  const chain = record.uuid === root.uuid ? [record.certificate] : [record.certificate, root.certificate]
  const urls = publicationUrls(authority.publicUrl, record.uuid)
  const ownExtensions: readonly Extension[] = [
    encodeAuthorityKeyIdentifier(subjectKeyIdentifier),
    encodeCrlDistributionPoints([urls.revocationList]),
    // No OCSP address: one that nobody answers at makes clients wait and some of them refuse.
    encodeAuthorityInformationAccess({ caIssuers: [urls.certificate], ocsp: [] }),
  ]
  // The bytes behind each token, so that a token of another authority, or bytes altered since, are not signed.
  const linted = new WeakMap<LintedTbsCertificate, Uint8Array>()

  function lint(tbs: Uint8Array): LintedTbsCertificate {
    const token = lintTbsCertificate(tbs, { issuer: certificate, now: clock.now() })
    linted.set(token, tbs)
    return token
  }

  return {
    uuid: record.uuid,
    issuerName: `${authority.host}\\${record.name}`,
    certificate,
    chain,

    prepare(content) {
      return lint(
        encodeTbsCertificate({
          serialNumber: content.serialNumber,
          signatureAlgorithm: signer.signatureAlgorithm,
          issuer: certificate.subject,
          notBefore: content.notBefore,
          notAfter: content.notAfter,
          subject: encodeName(content.subject),
          subjectPublicKeyInfo: content.subjectPublicKeyInfo,
          extensions: [...content.extensions, ...ownExtensions],
        }),
      )
    },

    prepareAgain(tbs) {
      return lint(Uint8Array.from(tbs))
    },

    async sign(prepared) {
      const expected = linted.get(prepared)
      if (expected === undefined) {
        throw new SigningError('The certificate was not prepared by this certification authority.')
      }
      return signCertificate(prepared, expected, signer)
    },

    async respond(issued) {
      if (!equalBytes(decodeCertificate(issued).issuer, certificate.subject)) {
        throw new SigningError('The certificate was not issued by this certification authority.')
      }
      const sign = (bytes: Uint8Array) => signer.sign(bytes)
      return encodeCmcFullResponse({ certificate: issued, chain, signer: certificate, sign })
    },

    signRevocationList(list) {
      return signRevocationList(list, { certificate, subjectKeyIdentifier }, signer)
    },
  }
}

function subjectKeyIdentifierOf(certificate: Certificate): Uint8Array {
  const extension = findExtension(certificate.extensions, objectIdentifiers.subjectKeyIdentifier)
  return extension === null
    ? keyIdentifier(certificate.subjectPublicKeyInfo)
    : decodeSubjectKeyIdentifier(extension.value)
}
