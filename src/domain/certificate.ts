import type { RevocationReason } from './policy.ts'

/**
 * `prepared`: serial number reserved and the linted bytes kept, not yet signed.
 * `failed`: will never be signed.
 */
export type CertificateState = 'prepared' | 'issued' | 'on-hold' | 'revoked' | 'failed'

/** One certificate of a profile, from the moment its serial number is reserved. */
export interface CertificateRecord {
  readonly uuid: string
  /** Upper-case hex, as the certificate's INTEGER content. */
  readonly serialNumber: string
  readonly state: CertificateState
  readonly requestUuid: string
  readonly profileUuid: string
  readonly ownerUuid: string
  readonly certificateTemplate: string
  /** The certification authority's identifier in the store. */
  readonly certificationAuthorityUuid: string
  /** SHA-256 of the PKCS#10 that asked for it, lower-case hex: the same one again gets the same certificate. */
  readonly certificationRequestHash: string
  /** What was linted and is signed. */
  readonly tbsCertificate: Uint8Array
  /** null until signed. */
  readonly certificate: Uint8Array | null
  /** SHA-1 of the certificate, upper-case hex; null until signed. */
  readonly thumbprint: string | null
  readonly notBefore: Date
  readonly notAfter: Date
  readonly issuerName: string
  readonly requesterName: string
  readonly revokedAt: Date | null
  readonly revocationReason: RevocationReason | null
}

export type CertificateStatus = 'valid' | 'expired' | 'revoked' | 'on-hold'

export function certificateStatus(
  record: Pick<CertificateRecord, 'state' | 'notAfter'>,
  now: Date,
): CertificateStatus {
  if (record.state === 'revoked') return 'revoked'
  if (record.state === 'on-hold') return 'on-hold'
  return now.getTime() > record.notAfter.getTime() ? 'expired' : 'valid'
}
