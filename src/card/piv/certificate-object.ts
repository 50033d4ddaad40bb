import { type KeyObject, X509Certificate } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { encodeDataObject, findValue, readDataObjects, requireValue } from '../apdu/ber-tlv.ts'
import { damagedCertificate } from '../host/key-errors.ts'
import { understood } from '../host/unexpected-answer.ts'

/** Of the certificate within its data object. */
export const certificateTag = 0x70
const informationTag = 0x71
const errorDetectionTag = 0xfe
/** Of the information byte (SP 800-73-4 part 1 table 10): the certificate is compressed by GZIP. */
const compressed = 0x01
/** Far above any certificate in use, and a bound on what a small object can be blown up to. */
const maximumLength = 32_768

/**
 * The content of a certificate's data object (SP 800-73-4 part 1 table 10), uncompressed.
 *
 * @param certificate DER
 */
export function encodeCertificateObject(certificate: Uint8Array): Uint8Array {
  return Uint8Array.from(
    Buffer.concat([
      encodeDataObject(certificateTag, certificate),
      encodeDataObject(informationTag, Uint8Array.of(0)),
      encodeDataObject(errorDetectionTag),
    ]),
  )
}

/**
 * Reads a certificate from the content of its data object, compressed or not.
 *
 * @returns DER
 * @throws CardError 'unexpected-answer'
 */
export async function readCertificateObject(content: Uint8Array): Promise<Uint8Array> {
  const { certificate, information } = await understood(() => {
    const objects = readDataObjects(content, 'allowed')
    return {
      certificate: requireValue(objects, certificateTag),
      information: findValue(objects, informationTag) ?? Uint8Array.of(0),
    }
  })
  const [flags = 0] = information
  const der = (flags & compressed) === 0 ? Uint8Array.from(certificate) : decompress(certificate)
  if (parseCertificate(der) === undefined) throw damagedCertificate('it holds no X.509 certificate')
  return der
}

/** The certificate, where the bytes are one. */
function parseCertificate(der: Uint8Array): X509Certificate | undefined {
  try {
    // A text of PEM would be taken as well, which no card and no caller means.
    return der[0] === 0x30 ? new X509Certificate(der) : undefined
  } catch {
    return undefined
  }
}

/** The key that a certificate is of, where the bytes are one of a key that can be read: a damaged one is looked into late. */
export function certifiedKey(der: Uint8Array): KeyObject | undefined {
  try {
    return parseCertificate(der)?.publicKey
  } catch {
    return undefined
  }
}

function decompress(content: Uint8Array): Uint8Array {
  try {
    return Uint8Array.from(gunzipSync(content, { maxOutputLength: maximumLength }))
  } catch {
    throw damagedCertificate('its compressed content cannot be read')
  }
}
