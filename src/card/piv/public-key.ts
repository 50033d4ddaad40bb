import { createPublicKey, type KeyObject } from 'node:crypto'
import { type DataObject, encodeDataObject, requireValue } from '../apdu/ber-tlv.ts'
import { CardError } from '../card-error.ts'
import type { KeyAlgorithm } from './key-algorithm.ts'

type CurveAlgorithm = Extract<KeyAlgorithm, { algorithm: 'EC' }>

const uncompressed = 0x04

/**
 * What stands in the template 7F49 of a public key: RSA modulus (81) and exponent (82), or an uncompressed point (86)
 * (SP 800-73-4 part 2 table 11).
 */
export function encodePublicKey(publicKey: KeyObject): Uint8Array {
  const { n, e, x, y } = publicKey.export({ format: 'jwk' })
  if (n !== undefined && e !== undefined) {
    const modulus = encodeDataObject(0x81, Buffer.from(n, 'base64url'))
    const exponent = encodeDataObject(0x82, Buffer.from(e, 'base64url'))
    return Uint8Array.from(Buffer.concat([modulus, exponent]))
  }
  if (x === undefined || y === undefined) throw new TypeError('The key is neither RSA nor on a curve.')
  const point = [Uint8Array.of(uncompressed), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]
  return encodeDataObject(0x86, ...point)
}

/**
 * Reads what `encodePublicKey` writes.
 *
 * @throws CardError 'invalid-tlv' where it is anything but a public key of this algorithm
 */
export function readPublicKey(objects: readonly DataObject[], algorithm: KeyAlgorithm): KeyObject {
  if (algorithm.algorithm === 'EC') return readPublicPoint(requireValue(objects, 0x86), algorithm)
  const modulus = requireValue(objects, 0x81)
  const exponent = requireValue(objects, 0x82)
  const start = modulus.findIndex(byte => byte !== 0)
  const digits = modulus.subarray(Math.max(start, 0))
  if (digits.length !== algorithm.keySize / 8 || (digits[0] ?? 0) < 0x80) {
    throw malformed('its modulus is not as long as its algorithm wants it')
  }
  if (exponent.length === 0 || exponent.length > 8 || ((exponent.at(-1) ?? 0) & 1) === 0) {
    throw malformed('its exponent is none')
  }
  return createKey({ kty: 'RSA', n: base64url(digits), e: base64url(exponent) })
}

/** @throws CardError 'invalid-tlv' where the bytes are no uncompressed point of the curve */
export function readPublicPoint(point: Uint8Array, { curve, coordinateLength }: CurveAlgorithm): KeyObject {
  if (point[0] !== uncompressed || point.length !== 1 + 2 * coordinateLength) {
    throw malformed('it is not an uncompressed point of its curve')
  }
  const x = base64url(point.subarray(1, 1 + coordinateLength))
  const y = base64url(point.subarray(1 + coordinateLength))
  return createKey({ kty: 'EC', crv: curve, x, y })
}

function createKey(key: { readonly kty: string; readonly [name: string]: string }): KeyObject {
  try {
    return createPublicKey({ key, format: 'jwk' })
  } catch {
    throw malformed('its numbers are those of no key')
  }
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}

function malformed(reason: string): CardError {
  return new CardError('invalid-tlv', `The public key is malformed: ${reason}.`)
}
