import { type DerReader, decodeDer } from '../der/der-reader.ts'
import { contextConstructed, contextPrimitive } from '../der/der-tag.ts'
import { derPrimitive, derSequence, encodeDer } from '../der/der-writer.ts'
import type { Extension } from '../extension.ts'
import { type GeneralName, readGeneralNames } from '../names/general-name.ts'
import { objectIdentifiers } from '../object-identifier.ts'

export interface AuthorityKeyIdentifier {
  readonly keyIdentifier: Uint8Array | null
  readonly issuer: readonly GeneralName[] | null
  /** Content octets of the INTEGER. */
  readonly serialNumber: Uint8Array | null
}

/** Names the issuer's key by its identifier alone (RFC 5280 §4.2.1.1). */
export function encodeAuthorityKeyIdentifier(keyIdentifier: Uint8Array): Extension {
  return {
    oid: objectIdentifiers.authorityKeyIdentifier,
    critical: false,
    value: encodeDer(derSequence([derPrimitive(contextPrimitive(0), keyIdentifier)])),
  }
}

/** @throws X509Error */
export function decodeAuthorityKeyIdentifier(value: Uint8Array): AuthorityKeyIdentifier {
  return decodeDer(value, reader => reader.sequence(readContent))
}

function readContent(reader: DerReader): AuthorityKeyIdentifier {
  const start = reader.position
  const content = {
    keyIdentifier: reader.optional(contextPrimitive(0), () => reader.primitive(contextPrimitive(0))),
    issuer: reader.optional(contextConstructed(1), () => readGeneralNames(reader, contextConstructed(1))),
    serialNumber: reader.optional(contextPrimitive(2), () => reader.integer(contextPrimitive(2))),
  }
  if ((content.issuer === null) !== (content.serialNumber === null)) {
    throw reader.error('invalid-extension', 'an issuer without serial number or the reverse', start)
  }
  return content
}
