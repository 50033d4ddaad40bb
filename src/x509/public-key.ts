import { hash } from 'node:crypto'
import { type DerReader, decodeDer } from './der/der-reader.ts'
import { isPointOnCurve, type NamedCurve } from './elliptic-curve.ts'
import { objectIdentifiers } from './object-identifier.ts'

interface CommonFields {
  /** The whole SubjectPublicKeyInfo. */
  readonly der: Uint8Array
  /** The content of the BIT STRING: an RSAPublicKey, or the uncompressed point 04, x, y. */
  readonly subjectPublicKey: Uint8Array
  /** Length of the modulus, or of the curve's field, in bits. */
  readonly keySize: number
}

export interface RsaPublicKey extends CommonFields {
  readonly algorithm: 'RSA'
  readonly curve: null
  /** Big-endian, without leading zeros. */
  readonly modulus: Uint8Array
  /** Big-endian, without leading zeros. */
  readonly exponent: Uint8Array
}

export interface EcPublicKey extends CommonFields {
  readonly algorithm: 'EC'
  readonly curve: NamedCurve
}

/** A subject's public key as certificates and requests carry it (RFC 5280 §4.1.2.7). */
export type SubjectPublicKeyInfo = RsaPublicKey | EcPublicKey

const maximumModulusBits = 16384
const curves: Readonly<Record<string, { curve: NamedCurve; keySize: number }>> = {
  [objectIdentifiers.p256]: { curve: 'P-256', keySize: 256 },
  [objectIdentifiers.p384]: { curve: 'P-384', keySize: 384 },
}

/**
 * RSA keys (RFC 3279 §2.3.1) and keys on the named curves P-256 and P-384 with an uncompressed point that lies on
 * the curve (RFC 5480 §2).
 *
 * @throws X509Error unsupported-key for any other key, invalid-key for a point off its curve or a modulus that is
 *   none, der-… for malformed bytes
 */
export function decodeSubjectPublicKeyInfo(der: Uint8Array): SubjectPublicKeyInfo {
  return decodeDer(der, readSubjectPublicKeyInfo)
}

/** Reads one at the cursor; see `decodeSubjectPublicKeyInfo`. */
export function readSubjectPublicKeyInfo(reader: DerReader): SubjectPublicKeyInfo {
  const start = reader.position
  const { value, der } = reader.withBytes(outer =>
    outer.sequence(inner => {
      const parameters = inner.sequence(readKeyAlgorithm)
      return { parameters, key: inner.alignedBitString() }
    }),
  )
  if (value.parameters === 'RSA') return { der, subjectPublicKey: value.key, ...decodeRsaKey(value.key) }
  const { curve, keySize } = value.parameters
  const octets = keySize / 8
  if (value.key.length !== 1 + 2 * octets || value.key[0] !== 4) {
    throw reader.error('unsupported-key', 'a point that is not uncompressed', start)
  }
  if (!isPointOnCurve(curve, value.key)) throw reader.error('invalid-key', 'a point off its curve', start)
  return { der, subjectPublicKey: value.key, algorithm: 'EC', curve, keySize }
}

function readKeyAlgorithm(reader: DerReader): 'RSA' | { curve: NamedCurve; keySize: number } {
  const start = reader.position
  const algorithm = reader.objectIdentifier()
  if (algorithm === objectIdentifiers.rsaEncryption) {
    reader.null()
    return 'RSA'
  }
  if (algorithm === objectIdentifiers.ecPublicKey && reader.isNext(0x06)) {
    const curve = curves[reader.objectIdentifier()]
    if (curve !== undefined) return curve
  }
  throw reader.error('unsupported-key', 'neither an RSA key nor one on P-256 or P-384', start)
}

function decodeRsaKey(key: Uint8Array): Omit<RsaPublicKey, 'der' | 'subjectPublicKey'> {
  return decodeDer(key, reader =>
    reader.sequence(inner => {
      const modulus = inner.unsignedInteger()
      const exponent = inner.unsignedInteger()
      const keySize = bitLength(modulus)
      // node:crypto itself stops at 16384 bits, and a modulus of few bits is a mistake in the encoding.
      if (keySize > maximumModulusBits) throw inner.error('unsupported-key', 'a modulus beyond 16384 bits')
      if (keySize < 512 || exponent.length > modulus.length) {
        throw inner.error('invalid-key', 'no usable RSA key')
      }
      return { algorithm: 'RSA', curve: null, keySize, modulus, exponent }
    }),
  )
}

function bitLength(magnitude: Uint8Array): number {
  return magnitude.length * 8 - (Math.clz32(magnitude[0] ?? 0) - 24)
}

/** The key identifier by method (1) of RFC 5280 §4.2.1.2: SHA-1 of the BIT STRING's content, 20 octets. */
export function keyIdentifier(publicKey: SubjectPublicKeyInfo): Uint8Array {
  return new Uint8Array(hash('sha1', publicKey.subjectPublicKey, 'buffer'))
}
