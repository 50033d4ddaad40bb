import { decodeDer } from '../der/der-reader.ts'
import { derSequence, encodeDer } from '../der/der-writer.ts'
import type { Extension } from '../extension.ts'
import { encodeObjectIdentifier, objectIdentifiers } from '../object-identifier.ts'
import { X509Error } from '../x509-error.ts'

/**
 * The key purposes by dotted object identifier (RFC 5280 §4.2.1.12); not critical.
 *
 * @throws X509Error invalid-extension without any purpose
 */
export function encodeExtendedKeyUsage(purposes: readonly string[]): Extension {
  if (purposes.length === 0) throw new X509Error('invalid-extension', 'an extended key usage without purpose')
  return {
    oid: objectIdentifiers.extendedKeyUsage,
    critical: false,
    value: encodeDer(derSequence(purposes.map(encodeObjectIdentifier))),
  }
}

/** @throws X509Error */
export function decodeExtendedKeyUsage(value: Uint8Array): readonly string[] {
  return decodeDer(value, reader => reader.sequenceOf(inner => inner.objectIdentifier()))
}
