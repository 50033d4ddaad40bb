import { type Certificate, decodeCertificate } from '../../x509/certificate.ts'
import { equalBytes } from '../../x509/der/bytes.ts'
import { formatName } from '../../x509/names/distinguished-name.ts'
import { objectIdentifiers } from '../../x509/object-identifier.ts'
import { decodePem, encodePem } from '../../x509/pem.ts'
import { type PivAttestation, readPivAttestation } from '../../x509/piv-attestation.ts'
import type { SubjectPublicKeyInfo } from '../../x509/public-key.ts'
import {
  findPivAttestationFault,
  findPivAttestationTrustFault,
  type PivAttestationFault,
} from '../../x509/verify-piv-attestation.ts'
import { X509Error } from '../../x509/x509-error.ts'
import { UsageError } from '../usage-error.ts'
import type { AttestedKey } from './attest-key.ts'
import { faultWords } from './attestation-fault-words.ts'

/** What a card says of one of its keys, and whether it is to be believed. */
export interface AttestationReport extends PivAttestation {
  readonly slot: string
  /** Whether the attestation says that the key is in this slot; one that says another is refused. */
  readonly namesSlot: boolean
  /** `EC P-256`, `RSA 2048` */
  readonly algorithm: string
  /** Who has signed the attestation, and who has certified that one (RFC 4514). */
  readonly attestedBy: string
  readonly certifiedBy: string
  /** What the certificate in the slot is of; null where there is none. */
  readonly certificateOf: 'this key' | 'another key' | null
  /** Null where nobody said whom to trust. */
  readonly trusted: boolean | null
  /** Why it is not trusted. */
  readonly fault: PivAttestationFault | null
  /** The attestation and the certificate of who signed it, in PEM. */
  readonly chain: readonly string[]
}

/**
 * Reads what the card gave.
 *
 * @param trusted null where nothing is to be said of trust
 * @throws UsageError where it is no attestation, or not by the attestation key of the card, or of the key in another slot
 */
export function reportAttestation(
  slot: string,
  key: AttestedKey,
  trusted: readonly Certificate[] | null,
  now: Date,
): AttestationReport {
  try {
    const chain = {
      attestation: decodeCertificate(key.attestation),
      intermediate: decodeCertificate(key.intermediate),
    }
    const publicKey = chain.attestation.subjectPublicKeyInfo
    const broken = findPivAttestationFault(chain, publicKey.der)
    if (broken !== null) throw new UsageError(`The attestation ${faultWords[broken]}. Do not believe it.`)
    const named = slotOf(chain.attestation)
    if (named !== null && named !== slot) {
      throw new UsageError(`The attestation is of the key in slot ${named}, not ${slot}. Do not believe it.`)
    }
    const fault = trusted && findPivAttestationTrustFault(chain, trusted, now)
    return {
      slot,
      namesSlot: named !== null,
      algorithm: nameOf(publicKey),
      ...readPivAttestation(chain.attestation),
      attestedBy: formatName(chain.intermediate.subjectName),
      certifiedBy: formatName(chain.intermediate.issuerName),
      certificateOf: key.certificate && certificateOf(key.certificate, publicKey),
      trusted: trusted && fault === null,
      fault,
      chain: [key.attestation, key.intermediate].map(der => encodePem('CERTIFICATE', der)),
    }
  } catch (error) {
    if (!(error instanceof X509Error)) throw error
    throw new UsageError(
      `The attestation, or the certificate of who signed it, cannot be read: ${error.message}. Check that the card is of a supported kind.`,
    )
  }
}

/**
 * The slot stands behind the last space of the subject's common name, `YubiKey PIV Attestation 9a`, and in no extension (Yubico,
 * "PIV attestation"); null where there is none.
 */
function slotOf({ subjectName }: Certificate): string | null {
  const names = subjectName.flat().filter(({ type }) => type === objectIdentifiers.commonName)
  return / (9[acde]|8[2-9a-f]|9[0-5])$/i.exec(names.at(-1)?.value ?? '')?.[1]?.toLowerCase() ?? null
}

/** The certificates of a file in PEM. @throws UsageError */
export function readTrustedCertificates(file: string, text: string): readonly Certificate[] {
  try {
    const certificates = decodePem(text)
      .filter(({ label }) => label === 'CERTIFICATE')
      .map(({ bytes }) => decodeCertificate(bytes))
    if (certificates.length > 0) return certificates
  } catch (error) {
    if (!(error instanceof X509Error)) throw error
    throw new UsageError(`The certificates in ${file} cannot be read: ${error.message}.`)
  }
  throw new UsageError(`${file} holds no certificate in PEM form.`)
}

function certificateOf(der: Uint8Array, publicKey: SubjectPublicKeyInfo): 'this key' | 'another key' {
  try {
    const certified = decodeCertificate(der).subjectPublicKeyInfo.der
    return equalBytes(certified, publicKey.der) ? 'this key' : 'another key'
  } catch (error) {
    // Attested keys are of kinds that can be read here, so that it is not this one's.
    if (error instanceof X509Error) return 'another key'
    throw error
  }
}

function nameOf({ algorithm, curve, keySize }: SubjectPublicKeyInfo): string {
  return algorithm === 'RSA' ? `RSA ${keySize}` : `EC ${curve}`
}
