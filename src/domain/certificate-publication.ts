import type { CertificateRecord } from './certificate.ts'

/** A certificate that stands in the company's directory, or shall, or shall no more. */
export interface CertificatePublication {
  readonly certificate: CertificateRecord
  /** Grows whenever something about the certificate changes. */
  readonly generation: number
  /** How often it failed since then. */
  readonly attempts: number
}

/** What of a certificate the directory should hold now. Only those that can be relied on stand there. */
export function shouldBePublished(
  { state, notAfter }: Pick<CertificateRecord, 'state' | 'notAfter'>,
  now: Date,
): boolean {
  return state === 'issued' && now <= notAfter
}
