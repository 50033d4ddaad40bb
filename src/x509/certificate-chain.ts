import type { Certificate } from './certificate.ts'
import { verifySignature } from './verify-signature.ts'

/** Whether the signature under the certificate was made with the issuer's key. Names and dates are not looked at. */
export function verifyCertificateSignature(certificate: Certificate, issuer: Certificate): boolean {
  return verifySignature(
    certificate.signatureAlgorithm,
    issuer.subjectPublicKeyInfo,
    certificate.tbs,
    certificate.signature,
  )
}
