import type { RevocationReason } from './policy.ts'

export interface RevocationList {
  readonly certificationAuthorityUuid: string
  readonly number: number
  readonly der: Uint8Array
  readonly thisUpdate: Date
  readonly nextUpdate: Date
}

export interface RevokedCertificate {
  readonly serialNumber: string
  readonly revokedAt: Date
  readonly reason: RevocationReason
}
