import { assembleCertificate, decodeCertificate } from '../x509/certificate.ts'
import { equalBytes } from '../x509/der/bytes.ts'
import type { LintedTbsCertificate } from '../x509/lint.ts'
import { SigningError, type VerifyingSigner } from './verifying-signer.ts'

/**
 * Signs what was linted and hands the certificate out only where that is what it says.
 *
 * @param expected the caller's own copy of the bytes that it had linted
 * @returns DER
 * @throws SigningError where bytes or signature are not what they must be, Error where the token was used before
 */
export async function signCertificate(
  linted: LintedTbsCertificate,
  expected: Uint8Array,
  signer: VerifyingSigner,
): Promise<Uint8Array> {
  const tbs = linted.take()
  if (!equalBytes(tbs, expected)) throw new SigningError('The certificate was altered after it was linted.')
  const certificate = assembleCertificate(tbs, signer.signatureAlgorithm, await signer.sign(tbs))
  if (!equalBytes(decodeCertificate(certificate).tbs, expected)) {
    throw new SigningError('The signed certificate is not the one that was linted.')
  }
  return certificate
}
