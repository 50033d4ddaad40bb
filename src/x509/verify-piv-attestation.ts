import type { Certificate } from './certificate.ts'
import { verifyCertificateSignature } from './certificate-chain.ts'
import { equalBytes } from './der/bytes.ts'
import { type Extension, findExtension } from './extension.ts'
import { decodeBasicConstraints } from './extensions/basic-constraints.ts'
import { decodeKeyUsage } from './extensions/key-usage.ts'
import { objectIdentifiers } from './object-identifier.ts'
import { pivAttestationExtension } from './piv-attestation.ts'

export interface PivAttestationChain {
  readonly attestation: Certificate
  /** Of the card's attestation key. */
  readonly intermediate: Certificate
}

/** Why an attestation is not to be believed. */
export type PivAttestationFault =
  | 'other-key'
  | 'not-by-intermediate'
  | 'intermediate-certifies-nothing'
  | 'not-trusted'
  | 'not-valid-now'
  | 'unknown-critical-extension'

const understood: ReadonlySet<string> = new Set([
  objectIdentifiers.basicConstraints,
  objectIdentifiers.keyUsage,
])

/**
 * Whether the card's attestation key has signed the attestation, and the attestation is of this key.
 *
 * @param publicKey SubjectPublicKeyInfo in DER
 */
export function findPivAttestationFault(
  { attestation, intermediate }: PivAttestationChain,
  publicKey: Uint8Array,
): PivAttestationFault | null {
  if (!equalBytes(attestation.subjectPublicKeyInfo.der, publicKey)) return 'other-key'
  if (!isIssuedBy(attestation, intermediate)) return 'not-by-intermediate'
  return hasUnknownCriticalExtension(attestation) ? 'unknown-critical-extension' : null
}

/**
 * Whether the attestation goes back to somebody who is trusted: its intermediate is one of these certificates, or issued
 * by one. They are trusted as they stand, whatever they say of path lengths (RFC 5280 §6.1.1 d): an authority of Yubico
 * has issued intermediates that its own certificate does not allow.
 *
 * @returns why it is not trusted, or null
 * @throws X509Error for a basic constraint or a key usage that cannot be read
 */
export function findPivAttestationTrustFault(
  { attestation, intermediate }: PivAttestationChain,
  trusted: readonly Certificate[],
  now: Date,
): PivAttestationFault | null {
  const isAnchor = trusted.some(({ der }) => equalBytes(der, intermediate.der))
  if (!isAnchor) {
    if (!trusted.some(anchor => isIssuedBy(intermediate, anchor))) return 'not-trusted'
    if (!mayAttest(intermediate.extensions)) return 'intermediate-certifies-nothing'
    if (hasUnknownCriticalExtension(intermediate)) return 'unknown-critical-extension'
  }
  const isValid = [attestation, intermediate].every(
    ({ notBefore, notAfter }) => notBefore <= now && now <= notAfter,
  )
  return isValid ? null : 'not-valid-now'
}

/**
 * A certification authority by its basic constraints and key usage (RFC 5280 §4.2.1.3, §4.2.1.9). YubiKeys up to 5.2.4
 * came with intermediates that have no basic constraints (github.com/Yubico/yubikey-manager/issues/522); what tells them
 * from other certificates is the firmware version. An attestation has that too, with the policies of its key, and must
 * not pass whatever else it says: whoever uses the attested key could sign an attestation of another one.
 */
function mayAttest(extensions: readonly Extension[]): boolean {
  if (findExtension(extensions, pivAttestationExtension.policies) !== null) return false
  const constraints = findExtension(extensions, objectIdentifiers.basicConstraints)
  const usage = findExtension(extensions, objectIdentifiers.keyUsage)
  if (usage !== null && !decodeKeyUsage(usage.value).includes('keyCertSign')) return false
  if (constraints !== null) return decodeBasicConstraints(constraints.value).ca
  return findExtension(extensions, pivAttestationExtension.firmwareVersion) !== null
}

function isIssuedBy(certificate: Certificate, issuer: Certificate): boolean {
  return equalBytes(certificate.issuer, issuer.subject) && verifyCertificateSignature(certificate, issuer)
}

function hasUnknownCriticalExtension({ extensions }: Certificate): boolean {
  return extensions.some(({ oid, critical }) => critical && !understood.has(oid))
}
