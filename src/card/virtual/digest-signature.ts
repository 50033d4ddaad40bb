import { createECDH, createHmac, type KeyObject } from 'node:crypto'

interface Curve {
  readonly ecdhName: string
  readonly order: bigint
  /** Bytes of a coordinate and of the order. */
  readonly length: number
  readonly hash: string
}

/** Orders from SP 800-186 §3.2.1. */
const curves: ReadonlyMap<string, Curve> = new Map([
  [
    'P-256',
    {
      ecdhName: 'prime256v1',
      order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
      length: 32,
      hash: 'sha256',
    },
  ],
  [
    'P-384',
    {
      ecdhName: 'secp384r1',
      order: BigInt(
        '0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973',
      ),
      length: 48,
      hash: 'sha384',
    },
  ],
])

/**
 * ECDSA over a digest that the host has made (FIPS 186-5 §6.4.1), which node:crypto can only do over whole messages.
 * The per-message secret is that of RFC 6979 §3.2, with SHA-256 for P-256 and SHA-384 for P-384; the arithmetic on it is
 * blinded, as big integers of JavaScript do not take constant time.
 *
 * @param privateKey of P-256 or P-384
 * @param digest 1 to 64 bytes; only as many leading bits as the order has are used
 * @returns r and s, each as long as the order
 */
export function signDigest(
  privateKey: KeyObject,
  digest: Uint8Array,
  randomBytes: (length: number) => Uint8Array,
): Uint8Array {
  const { crv, d } = privateKey.export({ format: 'jwk' })
  const curve = crv === undefined ? undefined : curves.get(crv)
  if (curve === undefined || d === undefined) throw new TypeError('The key is not one of P-256 or P-384.')
  const { order, length } = curve
  const secretBytes = Buffer.from(d, 'base64url')
  const secret = toInteger(secretBytes)
  const message = toInteger(digest.subarray(0, length)) % order
  for (const nonceBytes of nonces(curve, secretBytes, message)) {
    const nonce = toInteger(nonceBytes)
    if (nonce === 0n || nonce >= order) continue
    const ecdh = createECDH(curve.ecdhName)
    ecdh.setPrivateKey(nonceBytes)
    const r = toInteger(ecdh.getPublicKey().subarray(1, 1 + length)) % order
    const blind = 1n + (toInteger(randomBytes(length)) % (order - 1n))
    const inverse = power((blind * nonce) % order, order - 2n, order)
    const s = (inverse * (((blind * message) % order) + ((((blind * secret) % order) * r) % order))) % order
    if (r === 0n || s === 0n) continue
    secretBytes.fill(0)
    return Uint8Array.from(Buffer.concat([toBytes(r, length), toBytes(s, length)]))
  }
  throw new Error('unreachable: the candidates for a nonce do not end')
}

/** RFC 6979 §3.2, steps b to h, for orders of a whole number of bytes. */
function* nonces(curve: Curve, secret: Uint8Array, message: bigint): Generator<Uint8Array> {
  const hmac = (key: Uint8Array, ...parts: Uint8Array[]) =>
    parts.reduce((mac, part) => mac.update(part), createHmac(curve.hash, key)).digest()
  const seed = Buffer.concat([secret, toBytes(message, curve.length)])
  let value: Uint8Array = new Uint8Array(curve.length).fill(1)
  let key: Uint8Array = new Uint8Array(curve.length)
  key = hmac(key, value, Buffer.of(0), seed)
  value = hmac(key, value)
  key = hmac(key, value, Buffer.of(1), seed)
  value = hmac(key, value)
  while (true) {
    value = hmac(key, value)
    yield value
    key = hmac(key, value, Buffer.of(0))
    value = hmac(key, value)
  }
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  let square = base
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus
    square = (square * square) % modulus
  }
  return result
}

function toInteger(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`)
}

function toBytes(value: bigint, length: number): Uint8Array {
  return Buffer.from(value.toString(16).padStart(2 * length, '0'), 'hex')
}
