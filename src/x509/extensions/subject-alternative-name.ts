import { decodeDer } from '../der/der-reader.ts'
import { encodeDer } from '../der/der-writer.ts'
import type { Extension } from '../extension.ts'
import { encodeGeneralNames, type GeneralName, readGeneralNames } from '../names/general-name.ts'
import { objectIdentifiers } from '../object-identifier.ts'
import { X509Error } from '../x509-error.ts'

/**
 * @param critical true exactly when the subject is empty (RFC 5280 §4.2.1.6)
 * @throws X509Error invalid-extension without any name
 */
export function encodeSubjectAlternativeName(names: readonly GeneralName[], critical: boolean): Extension {
  if (names.length === 0) throw new X509Error('invalid-extension', 'no alternative name')
  return {
    oid: objectIdentifiers.subjectAlternativeName,
    critical,
    value: encodeDer(encodeGeneralNames(names)),
  }
}

/** @throws X509Error */
export function decodeSubjectAlternativeName(value: Uint8Array): readonly GeneralName[] {
  return decodeDer(value, reader => readGeneralNames(reader))
}
