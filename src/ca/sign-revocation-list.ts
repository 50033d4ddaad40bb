import type { RevocationReason as ReasonInWords } from '../domain/policy.ts'
import type { CertificationAuthority } from '../workflows/ports/certification-authority.ts'
import type { Certificate } from '../x509/certificate.ts'
import {
  assembleCertificateRevocationList,
  encodeTbsCertificateRevocationList,
} from '../x509/certificate-revocation-list.ts'
import { toHex } from '../x509/der/bytes.ts'
import type { RevocationReason } from '../x509/extensions/revocation-reason.ts'
import type { VerifyingSigner } from './verifying-signer.ts'

const reasons: Readonly<Record<ReasonInWords, RevocationReason>> = {
  unspecified: 'unspecified',
  'key-compromise': 'keyCompromise',
  'ca-compromise': 'cACompromise',
  'affiliation-changed': 'affiliationChanged',
  superseded: 'superseded',
  'cessation-of-operation': 'cessationOfOperation',
  'certificate-hold': 'certificateHold',
}

/**
 * A complete revocation list of the issuer (RFC 5280 §5).
 *
 * @returns DER
 * @throws X509Error where the next update is not after this one, RangeError for a serial number that is no upper-case
 *   hex, SigningError
 */
export async function signRevocationList(
  list: Parameters<CertificationAuthority['signRevocationList']>[0],
  issuer: { readonly certificate: Certificate; readonly subjectKeyIdentifier: Uint8Array },
  signer: VerifyingSigner,
): Promise<Uint8Array> {
  const tbs = encodeTbsCertificateRevocationList({
    signatureAlgorithm: signer.signatureAlgorithm,
    issuer: issuer.certificate.subject,
    thisUpdate: list.thisUpdate,
    nextUpdate: list.nextUpdate,
    entries: list.revoked.map(({ serialNumber, revokedAt, reason }) => ({
      serialNumber: fromHex(serialNumber),
      revocationDate: revokedAt,
      reason: reasons[reason],
    })),
    authorityKeyIdentifier: issuer.subjectKeyIdentifier,
    crlNumber: BigInt(list.number),
  })
  return assembleCertificateRevocationList(tbs, signer.signatureAlgorithm, await signer.sign(tbs))
}

/** Strict, because Buffer.from stops without a word at what is no digit: the wrong certificate would be revoked. */
function fromHex(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'hex')
  if (toHex(bytes) !== text)
    throw new RangeError('A serial number in the revocation list is not upper-case hex.')
  return bytes
}
