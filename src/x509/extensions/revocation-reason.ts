import { decodeDer } from '../der/der-reader.ts'
import { derTag } from '../der/der-tag.ts'
import { derInteger } from '../der/der-writer.ts'
import type { Extension } from '../extension.ts'
import { objectIdentifiers } from '../object-identifier.ts'
import { X509Error } from '../x509-error.ts'

/** CRLReason at the place of its number in RFC 5280 §5.3.1; 7 is not used. */
const reasons = [
  'unspecified',
  'keyCompromise',
  'cACompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'certificateHold',
  null,
  'removeFromCRL',
  'privilegeWithdrawn',
  'aACompromise',
] as const

/** Why a certificate was revoked, in the words of RFC 5280 §5.3.1. */
export type RevocationReason = NonNullable<(typeof reasons)[number]>

export function revocationReasonNumber(reason: RevocationReason): number {
  return reasons.indexOf(reason)
}

/** The CRL entry extension reasonCode; not critical. */
export function encodeRevocationReason(reason: RevocationReason): Extension {
  return {
    oid: objectIdentifiers.reasonCode,
    critical: false,
    value: derInteger(revocationReasonNumber(reason), derTag.enumerated),
  }
}

/** @throws X509Error invalid-extension for a number that RFC 5280 does not have */
export function decodeRevocationReason(value: Uint8Array): RevocationReason {
  const number = decodeDer(value, reader => reader.smallInteger(derTag.enumerated))
  const reason = reasons[number]
  if (reason === undefined || reason === null)
    throw new X509Error('invalid-extension', 'an unknown revocation reason')
  return reason
}
