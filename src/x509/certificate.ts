import { toHex } from './der/bytes.ts'
import { type DerReader, decodeDer } from './der/der-reader.ts'
import { derTag } from './der/der-tag.ts'
import {
  derBitString,
  derConstructed,
  derInteger,
  derSequence,
  derTime,
  encodeDer,
} from './der/der-writer.ts'
import { type Extension, encodeExtensions, findRepeatedExtension, readExtensions } from './extension.ts'
import { type DistinguishedName, readName } from './names/distinguished-name.ts'
import { readSubjectPublicKeyInfo, type SubjectPublicKeyInfo } from './public-key.ts'
import {
  encodeSignatureAlgorithm,
  readSignatureAlgorithm,
  type SignatureAlgorithm,
} from './signature-algorithm.ts'
import { isUtcTimeRange } from './time.ts'
import { X509Error } from './x509-error.ts'

/** What a certificate says (RFC 5280 §4.1.2). */
export interface CertificateFields {
  /** Positive, big-endian, at most 20 octets as an INTEGER. */
  readonly serialNumber: Uint8Array
  readonly signatureAlgorithm: SignatureAlgorithm
  /** Encoded Name. */
  readonly issuer: Uint8Array
  readonly notBefore: Date
  /** 99991231235959Z, for certificates without a good end, is a Date like any other (RFC 5280 §4.1.2.5). */
  readonly notAfter: Date
  /** Encoded Name. */
  readonly subject: Uint8Array
  /** DER. */
  readonly subjectPublicKeyInfo: Uint8Array
  readonly extensions: readonly Extension[]
}

/** A decoded TBSCertificate. Slices share memory with the bytes that were decoded. */
export interface TbsCertificate {
  readonly version: 1 | 2 | 3
  /** Content octets of the INTEGER, in two's complement. */
  readonly serialNumber: Uint8Array
  readonly signatureAlgorithm: SignatureAlgorithm
  /** Encoded Name. */
  readonly issuer: Uint8Array
  readonly issuerName: DistinguishedName
  /** The encoded Validity, which tells how the times are written. */
  readonly validity: Uint8Array
  readonly notBefore: Date
  readonly notAfter: Date
  /** Encoded Name. */
  readonly subject: Uint8Array
  readonly subjectName: DistinguishedName
  readonly subjectPublicKeyInfo: SubjectPublicKeyInfo
  readonly extensions: readonly Extension[]
}

/** A decoded certificate. Slices share memory with the bytes that were decoded. */
export interface Certificate extends TbsCertificate {
  readonly der: Uint8Array
  /** The bytes that are signed. */
  readonly tbs: Uint8Array
  /** The content octets of the serial number in upper-case hexadecimal. */
  readonly serialNumberHex: string
  readonly signature: Uint8Array
}

const maximumSize = 1 << 16
const maximumSerialNumberOctets = 20
const version3 = derConstructed(0xa0, [derInteger(2)])

/**
 * The bytes to sign: a TBSCertificate of version 3, or of version 1 when there are no extensions (RFC 5280 §4.1.2.1).
 *
 * @throws X509Error invalid-serial-number, der-invalid-time
 */
export function encodeTbsCertificate(fields: CertificateFields): Uint8Array {
  const serialNumber = derInteger(fields.serialNumber)
  if (
    serialNumber.length > maximumSerialNumberOctets + 2 ||
    fields.serialNumber.every(octet => octet === 0)
  ) {
    throw new X509Error('invalid-serial-number', 'a serial number that is zero or longer than 20 octets')
  }
  const parts = [
    serialNumber,
    encodeSignatureAlgorithm(fields.signatureAlgorithm),
    fields.issuer,
    derSequence([derTime(fields.notBefore), derTime(fields.notAfter)]),
    fields.subject,
    fields.subjectPublicKeyInfo,
  ]
  if (fields.extensions.length === 0) return encodeDer(derSequence(parts))
  return encodeDer(
    derSequence([version3, ...parts, derConstructed(0xa3, [encodeExtensions(fields.extensions)])]),
  )
}

/** The certificate: what was signed, the algorithm and the signature (RFC 5280 §4.1.1). */
export function assembleCertificate(
  tbs: Uint8Array,
  signatureAlgorithm: SignatureAlgorithm,
  signature: Uint8Array,
): Uint8Array {
  return encodeDer(derSequence([tbs, encodeSignatureAlgorithm(signatureAlgorithm), derBitString(signature)]))
}

