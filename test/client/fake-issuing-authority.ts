import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import {
  assembleCertificate,
  type Certificate,
  decodeCertificate,
  encodeTbsCertificate,
} from '../../src/x509/certificate.ts'
import { decodeCertificationRequest, verifyProofOfPossession } from '../../src/x509/certification-request.ts'
import { encodeCmcFullResponse } from '../../src/x509/cmc/cmc-response.ts'
import { encodeBasicConstraints } from '../../src/x509/extensions/basic-constraints.ts'
import { encodeName, parseName } from '../../src/x509/names/distinguished-name.ts'

const notBefore = new Date('2026-01-01T00:00:00Z')
const notAfter = new Date('2036-01-01T00:00:00Z')

interface Authority {
  readonly certificate: Certificate
  readonly privateKey: KeyObject
}

/** A root and an issuing authority under it that sign for real. */
export class FakeIssuingAuthority {
  readonly #root = createAuthority('CN=Fake Root', null)
  readonly #issuing = createAuthority('CN=Fake Issuing', this.#root)
  readonly #foreign = createAuthority('CN=Fake Issuing', this.#root)

  /** The response to a certification request, and the thumbprint of what was issued. */
  async issue(
    certificationRequest: Uint8Array,
    trick: 'none' | 'other-key' | 'other-signer' | 'no-root' = 'none',
  ): Promise<{ response: Uint8Array; thumbprint: string }> {
    const request = decodeCertificationRequest(certificationRequest)
    if (!verifyProofOfPossession(request)) throw new Error('The request is not signed by its key.')
    const subjectKey =
      trick === 'other-key'
        ? this.#root.certificate.subjectPublicKeyInfo.der
        : request.subjectPublicKeyInfo.der
    const certificate = createCertificate('CN=Alice', subjectKey, this.#issuing, false)
    const signer = trick === 'other-signer' ? this.#foreign : this.#issuing
    const chain = [signer.certificate, this.#issuing.certificate, this.#root.certificate].map(
      ({ der }) => der,
    )
    const response = await encodeCmcFullResponse({
      certificate,
      chain: [...new Set(trick === 'no-root' ? chain.slice(0, 2) : chain)],
      signer: signer.certificate,
      sign: async bytes => new Uint8Array(sign('sha256', bytes, signer.privateKey)),
    })
    return { response, thumbprint: createHash('sha1').update(certificate).digest('hex').toUpperCase() }
  }
}

function createAuthority(name: string, issuer: Authority | null): Authority {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const spki = Uint8Array.from(publicKey.export({ type: 'spki', format: 'der' }))
  const certificate = decodeCertificate(createCertificate(name, spki, issuer, true, privateKey))
  return { certificate, privateKey }
}

function createCertificate(
  name: string,
  subjectPublicKeyInfo: Uint8Array,
  issuer: Authority | null,
  isAuthority: boolean,
  ownKey?: KeyObject,
): Uint8Array {
  const subject = encodeName(parseName(name))
  const key = issuer?.privateKey ?? ownKey
  if (key === undefined) throw new Error('Nobody is there to sign.')
  const tbs = encodeTbsCertificate({
    serialNumber: Uint8Array.of(1, ...randomBytes(8)),
    signatureAlgorithm: 'ecdsa-with-SHA256',
    issuer: issuer?.certificate.subject ?? subject,
    notBefore,
    notAfter,
    subject,
    subjectPublicKeyInfo,
    extensions: isAuthority ? [encodeBasicConstraints({ ca: true, pathLength: null })] : [],
  })
  return assembleCertificate(tbs, 'ecdsa-with-SHA256', new Uint8Array(sign('sha256', tbs, key)))
}
