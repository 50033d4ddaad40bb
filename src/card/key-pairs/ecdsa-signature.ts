import { encodeDataObject } from '../apdu/ber-tlv.ts'

const sequence = 0x30
const integer = 0x02

/**
 * Writes r and s, one after the other, as SEQUENCE of two INTEGERs in DER (RFC 3279 §2.2.3).
 */
export function encodeEcdsaSignature(signature: Uint8Array): Uint8Array {
  const half = signature.length / 2
  return encodeDataObject(
    sequence,
    encodeInteger(signature.subarray(0, half)),
    encodeInteger(signature.subarray(half)),
  )
}

function encodeInteger(value: Uint8Array): Uint8Array {
  const start = value.findIndex(byte => byte !== 0)
  const digits = start < 0 ? Uint8Array.of(0) : value.subarray(start)
  const sign = (digits[0] ?? 0) >= 0x80 ? [Uint8Array.of(0)] : []
  return encodeDataObject(integer, ...sign, digits)
}
