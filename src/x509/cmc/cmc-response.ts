import { createHash } from 'node:crypto'
import type { Certificate } from '../certificate.ts'
import { equalBytes } from '../der/bytes.ts'
import { objectIdentifiers } from '../object-identifier.ts'
import { X509Error } from '../x509-error.ts'
import {
  decodeSignedData,
  encodeSignedData,
  findSigner,
  type SignedData,
  verifySignedData,
} from './cms-signed-data.ts'
import { decodePkiResponse, encodePkiResponse, type PkiResponse } from './pki-response.ts'

/**
 * A CMC Full PKI Response that hands out a certificate, as Windows' CA writes it (RFC 5272 §3.2, [MS-WCCE] 2.2.2.8):
 * signed by the issuing CA's own key, with the whole chain inside.
 *
 * @param fields.certificate DER of the issued certificate
 * @param fields.chain DER of the issuing CA's certificate and those above it, the root included
 * @param fields.signer the issuing CA's certificate
 * @param fields.sign as in `SignedDataFields`
 */
export function encodeCmcFullResponse(fields: {
  readonly certificate: Uint8Array
  readonly chain: readonly Uint8Array[]
  readonly signer: Certificate
  readonly sign: (bytes: Uint8Array) => Promise<Uint8Array>
}): Promise<Uint8Array> {
  const content = encodePkiResponse({
    status: 'success',
    statusString: 'Issued',
    failInfo: null,
    issuedCertificateHash: sha1(fields.certificate),
  })
  return encodeSignedData({
    contentType: objectIdentifiers.pkiResponse,
    content,
    certificates: [fields.certificate, ...fields.chain],
    signer: fields.signer,
    sign: fields.sign,
  })
}

/** A decoded response. */
export interface CmcFullResponse extends PkiResponse {
  /** DER of every certificate inside. */
  readonly certificates: readonly Uint8Array[]
  /** DER of the certificate whose hash the response names; null when none was issued. */
  readonly issuedCertificate: Uint8Array | null
  /** The certificate inside that the signer names; null when it does not travel along. It is not verified. */
  readonly signer: Certificate | null
  readonly signedData: SignedData
}

/**
 * Reads a CMC Full PKI Response. The signature is not verified here: see `verifyCmcFullResponse`.
 *
 * @throws X509Error malformed-cmc when it is of another content type, or names a certificate that is not inside;
 *   malformed-cms, der-…
 */
export function decodeCmcFullResponse(der: Uint8Array): CmcFullResponse {
  const signedData = decodeSignedData(der)
  if (signedData.contentType !== objectIdentifiers.pkiResponse) {
    throw new X509Error('malformed-cmc', 'signed data that holds no PKI response')
  }
  const response = decodePkiResponse(signedData.content)
  return {
    ...response,
    certificates: signedData.certificates,
    issuedCertificate: findIssued(response, signedData.certificates),
    signer: findSigner(signedData),
    signedData,
  }
}

function findIssued(response: PkiResponse, certificates: readonly Uint8Array[]): Uint8Array | null {
  const hash = response.issuedCertificateHash
  if (hash === null) return null
  const issued = certificates.find(certificate => equalBytes(sha1(certificate), hash))
  if (issued === undefined) throw new X509Error('malformed-cmc', 'the issued certificate is missing')
  return issued
}

/** Whether the response was signed with the key of this certificate; whether to trust that is the caller's question. */
export function verifyCmcFullResponse(response: CmcFullResponse, signer: Certificate): boolean {
  return verifySignedData(response.signedData, signer)
}

function sha1(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha1').update(bytes).digest())
}
