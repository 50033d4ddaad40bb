import { type DerReader, decodeDer } from './der/der-reader.ts'
import { type DerPart, derBoolean, derOctetString, derSequence } from './der/der-writer.ts'
import { encodeObjectIdentifier } from './object-identifier.ts'

/** An extension of a certificate, a CRL or a CRL entry (RFC 5280 §4.1.2.9). */
export interface Extension {
  /** Dotted object identifier. */
  readonly oid: string
  readonly critical: boolean
  /** The DER inside of the OCTET STRING. */
  readonly value: Uint8Array
}

const maximumExtensions = 64

export function encodeExtension({ oid, critical, value }: Extension): DerPart {
  const identifier = encodeObjectIdentifier(oid)
  return critical
    ? derSequence([identifier, derBoolean(true), derOctetString(value)])
    : derSequence([identifier, derOctetString(value)])
}

export function encodeExtensions(extensions: readonly Extension[]): DerPart {
  return derSequence(extensions.map(encodeExtension))
}

/** @throws X509Error */
export function decodeExtensions(der: Uint8Array): readonly Extension[] {
  return decodeDer(der, readExtensions)
}

/** Reads `Extensions`, at least one; repeated ones are not refused here. */
export function readExtensions(reader: DerReader): readonly Extension[] {
  const start = reader.position
  const extensions = reader.sequenceOf(readExtension)
  if (extensions.length === 0 || extensions.length > maximumExtensions) {
    throw reader.error('invalid-extension', 'no extension or too many of them', start)
  }
  return extensions
}

function readExtension(reader: DerReader): Extension {
  return reader.sequence(inner => ({
    oid: inner.objectIdentifier(),
    critical: inner.defaultFalse(),
    value: inner.octetString(),
  }))
}

/** The first extension of this type, or null. */
export function findExtension(extensions: readonly Extension[], oid: string): Extension | null {
  return extensions.find(extension => extension.oid === oid) ?? null
}

/** The type of the first extension that occurs twice, which RFC 5280 §4.2 forbids, or null. */
export function findRepeatedExtension(extensions: readonly Extension[]): string | null {
  for (const [index, { oid }] of extensions.entries()) {
    for (let before = 0; before < index; before++) {
      if (extensions[before]?.oid === oid) return oid
    }
  }
  return null
}
