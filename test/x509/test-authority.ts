import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import {
  assembleCertificate,
  type Certificate,
  type CertificateFields,
  decodeCertificate,
  encodeTbsCertificate,
} from '../../src/x509/certificate.ts'
import type { Extension } from '../../src/x509/extension.ts'
import { encodeAuthorityKeyIdentifier } from '../../src/x509/extensions/authority-key-identifier.ts'
import { encodeBasicConstraints } from '../../src/x509/extensions/basic-constraints.ts'
import { encodeKeyUsage } from '../../src/x509/extensions/key-usage.ts'
import { encodeSubjectKeyIdentifier } from '../../src/x509/extensions/subject-key-identifier.ts'
import { encodeName, parseName } from '../../src/x509/names/distinguished-name.ts'
import {
  decodeSubjectPublicKeyInfo,
  keyIdentifier,
  type SubjectPublicKeyInfo,
} from '../../src/x509/public-key.ts'
import {
  digestOfSignatureAlgorithm,
  type SignatureAlgorithm,
  signatureAlgorithmFor,
} from '../../src/x509/signature-algorithm.ts'

export type KeyKind = 'RSA-2048' | 'RSA-1024' | 'P-256' | 'P-384'

export interface TestKey {
  readonly privateKey: KeyObject
  readonly publicKey: SubjectPublicKeyInfo
  readonly signatureAlgorithm: SignatureAlgorithm
  sign(bytes: Uint8Array): Uint8Array
}

export interface TestAuthority {
  readonly key: TestKey
  readonly certificate: Certificate
  /** Signs a certificate that says this and what an end entity needs besides. */
  issue(key: TestKey, fields: Partial<CertificateFields> & { extensions: readonly Extension[] }): Uint8Array
}

export const now = new Date('2026-06-01T12:00:00Z')
export const notBefore = new Date('2026-01-01T00:00:00Z')
export const nextYear = new Date('2027-01-01T00:00:00Z')
export const farEnd = new Date('2056-01-01T00:00:00Z')

export function generateTestKey(kind: KeyKind): TestKey {
  const pair = kind.startsWith('RSA')
    ? generateKeyPairSync('rsa', { modulusLength: Number(kind.slice(4)) })
    : generateKeyPairSync('ec', { namedCurve: kind })
  const publicKey = decodeSubjectPublicKeyInfo(pair.publicKey.export({ type: 'spki', format: 'der' }))
  const signatureAlgorithm = signatureAlgorithmFor(publicKey)
  return {
    privateKey: pair.privateKey,
    publicKey,
    signatureAlgorithm,
    sign: bytes =>
      new Uint8Array(sign(digestOfSignatureAlgorithm(signatureAlgorithm), bytes, pair.privateKey)),
  }
}

/** A root, or a CA below `parent`, with its own key. */
export function createTestAuthority(
  kind: KeyKind,
  name: string,
  parent: TestAuthority | null = null,
  pathLength: number | null = null,
): TestAuthority {
  const key = generateTestKey(kind)
  const subject = encodeName(parseName(name))
  const signer = parent?.key ?? key
  const authorityKey =
    parent === null ? [] : [encodeAuthorityKeyIdentifier(keyIdentifier(parent.key.publicKey))]
  const tbs = encodeTbsCertificate({
    serialNumber: Uint8Array.of(0x51, ...keyIdentifier(key.publicKey).subarray(0, 8)),
    signatureAlgorithm: signer.signatureAlgorithm,
    issuer: parent?.certificate.subject ?? subject,
    notBefore,
    notAfter: farEnd,
    subject,
    subjectPublicKeyInfo: key.publicKey.der,
    extensions: [
      encodeBasicConstraints({ ca: true, pathLength }),
      encodeKeyUsage(['keyCertSign', 'cRLSign', 'digitalSignature']),
      encodeSubjectKeyIdentifier(keyIdentifier(key.publicKey)),
      ...authorityKey,
    ],
  })
  const certificate = decodeCertificate(assembleCertificate(tbs, signer.signatureAlgorithm, signer.sign(tbs)))
  return {
    key,
    certificate,
    issue: (subjectKey, fields) => {
      const leaf = encodeTbsCertificate({
        serialNumber: Uint8Array.of(0xa1, 2, 3, 4, 5, 6, 7, 8, 9),
        signatureAlgorithm: key.signatureAlgorithm,
        issuer: subject,
        notBefore,
        notAfter: nextYear,
        subject: encodeName(parseName('CN=Alice Example,OU=Users,DC=contoso,DC=com')),
        subjectPublicKeyInfo: subjectKey.publicKey.der,
        ...fields,
        extensions: [
          encodeSubjectKeyIdentifier(keyIdentifier(subjectKey.publicKey)),
          encodeAuthorityKeyIdentifier(keyIdentifier(key.publicKey)),
          ...fields.extensions,
        ],
      })
      return assembleCertificate(leaf, key.signatureAlgorithm, key.sign(leaf))
    },
  }
}
