import { type Certificate, decodeCertificate } from '../certificate.ts'
import { verifyCertificateSignature } from '../certificate-chain.ts'
import { equalBytes } from '../der/bytes.ts'
import { findExtension } from '../extension.ts'
import { decodeExtendedKeyUsage } from '../extensions/extended-key-usage.ts'
import { decodeKeyUsage } from '../extensions/key-usage.ts'
import { objectIdentifiers } from '../object-identifier.ts'
import { keyIdentifier } from '../public-key.ts'
import { verifySignature } from '../verify-signature.ts'
import { X509Error } from '../x509-error.ts'
import type { OcspBasicResponse } from './ocsp-response.ts'

/**
 * Whether the response was signed by one who may speak for this issuer: the issuer itself, or whom it certified for
 * just this (RFC 6960 §4.2.2.2). Signatures by SHA-1 do not count. What the response says is not looked at, nor
 * whether the responder's own certificate was revoked.
 */
export function verifyOcspResponse(response: OcspBasicResponse, issuer: Certificate, now: Date): boolean {
  if (response.signatureAlgorithm === 'sha1WithRSAEncryption') return false
  const delegates = delegatesOf(response, issuer, now)
  const signers = isNamed(issuer, response) ? [issuer, ...delegates] : delegates
  return signers.some(signer =>
    verifySignature(
      response.signatureAlgorithm,
      signer.subjectPublicKeyInfo,
      response.tbs,
      response.signature,
    ),
  )
}

function isNamed(signer: Certificate, { responderId }: OcspBasicResponse): boolean {
  const own = responderId.by === 'name' ? signer.subject : keyIdentifier(signer.subjectPublicKeyInfo)
  return equalBytes(own, responderId.value)
}

function delegatesOf(response: OcspBasicResponse, issuer: Certificate, now: Date): Certificate[] {
  return response.certificates.flatMap(der => {
    try {
      const certificate = decodeCertificate(der)
      return isNamed(certificate, response) && isDelegate(certificate, issuer, now) ? [certificate] : []
    } catch (error) {
      // Certificates of any kind may be sent along; one that we cannot read is no responder's.
      if (error instanceof X509Error) return []
      throw error
    }
  })
}

function isDelegate(certificate: Certificate, issuer: Certificate, now: Date): boolean {
  const purposes = findExtension(certificate.extensions, objectIdentifiers.extendedKeyUsage)
  const usage = findExtension(certificate.extensions, objectIdentifiers.keyUsage)
  return (
    equalBytes(certificate.issuer, issuer.subject) &&
    certificate.notBefore <= now &&
    now <= certificate.notAfter &&
    purposes !== null &&
    decodeExtendedKeyUsage(purposes.value).includes(objectIdentifiers.ocspSigning) &&
    (usage === null || decodeKeyUsage(usage.value).includes('digitalSignature')) &&
    certificate.signatureAlgorithm !== 'sha1WithRSAEncryption' &&
    verifyCertificateSignature(certificate, issuer)
  )
}
