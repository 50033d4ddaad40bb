import { createPublicKey, type KeyObject } from 'node:crypto'
import { encodeDataObject, readTemplate, requireValue } from '../apdu/ber-tlv.ts'
import type { KeyMechanism } from './key-mechanism.ts'

const publicKeyTag = 0x7f49

/** A public key as ISO/IEC 7816-8 §5.2 writes it: RSA modulus (81) and exponent (82), or an uncompressed point (86). */
export function encodePublicKeyTemplate(publicKey: KeyObject): Uint8Array {
  const { n, e, x, y } = publicKey.export({ format: 'jwk' })
  if (n !== undefined && e !== undefined) {
    return encodeDataObject(
      publicKeyTag,
      encodeDataObject(0x81, Buffer.from(n, 'base64url')),
      encodeDataObject(0x82, Buffer.from(e, 'base64url')),
    )
  }
  if (x === undefined || y === undefined) throw new TypeError('The key is neither RSA nor on a curve.')
  const point = [Buffer.of(0x04), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]
  return encodeDataObject(publicKeyTag, encodeDataObject(0x86, ...point))
}

/**
 * Reads what `encodePublicKeyTemplate` writes.
 *
 * @throws CardError 'invalid-tlv'; an error of node:crypto where the numbers are no public key
 */
export function readPublicKeyTemplate(template: Uint8Array, mechanism: KeyMechanism): KeyObject {
  const objects = readTemplate(template, publicKeyTag)
  const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url')
  if (mechanism.algorithm === 'RSA') {
    const key = {
      kty: 'RSA',
      n: base64url(requireValue(objects, 0x81)),
      e: base64url(requireValue(objects, 0x82)),
    }
    return createPublicKey({ key, format: 'jwk' })
  }
  const point = requireValue(objects, 0x86)
  const { curve, coordinateLength } = mechanism
  if (point[0] !== 0x04 || point.length !== 1 + 2 * coordinateLength) {
    throw new TypeError('The public key is not an uncompressed point of its curve.')
  }
  const x = base64url(point.subarray(1, 1 + coordinateLength))
  const y = base64url(point.subarray(1 + coordinateLength))
  return createPublicKey({ key: { kty: 'EC', crv: curve, x, y }, format: 'jwk' })
}