/**
 * Reads a certificate with an RSA, P-256 or P-384 key (RFC 5280 §4.1).
 *
 * @throws X509Error malformed-certificate for what RFC 5280 forbids in the structure: extensions below version 3 or
 *   one twice, a serial number that is not positive or too long, two different signature algorithms;
 *   der-invalid-time for a time in the wrong form; der-…, unsupported-algorithm, unsupported-key
 */
export function decodeCertificate(der: Uint8Array): Certificate {
  return decodeDer(der, readCertificate, maximumSize)
}

function readCertificate(reader: DerReader): Certificate {
  const { value, der } = reader.withBytes(outer =>
    outer.sequence(inner => {
      const start = inner.position
      const { value: fields, der: tbs } = inner.withBytes(readTbsCertificate)
      requireWellFormed(fields, inner, start)
      const algorithmStart = inner.position
      if (readSignatureAlgorithm(inner) !== fields.signatureAlgorithm) {
        throw inner.error('malformed-certificate', 'another signature algorithm than inside', algorithmStart)
      }
      return { fields, tbs, signature: inner.alignedBitString() }
    }),
  )
  const { fields, tbs, signature } = value
  return { ...fields, der, tbs, signature, serialNumberHex: toHex(fields.serialNumber) }
}

function requireWellFormed(fields: TbsCertificate, reader: DerReader, start: number): void {
  const fault = findStructuralFault(fields)
  if (fault !== null) throw reader.error('malformed-certificate', fault, start)
  if (!hasPrescribedTimes(fields)) {
    throw reader.error('der-invalid-time', 'UTCTime and GeneralizedTime not as RFC 5280 prescribes', start)
  }
}

function findStructuralFault({ version, serialNumber, extensions }: TbsCertificate): string | null {
  if (extensions.length > 0 && version !== 3) return 'extensions below version 3'
  if (!isPositive(serialNumber) || serialNumber.length > maximumSerialNumberOctets) {
    return 'a serial number that is not positive or longer than 20 octets'
  }
  return findRepeatedExtension(extensions) === null ? null : 'an extension that occurs twice'
}

/** Whether the content octets of an INTEGER are above zero. */
export function isPositive(integer: Uint8Array): boolean {
  return (integer[0] ?? 0) < 0x80 && integer.some(octet => octet !== 0)
}

/** Whether both times are written as RFC 5280 §4.1.2.5 prescribes: UTCTime to 2049, GeneralizedTime after. */
export function hasPrescribedTimes({ validity, notBefore, notAfter }: TbsCertificate): boolean {
  // A header of two octets, then the two times with headers of two octets.
  const afterFirst = 4 + (validity[3] ?? 0)
  return validity[2] === timeTag(notBefore) && validity[afterFirst] === timeTag(notAfter)
}

function timeTag(date: Date): number {
  return isUtcTimeRange(date) ? derTag.utcTime : derTag.generalizedTime
}

/**
 * Reads a TBSCertificate, strict as to DER but not as to RFC 5280: the lint finds and names what is wrong there.
 *
 * @throws X509Error
 */
export function decodeTbsCertificate(der: Uint8Array): TbsCertificate {
  return decodeDer(der, readTbsCertificate, maximumSize)
}

function readTbsCertificate(reader: DerReader): TbsCertificate {
  return reader.sequence(inner => {
    const version = inner.optionalExplicit(0, readVersion) ?? 1
    const serialNumber = inner.integer()
    const signatureAlgorithm = readSignatureAlgorithm(inner)
    const issuer = inner.withBytes(readName)
    const validity = inner.withBytes(readValidity)
    const subject = inner.withBytes(readName)
    return {
      version,
      serialNumber,
      signatureAlgorithm,
      issuer: issuer.der,
      issuerName: issuer.value,
      validity: validity.der,
      ...validity.value,
      subject: subject.der,
      subjectName: subject.value,
      subjectPublicKeyInfo: readSubjectPublicKeyInfo(inner),
      extensions: inner.optionalExplicit(3, readExtensions) ?? [],
    }
  })
}

function readVersion(reader: DerReader): 2 | 3 {
  const start = reader.position
  const version = reader.smallInteger(derTag.integer)
  if (version === 0) throw reader.error('der-encoded-default', 'version 1 written out', start)
  if (version > 2) throw reader.error('malformed-certificate', 'a version after 3', start)
  return version === 2 ? 3 : 2
}

function readValidity(reader: DerReader): { notBefore: Date; notAfter: Date } {
  return reader.sequence(inner => ({ notBefore: inner.time(), notAfter: inner.time() }))
}
