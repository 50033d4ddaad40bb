import type { HashAlgorithm } from '../card/smart-card.ts'
import { encodeBase64Lines } from '../x509/base64-lines.ts'
import {
  assembleCertificationRequest,
  encodeCertificationRequestInfo,
} from '../x509/certification-request.ts'
import {
  clientInformationAttribute,
  enrollmentCspAttribute,
  osVersionAttribute,
} from '../x509/enrollment-attributes.ts'
import { encodeSubjectKeyIdentifier } from '../x509/extensions/subject-key-identifier.ts'
import { emptyName } from '../x509/names/distinguished-name.ts'
import { decodeSubjectPublicKeyInfo, keyIdentifier } from '../x509/public-key.ts'
import type { SignatureAlgorithm } from '../x509/signature-algorithm.ts'
import { EnrollmentError } from './enrollment-error.ts'
import type { EnrollmentKey } from './enrollment-key.ts'
import type { GenerationOptionsView } from './library/generated/answers.ts'
import { printableText } from './printable-text.ts'

/** Where a certificate request is made; it stands in the request for the server's records, and nothing depends on it. */
export interface ClientDescription {
  /** Letters, digits and dots, such as `6.3.9600.2`. */
  readonly osVersion: string
  readonly machineName: string
  /** `DOMAIN\user`. */
  readonly userName: string
  readonly processName: string
}

/** The kind of client that the enrollment API of Windows names itself ([MS-WCCE] 2.2.2.7.4). */
const enrollmentApiClientId = 5
/** A key storage provider has no key specification. */
const noKeySpec = 0
const defaultProviderName = 'Microsoft Smart Card Key Storage Provider'

const rsaSignatures: Readonly<Record<HashAlgorithm, SignatureAlgorithm>> = {
  'SHA-1': 'sha1WithRSAEncryption',
  'SHA-256': 'sha256WithRSAEncryption',
  'SHA-384': 'sha384WithRSAEncryption',
  'SHA-512': 'sha512WithRSAEncryption',
}

/** Nobody ever shipped a client that signs with ECDSA and SHA-1, so that SHA-256 stands in for it. */
const ecSignatures: Readonly<Record<HashAlgorithm, { algorithm: SignatureAlgorithm; hash: HashAlgorithm }>> =
  {
    'SHA-1': { algorithm: 'ecdsa-with-SHA256', hash: 'SHA-256' },
    'SHA-256': { algorithm: 'ecdsa-with-SHA256', hash: 'SHA-256' },
    'SHA-384': { algorithm: 'ecdsa-with-SHA384', hash: 'SHA-384' },
    'SHA-512': { algorithm: 'ecdsa-with-SHA512', hash: 'SHA-512' },
  }

/**
 * The PKCS#10 that MIM CM's own client sends (contract of Microsoft's "Get certificate responses" sample): no subject,
 * a subject key identifier as the only requested extension, and where it was made. The key signs it and so proves
 * that it is there; subject and names come from the server.
 *
 * @returns base64 in lines of 64 columns with CR LF
 * @throws EnrollmentError unsupported-options for a hash that is not known
 */
export async function makeCertificationRequest(
  key: EnrollmentKey,
  options: Pick<GenerationOptionsView, 'HashAlgorithmName' | 'KeyStorageProviderNames'>,
  client: ClientDescription,
): Promise<string> {
  const info = encodeCertificationRequestInfo({
    subject: emptyName,
    subjectPublicKeyInfo: key.publicKey,
    requestedExtensions: [
      encodeSubjectKeyIdentifier(keyIdentifier(decodeSubjectPublicKeyInfo(key.publicKey))),
    ],
    attributes: [
      osVersionAttribute(client.osVersion),
      clientInformationAttribute({ clientId: enrollmentApiClientId, ...client }),
      enrollmentCspAttribute({
        keySpec: noKeySpec,
        providerName: options.KeyStorageProviderNames[0] ?? defaultProviderName,
      }),
    ],
  })
  const asked = hashAlgorithm(options.HashAlgorithmName)
  const { algorithm, hash } =
    key.algorithm.algorithm === 'RSA' ? { algorithm: rsaSignatures[asked], hash: asked } : ecSignatures[asked]
  const signature = await key.sign(hash, info)
  return encodeBase64Lines(assembleCertificationRequest(info, algorithm, signature))
}

/** `SHA256` or `SHA-256`; nothing means SHA-1, the known client's. */
function hashAlgorithm(name: string): HashAlgorithm {
  const digits = /^(?:SHA-?(1|256|384|512))?$/i.exec(name.trim())
  switch (digits?.[1] ?? (digits === null ? null : '1')) {
    case '1':
      return 'SHA-1'
    case '256':
      return 'SHA-256'
    case '384':
      return 'SHA-384'
    case '512':
      return 'SHA-512'
    default:
      throw new EnrollmentError(
        'unsupported-options',
        `The server asks for the hash ${printableText(name, 40)}, which is unknown here. ` +
          'Have the certificate template ask for SHA256.',
      )
  }
}
