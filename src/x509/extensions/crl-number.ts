import { toBigInt } from '../der/bytes.ts'
import { decodeDer } from '../der/der-reader.ts'
import { derInteger } from '../der/der-writer.ts'
import type { Extension } from '../extension.ts'
import { objectIdentifiers } from '../object-identifier.ts'
import { X509Error } from '../x509-error.ts'

const limit = 1n << 159n

/**
 * RFC 5280 §5.2.3; not critical.
 *
 * @throws X509Error invalid-extension when negative or longer than 20 octets
 */
export function encodeCrlNumber(number: bigint): Extension {
  return { oid: objectIdentifiers.crlNumber, critical: false, value: encodeNumber(number) }
}

/** Makes a list a delta to the complete list of this number (RFC 5280 §5.2.4); critical. */
export function encodeDeltaCrlIndicator(baseNumber: bigint): Extension {
  return { oid: objectIdentifiers.deltaCrlIndicator, critical: true, value: encodeNumber(baseNumber) }
}

function encodeNumber(number: bigint): Uint8Array {
  if (number < 0n || number >= limit) throw new X509Error('invalid-extension', 'a CRL number out of range')
  return derInteger(number)
}

/** The number of a CRL number or of a delta CRL indicator. @throws X509Error */
export function decodeCrlNumber(value: Uint8Array): bigint {
  const number = toBigInt(decodeDer(value, reader => reader.unsignedInteger()))
  if (number >= limit) throw new X509Error('invalid-extension', 'a CRL number out of range')
  return number
}
