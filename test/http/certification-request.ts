import { generateKeyPairSync, sign } from 'node:crypto'
import {
  assembleCertificationRequest,
  encodeCertificationRequestInfo,
} from '../../src/x509/certification-request.ts'

/** A PKCS#10 with an empty subject for a new key on P-256, DER. */
export function newCertificationRequest(): Buffer {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const info = encodeCertificationRequestInfo({
    subject: [],
    subjectPublicKeyInfo: publicKey.export({ format: 'der', type: 'spki' }),
  })
  return Buffer.from(
    assembleCertificationRequest(info, 'ecdsa-with-SHA256', sign('sha256', info, privateKey)),
  )
}
