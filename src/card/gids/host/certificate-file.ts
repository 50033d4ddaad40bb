import { deflateSync, inflateSync } from 'node:zlib'
import { CardError } from '../../card-error.ts'
import { damagedCertificate } from '../../host/key-errors.ts'

const compressedByZlib = 1
const headerLength = 4
/** The header has two bytes for the length. */
const maximumLength = 0xffff
const sequenceTag = 0x30

/**
 * A certificate as Windows' minidriver keeps it in `kxc` and `ksc` files: the version of the compression, the length of
 * what is compressed, both two bytes with the low one first, and a ZLIB stream (RFC 1950).
 *
 * @param certificate DER, 1 to 65,535 bytes
 * @throws CardError 'invalid-certificate', 'card-full'
 */
export function encodeCertificateFile(certificate: Uint8Array): Uint8Array {
  if (certificate.length === 0) {
    throw new CardError('invalid-certificate', 'The certificate is empty. Give its DER encoding.')
  }
  if (certificate.length > maximumLength) {
    throw new CardError(
      'card-full',
      `The certificate has ${certificate.length} bytes, the card has room for ${maximumLength}.`,
    )
  }
  const header = Buffer.alloc(headerLength)
  header.writeUInt16LE(compressedByZlib, 0)
  header.writeUInt16LE(certificate.length, 2)
  return Uint8Array.from(Buffer.concat([header, deflateSync(certificate)]))
}

/**
 * Reads what `encodeCertificateFile` writes, and a certificate that another program has written as it is.
 *
 * @returns DER
 * @throws CardError 'unexpected-answer'
 */
export function readCertificateFile(content: Uint8Array): Uint8Array {
  if (content[0] === sequenceTag) return Uint8Array.from(content)
  const bytes = Buffer.from(content)
  if (bytes.length <= headerLength || bytes.readUInt16LE(0) !== compressedByZlib) {
    throw damagedCertificate('it begins with neither a certificate nor a known compression')
  }
  const length = bytes.readUInt16LE(2)
  const certificate = inflate(bytes.subarray(headerLength), length)
  if (certificate?.length !== length)
    throw damagedCertificate('its compressed content does not fit its length')
  return certificate
}

function inflate(compressed: Uint8Array, length: number): Uint8Array | undefined {
  try {
    return Uint8Array.from(inflateSync(compressed, { maxOutputLength: Math.max(1, length) }))
  } catch {
    return undefined
  }
}
