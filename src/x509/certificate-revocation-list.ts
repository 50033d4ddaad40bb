import { type DerReader, decodeDer } from './der/der-reader.ts'
import { contextConstructed, derTag } from './der/der-tag.ts'
import {
  derBitString,
  derConstructed,
  derInteger,
  derSequence,
  derTime,
  encodeDer,
  headerLength,
  writeHeader,
} from './der/der-writer.ts'
import {
  type Extension,
  encodeExtension,
  encodeExtensions,
  findExtension,
  findRepeatedExtension,
  readExtensions,
} from './extension.ts'
import { encodeAuthorityKeyIdentifier } from './extensions/authority-key-identifier.ts'
import { decodeCrlNumber, encodeCrlNumber, encodeDeltaCrlIndicator } from './extensions/crl-number.ts'
import {
  decodeRevocationReason,
  encodeRevocationReason,
  type RevocationReason,
} from './extensions/revocation-reason.ts'
import { readName } from './names/distinguished-name.ts'
import { objectIdentifiers } from './object-identifier.ts'
import {
  encodeSignatureAlgorithm,
  readSignatureAlgorithm,
  type SignatureAlgorithm,
} from './signature-algorithm.ts'
import { X509Error } from './x509-error.ts'

export interface RevokedCertificateEntry {
  /** Positive, big-endian. */
  readonly serialNumber: Uint8Array
  readonly revocationDate: Date
  /** null and `unspecified` are both written as no reason (RFC 5280 §5.3.1). */
  readonly reason: RevocationReason | null
}

/** What a CRL says (RFC 5280 §5.1). */
export interface CertificateRevocationListFields {
  readonly signatureAlgorithm: SignatureAlgorithm
  /** Encoded Name. */
  readonly issuer: Uint8Array
  readonly thisUpdate: Date
  readonly nextUpdate: Date
  readonly entries: readonly RevokedCertificateEntry[]
  /** The issuer's subject key identifier. */
  readonly authorityKeyIdentifier: Uint8Array
  readonly crlNumber: bigint
  /** The number of the complete list that this one is the delta to; null for a complete list. */
  readonly baseCrlNumber?: bigint | null
}

/** A decoded CRL. Slices share memory with the bytes that were decoded. */
export interface CertificateRevocationList {
  readonly der: Uint8Array
  /** The bytes that are signed. */
  readonly tbs: Uint8Array
  readonly signatureAlgorithm: SignatureAlgorithm
  /** Encoded Name. */
  readonly issuer: Uint8Array
  readonly thisUpdate: Date
  readonly nextUpdate: Date | null
  readonly entries: readonly RevokedCertificateEntry[]
  readonly extensions: readonly Extension[]
  readonly crlNumber: bigint | null
  readonly baseCrlNumber: bigint | null
  readonly signature: Uint8Array
}

const maximumSize = 1 << 28
const version2 = derInteger(1)

/**
 * The bytes to sign: a TBSCertList of version 2. A hundred thousand entries take well under a second.
 *
 * @throws X509Error malformed-crl for removeFromCRL in a complete list (RFC 5280 §5.3.1) or an update in the wrong
 *   order; invalid-serial-number, der-invalid-time
 */
export function encodeTbsCertificateRevocationList(fields: CertificateRevocationListFields): Uint8Array {
  if (fields.nextUpdate.getTime() <= fields.thisUpdate.getTime()) {
    throw new X509Error('malformed-crl', 'a next update before this one')
  }
  const baseCrlNumber = fields.baseCrlNumber ?? null
  const extensions = [
    encodeAuthorityKeyIdentifier(fields.authorityKeyIdentifier),
    encodeCrlNumber(fields.crlNumber),
    ...(baseCrlNumber === null ? [] : [encodeDeltaCrlIndicator(baseCrlNumber)]),
  ]
  return encodeDer(
    derSequence([
      version2,
      encodeSignatureAlgorithm(fields.signatureAlgorithm),
      fields.issuer,
      derTime(fields.thisUpdate),
      derTime(fields.nextUpdate),
      // RFC 5280 §5.1.2.6: without entries the list itself is left out.
      ...(fields.entries.length === 0 ? [] : [encodeEntries(fields.entries, baseCrlNumber !== null)]),
      derConstructed(contextConstructed(0), [encodeExtensions(extensions)]),
    ]),
  )
}

// The serial number (22), the time (17) and the reason (14) leave every entry below 128 octets: a header of two.
const maximumEntryLength = 2 + 22 + 17 + 14

/** Written into one buffer: arrays of small elements would cost ten times as much. */
function encodeEntries(entries: readonly RevokedCertificateEntry[], isDelta: boolean): Uint8Array {
  const buffer = new Uint8Array(entries.length * maximumEntryLength)
  const times = new Map<number, Uint8Array>()
  let position = 0
  for (const entry of entries) {
    if (entry.reason === 'removeFromCRL' && !isDelta) {
      throw new X509Error('malformed-crl', 'removeFromCRL in a complete list')
    }
    const start = position
    position = writeSerialNumber(buffer, start + 2, entry.serialNumber)
    position = append(buffer, position, timeElement(entry.revocationDate, times))
    if (entry.reason !== null && entry.reason !== 'unspecified') {
      position = append(buffer, position, reasonExtensions(entry.reason))
    }
    writeHeader(buffer, start, derTag.sequence, position - start - 2)
  }
  const list = new Uint8Array(headerLength(position) + position)
  list.set(buffer.subarray(0, position), writeHeader(list, 0, derTag.sequence, position))
  return list
}

