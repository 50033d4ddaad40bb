import { equalBytes } from '../../../x509/der/bytes.ts'
import { type DerReader, decodeDer } from '../../../x509/der/der-reader.ts'
import { contextConstructed } from '../../../x509/der/der-tag.ts'

/** RFC 4120 §5.2.6. */
export interface AuthorizationDataEntry {
  /** The content of an INTEGER. */
  readonly type: Uint8Array
  readonly data: Uint8Array
}

/** Content of an INTEGER: AD-IF-RELEVANT (RFC 4120 §5.2.6.1). */
const ifRelevant = Uint8Array.of(1)

/**
 * AuthorizationData, with what stands one level below, in AD-IF-RELEVANT, in its place.
 *
 * @throws X509Error
 */
export function readAuthorizationData(reader: DerReader): AuthorizationDataEntry[] {
  return readEntries(reader).flatMap(entry =>
    equalBytes(entry.type, ifRelevant) ? decodeDer(entry.data, readEntries) : [entry],
  )
}

function readEntries(reader: DerReader): AuthorizationDataEntry[] {
  return reader.sequenceOf(() =>
    reader.sequence(() => {
      const type = reader.constructed(contextConstructed(0), () => reader.integer())
      const data = reader.constructed(contextConstructed(1), () => reader.octetString())
      return { type, data }
    }),
  )
}
