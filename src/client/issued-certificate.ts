import { decodeBase64Lines } from '../x509/base64-lines.ts'
import { type Certificate, decodeCertificate } from '../x509/certificate.ts'
import { verifyCertificateSignature } from '../x509/certificate-chain.ts'
import { decodeCmcFullResponse, verifyCmcFullResponse } from '../x509/cmc/cmc-response.ts'
import { equalBytes } from '../x509/der/bytes.ts'
import { X509Error } from '../x509/x509-error.ts'
import { EnrollmentError } from './enrollment-error.ts'
import type { CertificateResponseView } from './library/generated/answers.ts'
import { printableText } from './printable-text.ts'

export interface IssuedCertificate {
  readonly certificate: Certificate
  /** The issuing authority's certificate, then those above it, the root last. */
  readonly authorities: readonly [Certificate, ...Certificate[]]
}

const longestRefusal = 300

/**
 * Reads the answer to a certificate request (a CMC full response, RFC 5272 §3.2) and checks that it hands out a
 * certificate for this very key, that the certificate's issuer signed both it and the answer, and that the chain
 * inside ends in a root. Whether that root is to be trusted is the caller's question.
 *
 * @param publicKey SubjectPublicKeyInfo in DER
 * @throws EnrollmentError certificate-refused, certificate-untrustworthy
 */
export function readIssuedCertificate(
  answer: Pick<CertificateResponseView, 'isPkcs7' | 'Pkcs7' | 'Error'>,
  publicKey: Uint8Array,
): IssuedCertificate {
  if (answer.Error !== null && answer.Error !== '') {
    throw new EnrollmentError(
      'certificate-refused',
      `The server refused the certificate request: ${printableText(answer.Error, longestRefusal)}`,
    )
  }
  if (!answer.isPkcs7 || answer.Pkcs7 === null) {
    throw untrustworthy('it holds no PKCS#7 message')
  }
  try {
    return read(decodeBase64Lines(answer.Pkcs7), publicKey)
  } catch (error) {
    if (error instanceof X509Error) throw untrustworthy(`it is malformed: ${error.message}`, { cause: error })
    throw error
  }
}

function read(pkcs7: Uint8Array, publicKey: Uint8Array): IssuedCertificate {
  const response = decodeCmcFullResponse(pkcs7)
  if (response.status !== 'success' || response.issuedCertificate === null) {
    const said =
      response.statusString === null ? '' : `: ${printableText(response.statusString, longestRefusal)}`
    throw new EnrollmentError(
      'certificate-refused',
      `The certification authority issued nothing (${response.status})${said}. Ask whoever runs it why.`,
    )
  }
  const certificate = decodeCertificate(response.issuedCertificate)
  if (!equalBytes(certificate.subjectPublicKeyInfo.der, publicKey)) {
    throw untrustworthy('the certificate is for another key')
  }
  const authorities = buildChain(certificate, response.certificates.map(decodeCertificate))
  if (!verifyCmcFullResponse(response, authorities[0])) {
    throw untrustworthy("the certificate's issuer did not sign it")
  }
  return { certificate, authorities }
}

function buildChain(
  certificate: Certificate,
  available: readonly Certificate[],
): readonly [Certificate, ...Certificate[]] {
  const [issuing, ...above] = authoritiesAbove(certificate, available)
  if (issuing === undefined)
    throw untrustworthy("the issuer's certificate is missing, or is not the issuer's")
  return [issuing, ...above]
}

function authoritiesAbove(certificate: Certificate, available: readonly Certificate[]): Certificate[] {
  const chain: Certificate[] = []
  // No certificate is needed twice, so that a ring of them cannot hold us.
  for (let current = certificate; chain.length < available.length; ) {
    const issuer = available.find(
      candidate =>
        equalBytes(candidate.subject, current.issuer) && verifyCertificateSignature(current, candidate),
    )
    if (issuer === undefined) break
    if (issuer === current) return chain
    chain.push(issuer)
    current = issuer
  }
  const last = chain.at(-1)
  if (last !== undefined && equalBytes(last.subject, last.issuer)) return chain
  throw untrustworthy('its chain of certificates does not end in a root')
}

function untrustworthy(reason: string, options?: ErrorOptions): EnrollmentError {
  return new EnrollmentError(
    'certificate-untrustworthy',
    `The answer to the certificate request cannot be trusted: ${reason}. ` +
      'Do not use the certificate, and have the server looked at.',
    options,
  )
}
