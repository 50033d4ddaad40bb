import { type DerReader, decodeDer } from '../der/der-reader.ts'
import { contextConstructed, contextPrimitive } from '../der/der-tag.ts'
import { derConstructed, derSequence, encodeDer } from '../der/der-writer.ts'
import type { Extension } from '../extension.ts'
import { encodeGeneralNames, type GeneralName, readGeneralNames } from '../names/general-name.ts'
import { objectIdentifiers } from '../object-identifier.ts'
import { X509Error } from '../x509-error.ts'

export interface DistributionPoint {
  readonly fullName: readonly GeneralName[]
  /** The bits of ReasonFlags, or null when the list covers all reasons. */
  readonly reasons: readonly number[] | null
  readonly crlIssuer: readonly GeneralName[] | null
}

/**
 * One distribution point with all addresses of the same list (RFC 5280 §4.2.1.13).
 *
 * @throws X509Error invalid-extension without any address
 */
export function encodeCrlDistributionPoints(uris: readonly string[]): Extension {
  if (uris.length === 0) throw new X509Error('invalid-extension', 'a distribution point without address')
  const names = uris.map((value): GeneralName => ({ type: 'uniformResourceIdentifier', value }))
  const fullName = encodeGeneralNames(names, contextConstructed(0))
  const value = encodeDer(derSequence([derSequence([derConstructed(contextConstructed(0), [fullName])])]))
  return { oid: objectIdentifiers.crlDistributionPoints, critical: false, value }
}

/** @throws X509Error; names relative to the CRL issuer, which nobody uses, are refused as der-unexpected-tag */
export function decodeCrlDistributionPoints(value: Uint8Array): readonly DistributionPoint[] {
  return decodeDer(value, reader => reader.sequenceOf(point => point.sequence(readPoint)))
}

function readPoint(reader: DerReader): DistributionPoint {
  const start = reader.position
  const fullName = reader.optionalExplicit(0, inner => readGeneralNames(inner, contextConstructed(0)))
  const reasons = reader.optional(contextPrimitive(1), () => reader.namedBits(contextPrimitive(1)))
  const crlIssuer = reader.optional(contextConstructed(2), () =>
    readGeneralNames(reader, contextConstructed(2)),
  )
  if (fullName === null && crlIssuer === null) {
    throw reader.error('invalid-extension', 'a distribution point without name', start)
  }
  return { fullName: fullName ?? [], reasons, crlIssuer }
}
