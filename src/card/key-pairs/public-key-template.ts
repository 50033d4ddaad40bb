import { createPublicKey, type KeyObject } from 'node:crypto'
import { type DataObject, encodeDataObject, readTemplate, requireValue } from '../apdu/ber-tlv.ts'
import { CardError } from '../card-error.ts'
import type { CurveKeyType, KeyType } from './key-type.ts'

/** Tags of the template and of the numbers in it (ISO/IEC 7816-8 §5.2, SP 800-73-4 part 2 table 11). */
export const publicKeyTag = { template: 0x7f49, modulus: 0x81, exponent: 0x82, point: 0x86 } as const

const uncompressed = 0x04

/** A public key as GIDS and PIV cards tell it: RSA modulus and exponent, or an uncompressed point. */
export function encodePublicKeyTemplate(publicKey: KeyObject): Uint8Array {
  return encodeDataObject(publicKeyTag.template, encodePublicKeyNumbers(publicKey))
}

/** What stands in the template of a public key. */
export function encodePublicKeyNumbers(publicKey: KeyObject): Uint8Array {
  const { n, e, x, y } = publicKey.export({ format: 'jwk' })
  if (n !== undefined && e !== undefined) {
    const modulus = encodeDataObject(publicKeyTag.modulus, Buffer.from(n, 'base64url'))
    const exponent = encodeDataObject(publicKeyTag.exponent, Buffer.from(e, 'base64url'))
    return Uint8Array.from(Buffer.concat([modulus, exponent]))
  }
  if (x === undefined || y === undefined) throw new TypeError('The key is neither RSA nor on a curve.')
  const point = [Uint8Array.of(uncompressed), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]
  return encodeDataObject(publicKeyTag.point, ...point)
}

/**
 * Reads what `encodePublicKeyTemplate` writes.
 *
 * @throws CardError 'invalid-tlv' where it is anything but a public key of this type
 */
export function readPublicKeyTemplate(template: Uint8Array, type: KeyType): KeyObject {
  return readPublicKeyNumbers(readTemplate(template, publicKeyTag.template), type)
}

/**
 * Reads what `encodePublicKeyNumbers` writes.
 *
 * @throws CardError 'invalid-tlv' where it is anything but a public key of this type
 */
export function readPublicKeyNumbers(numbers: readonly DataObject[], type: KeyType): KeyObject {
  if (type.algorithm === 'EC') return readPublicPoint(requireValue(numbers, publicKeyTag.point), type)
  const modulus = withoutLeadingZeros(requireValue(numbers, publicKeyTag.modulus))
  const exponent = requireValue(numbers, publicKeyTag.exponent)
  if (modulus.length !== type.keySize / 8 || (modulus[0] ?? 0) < 0x80) {
    throw malformed('its modulus is not as long as its algorithm wants it')
  }
  if (exponent.length === 0 || exponent.length > 8 || ((exponent.at(-1) ?? 0) & 1) === 0) {
    throw malformed('its exponent is none')
  }
  return createKey({ kty: 'RSA', n: base64url(modulus), e: base64url(exponent) })
}

/** @throws CardError 'invalid-tlv' where the bytes are no uncompressed point of the curve */
export function readPublicPoint(point: Uint8Array, { curve, coordinateLength }: CurveKeyType): KeyObject {
  if (point[0] !== uncompressed || point.length !== 1 + 2 * coordinateLength) {
    throw malformed('it is not an uncompressed point of its curve')
  }
  const x = base64url(point.subarray(1, 1 + coordinateLength))
  const y = base64url(point.subarray(1 + coordinateLength))
  return createKey({ kty: 'EC', crv: curve, x, y })
}

/** Some cards write the modulus as a signed integer. */
export function withoutLeadingZeros(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex(byte => byte !== 0)
  return bytes.subarray(start === -1 ? bytes.length : start)
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
