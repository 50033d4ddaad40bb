import { decodeDer } from '../der/der-reader.ts'
import { derOctetString, encodeDer } from '../der/der-writer.ts'
import type { Extension } from '../extension.ts'
import { objectIdentifiers } from '../object-identifier.ts'

/** RFC 5280 §4.2.1.2; `keyIdentifier` computes the identifier of a key. */
export function encodeSubjectKeyIdentifier(identifier: Uint8Array): Extension {
  return {
    oid: objectIdentifiers.subjectKeyIdentifier,
    critical: false,
    value: encodeDer(derOctetString(identifier)),
  }
}

/** @throws X509Error */
export function decodeSubjectKeyIdentifier(value: Uint8Array): Uint8Array {
  return decodeDer(value, reader => reader.octetString())
}
