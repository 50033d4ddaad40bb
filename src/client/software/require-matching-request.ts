import type { KeyPairAlgorithm } from '../../card/smart-card.ts'
import { decodeBase64Lines } from '../../x509/base64-lines.ts'
import {
  type CertificationRequest,
  decodeCertificationRequest,
  verifyProofOfPossession,
} from '../../x509/certification-request.ts'
import { X509Error } from '../../x509/x509-error.ts'
import { EnrollmentError } from '../enrollment-error.ts'

/**
 * Reads a certification request that something else than this program signed, before the server sees it.
 *
 * @param request PKCS#10, base64 in lines
 * @throws EnrollmentError target-unusable where it is malformed, is not signed by its own key, or is for another kind of key
 *   than was asked for
 */
export function requireMatchingRequest(request: string, algorithm: KeyPairAlgorithm): CertificationRequest {
  const decoded = decode(request)
  if (!verifyProofOfPossession(decoded)) throw unusable('its signature is not of its key')
  const { algorithm: kind, keySize, curve } = decoded.subjectPublicKeyInfo
  const fits = algorithm.algorithm === 'RSA' ? keySize === algorithm.keySize : curve === algorithm.curve
  if (kind !== algorithm.algorithm || !fits)
    throw unusable(`its key is another one (${kind}, ${keySize} bits)`)
  return decoded
}

function decode(request: string): CertificationRequest {
  try {
    return decodeCertificationRequest(decodeBase64Lines(request))
  } catch (error) {
    if (error instanceof X509Error) throw unusable(`it is malformed: ${error.message}`)
    throw error
  }
}

function unusable(reason: string): EnrollmentError {
  return new EnrollmentError(
    'target-unusable',
    `The certification request that was made for the key is not what was asked for: ${reason}. ` +
      'Nothing was sent. Cancel with --cancel, and take another place for the key.',
  )
}
