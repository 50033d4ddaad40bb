import { createHash } from 'node:crypto'
import type { KeyOptions } from '../../domain/certificate-template.ts'
import { findKeyFault } from '../../domain/key-requirement.ts'
import {
  type CertificationRequest,
  decodeCertificationRequest,
  verifyProofOfPossession,
} from '../../x509/certification-request.ts'
import { findKeyWeakness } from '../../x509/weak-key.ts'
import { X509Error, type X509ErrorCode } from '../../x509/x509-error.ts'

/** What the certificate template has against a certification request, in words for the client. */
export interface CertificationRequestFault {
  readonly fault: string
}

/** What was sent is no certification request at all: not its DER, or its own signature does not hold. */
export class MalformedCertificationRequest extends Error {
  override readonly name = 'MalformedCertificationRequest'
}

/** A certification request whose signature holds and whose key keeps the template's rules. Nothing else can be certified. */
export class VerifiedCertificationRequest {
  readonly request: CertificationRequest
  /** SHA-256 of the DER, lower-case hex. */
  readonly hash: string

  private constructor(request: CertificationRequest, hash: string) {
    this.request = request
    this.hash = hash
  }

  /**
   * @param der the PKCS#10 as the client sent it
   * @throws MalformedCertificationRequest
   */
  static verify(
    der: Uint8Array,
    options: KeyOptions,
  ): VerifiedCertificationRequest | CertificationRequestFault {
    const request = decode(der)
    if ('fault' in request) return request
    const key = request.subjectPublicKeyInfo
    const weakness = findKeyWeakness(key)
    const fault = findKeyFault(options, { algorithm: key.algorithm, keySize: key.keySize, weakness })
    if (fault !== null) return { fault }
    if (!verifyProofOfPossession(request)) {
      throw new MalformedCertificationRequest('The signature does not prove possession of the key.')
    }
    return new VerifiedCertificationRequest(request, hashOf(der))
  }
}

/** The same request again is known by this. */
export function hashOf(der: Uint8Array): string {
  return createHash('sha256').update(der).digest('hex')
}

/** Well-formed, but for software that knows more than we do. */
const unsupported: ReadonlySet<X509ErrorCode> = new Set(['unsupported-algorithm', 'unsupported-key'])

function decode(der: Uint8Array): CertificationRequest | CertificationRequestFault {
  try {
    return decodeCertificationRequest(der)
  } catch (error) {
    if (!(error instanceof X509Error)) throw error
    if (unsupported.has(error.code))
      return { fault: `The key or the algorithm is not taken: ${error.message}.` }
    throw new MalformedCertificationRequest(`Not a PKCS#10 request: ${error.message}.`)
  }
}
