import { type DerReader, decodeDer } from '../der/der-reader.ts'
import { contextConstructed, contextPrimitive } from '../der/der-tag.ts'
import { type GeneralName, readGeneralNames } from '../names/general-name.ts'

/** What a CRL covers, where that is not all of its issuer's certificates (RFC 5280 §5.2.5). */
export interface IssuingDistributionPoint {
  /** null where the list names no point. */
  readonly fullName: readonly GeneralName[] | null
  readonly onlyContainsUserCertificates: boolean
  readonly onlyContainsCaCertificates: boolean
  /** The bits of ReasonFlags; null where the list covers all reasons. */
  readonly onlySomeReasons: readonly number[] | null
  readonly indirectCrl: boolean
  readonly onlyContainsAttributeCertificates: boolean
}

/** @throws X509Error; names relative to the CRL issuer, which nobody uses, are refused as der-unexpected-tag */
export function decodeIssuingDistributionPoint(value: Uint8Array): IssuingDistributionPoint {
  return decodeDer(value, reader =>
    reader.sequence(inner => ({
      fullName: inner.optionalExplicit(0, name => readGeneralNames(name, contextConstructed(0))),
      onlyContainsUserCertificates: readFlag(inner, 1),
      onlyContainsCaCertificates: readFlag(inner, 2),
      onlySomeReasons: inner.optional(contextPrimitive(3), () => inner.namedBits(contextPrimitive(3))),
      indirectCrl: readFlag(inner, 4),
      onlyContainsAttributeCertificates: readFlag(inner, 5),
    })),
  )
}

/** [n] IMPLICIT BOOLEAN DEFAULT FALSE: DER writes TRUE alone. */
function readFlag(reader: DerReader, number: number): boolean {
  const tag = contextPrimitive(number)
  if (!reader.isNext(tag)) return false
  const start = reader.position
  const content = reader.primitive(tag)
  if (content.length === 1 && content[0] === 0xff) return true
  throw reader.error('der-invalid-boolean', 'BOOLEAN DEFAULT FALSE is not TRUE', start)
}
