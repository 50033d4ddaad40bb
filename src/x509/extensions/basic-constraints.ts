import { decodeDer } from '../der/der-reader.ts'
import { derTag } from '../der/der-tag.ts'
import { derBoolean, derInteger, derSequence, encodeDer } from '../der/der-writer.ts'
import type { Extension } from '../extension.ts'
import { objectIdentifiers } from '../object-identifier.ts'
import { X509Error } from '../x509-error.ts'

export interface BasicConstraints {
  readonly ca: boolean
  /** How many CA certificates may follow; null for any number. */
  readonly pathLength: number | null
}

/**
 * Critical, as RFC 5280 §4.2.1.9 demands of a CA.
 *
 * @throws X509Error invalid-extension when a path length is given for what is no CA
 */
export function encodeBasicConstraints({ ca, pathLength }: BasicConstraints): Extension {
  if (!ca && pathLength !== null) throw new X509Error('invalid-extension', 'a path length without CA')
  const parts = ca ? [derBoolean(true)] : []
  if (pathLength !== null) parts.push(derInteger(pathLength))
  return { oid: objectIdentifiers.basicConstraints, critical: true, value: encodeDer(derSequence(parts)) }
}

/** @throws X509Error */
export function decodeBasicConstraints(value: Uint8Array): BasicConstraints {
  return decodeDer(value, reader =>
    reader.sequence(inner => ({
      ca: inner.defaultFalse(),
      pathLength: inner.optional(derTag.integer, () => inner.smallInteger()),
    })),
  )
}