function writeSerialNumber(buffer: Uint8Array, position: number, serialNumber: Uint8Array): number {
  const element = derInteger(serialNumber)
  if (element.length > 22 || (element.length === 3 && element[2] === 0)) {
    throw new X509Error('invalid-serial-number', 'a serial number that is zero or longer than 20 octets')
  }
  return append(buffer, position, element)
}

function append(buffer: Uint8Array, position: number, element: Uint8Array): number {
  buffer.set(element, position)
  return position + element.length
}

/** Revocations come in batches of one second; the map spares writing the same time again and again. */
function timeElement(date: Date, times: Map<number, Uint8Array>): Uint8Array {
  const second = Math.floor(date.getTime() / 1000)
  const known = times.get(second)
  if (known !== undefined) return known
  const element = encodeDer(derTime(date))
  times.set(second, element)
  return element
}

const reasonCache = new Map<RevocationReason, Uint8Array>()

function reasonExtensions(reason: RevocationReason): Uint8Array {
  const known = reasonCache.get(reason)
  if (known !== undefined) return known
  const element = encodeDer(derSequence([encodeExtension(encodeRevocationReason(reason))]))
  reasonCache.set(reason, element)
  return element
}

/** The CRL: what was signed, the algorithm and the signature (RFC 5280 §5.1.1). */
export function assembleCertificateRevocationList(
  tbs: Uint8Array,
  signatureAlgorithm: SignatureAlgorithm,
  signature: Uint8Array,
): Uint8Array {
  return encodeDer(derSequence([tbs, encodeSignatureAlgorithm(signatureAlgorithm), derBitString(signature)]))
}

/**
 * Reads a CRL (RFC 5280 §5.1).
 *
 * @throws X509Error malformed-crl for extensions below version 2, one twice, a critical one of an entry or the list
 *   that is not understood, or two different signature algorithms; unsupported-algorithm, der-…
 */
export function decodeCertificateRevocationList(der: Uint8Array): CertificateRevocationList {
  return decodeDer(der, readList, maximumSize)
}

function readList(reader: DerReader): CertificateRevocationList {
  const { value, der } = reader.withBytes(outer =>
    outer.sequence(inner => {
      const { value: fields, der: tbs } = inner.withBytes(readTbsList)
      const start = inner.position
      if (readSignatureAlgorithm(inner) !== fields.signatureAlgorithm) {
        throw inner.error('malformed-crl', 'another signature algorithm than inside', start)
      }
      return { ...fields, tbs, signature: inner.alignedBitString() }
    }),
  )
  return { der, ...value }
}

const understood: ReadonlySet<string> = new Set([
  objectIdentifiers.deltaCrlIndicator,
  objectIdentifiers.issuingDistributionPoint,
])

function readTbsList(reader: DerReader) {
  return reader.sequence(inner => {
    const start = inner.position
    const version = inner.optional(derTag.integer, () => inner.smallInteger())
    if (version !== null && version !== 1) throw inner.error('malformed-crl', 'an unknown version', start)
    const fields = {
      signatureAlgorithm: readSignatureAlgorithm(inner),
      issuer: inner.withBytes(readName).der,
      thisUpdate: inner.time(),
      nextUpdate: isTime(inner) ? inner.time() : null,
      entries: inner.optional(derTag.sequence, readEntries) ?? [],
    }
    const extensions = inner.optionalExplicit(0, readExtensions) ?? []
    const hasExtensions = extensions.length > 0 || fields.entries.some(({ reason }) => reason !== null)
    if (version === null && hasExtensions) {
      throw inner.error('malformed-crl', 'extensions below version 2', start)
    }
    requireUsable(extensions, understood, inner, start)
    return { ...fields, extensions, ...readNumbers(extensions) }
  })
}

function readNumbers(extensions: readonly Extension[]) {
  const number = findExtension(extensions, objectIdentifiers.crlNumber)
  const base = findExtension(extensions, objectIdentifiers.deltaCrlIndicator)
  return {
    crlNumber: number === null ? null : decodeCrlNumber(number.value),
    baseCrlNumber: base === null ? null : decodeCrlNumber(base.value),
  }
}

/** RFC 5280 §5.1.2.6: where nothing is revoked, the list is absent. */
function readEntries(reader: DerReader): readonly RevokedCertificateEntry[] {
  const start = reader.position
  const entries = reader.sequenceOf(readEntry)
  if (entries.length === 0) throw reader.error('malformed-crl', 'an empty list of revocations', start)
  return entries
}

function readEntry(reader: DerReader): RevokedCertificateEntry {
  return reader.sequence(inner => {
    const serialNumber = inner.unsignedInteger()
    const revocationDate = inner.time()
    const start = inner.position
    const extensions = inner.atEnd ? [] : readExtensions(inner)
    // A critical certificateIssuer would say that the entry is about another CA's certificate (RFC 5280 §5.3.3).
    requireUsable(extensions, new Set(), inner, start)
    const reason = findExtension(extensions, objectIdentifiers.reasonCode)
    return {
      serialNumber,
      revocationDate,
      reason: reason === null ? null : decodeRevocationReason(reason.value),
    }
  })
}

function requireUsable(
  extensions: readonly Extension[],
  known: ReadonlySet<string>,
  reader: DerReader,
  start: number,
): void {
  if (findRepeatedExtension(extensions) !== null) {
    throw reader.error('malformed-crl', 'an extension that occurs twice', start)
  }
  if (extensions.some(({ critical, oid }) => critical && !known.has(oid))) {
    throw reader.error('malformed-crl', 'a critical extension that is not understood', start)
  }
}

function isTime(reader: DerReader): boolean {
  return reader.isNext(derTag.utcTime) || reader.isNext(derTag.generalizedTime)
}
