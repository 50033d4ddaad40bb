import {
  createECDH,
  createPrivateKey,
  createPublicKey,
  type JsonWebKey,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import { type DataObject, requireValue } from '../../apdu/ber-tlv.ts'
import { statusWord } from '../../apdu/status-word.ts'
import { type CurveKeyType, findTypeOfKey, opensslCurveNames } from '../../key-pairs/key-type.ts'
import { CommandRefusal } from '../../virtual/command-refusal.ts'
import { type KeyAlgorithm, keyAlgorithms } from '../key-algorithm.ts'

const publicExponent = 65_537n

/**
 * A private key from outside, such as a recovered one: the primes, exponents and coefficient of RSA in 01 to 05 with the
 * public exponent 65537, or the secret number of a curve's key in 06. The numbers must fit together: a signature by
 * wrong ones tells a factor of the modulus.
 *
 * @throws CommandRefusal
 */
export function importPrivateKey(numbers: readonly DataObject[], algorithm: KeyAlgorithm): KeyObject {
  try {
    const key = algorithm.algorithm === 'RSA' ? rsaKey(numbers) : curveKey(numbers, algorithm)
    const privateKey = createPrivateKey({ key, format: 'jwk' })
    if (findTypeOfKey(keyAlgorithms, privateKey) === algorithm && isConsistent(privateKey)) return privateKey
  } catch {
    // Whatever node:crypto and the arithmetic find wrong is wrong in the command's data.
  }
  throw new CommandRefusal(statusWord.incorrectData)
}

function rsaKey(numbers: readonly DataObject[]): JsonWebKey {
  const [p, q, dp, dq, qi] = [0x01, 0x02, 0x03, 0x04, 0x05].map(tag => toInteger(requireValue(numbers, tag)))
  if (!p || !q || !dp || !dq || !qi) throw new RangeError('A number is zero.')
  const d = inverse(publicExponent, (p - 1n) * (q - 1n))
  // Openssl would hide wrong ones of these behind a slower way to sign.
  if (dp !== d % (p - 1n) || dq !== d % (q - 1n) || (qi * q) % p !== 1n) {
    throw new RangeError('The numbers do not fit together.')
  }
  return {
    kty: 'RSA',
    n: toText(p * q),
    e: toText(publicExponent),
    d: toText(d),
    p: toText(p),
    q: toText(q),
    dp: toText(dp),
    dq: toText(dq),
    qi: toText(qi),
  }
}

function curveKey(numbers: readonly DataObject[], { curve, coordinateLength }: CurveKeyType): JsonWebKey {
  const secret = requireValue(numbers, 0x06)
  if (secret.length !== coordinateLength) throw new RangeError('The number has another length.')
  const ecdh = createECDH(opensslCurveNames[curve])
  ecdh.setPrivateKey(secret)
  const point = ecdh.getPublicKey()
  return {
    kty: 'EC',
    crv: curve,
    x: point.subarray(1, 1 + coordinateLength).toString('base64url'),
    y: point.subarray(1 + coordinateLength).toString('base64url'),
    d: Buffer.from(secret).toString('base64url'),
  }
}

function isConsistent(privateKey: KeyObject): boolean {
  const message = new Uint8Array(32)
  return verify('sha256', message, createPublicKey(privateKey), sign('sha256', message, privateKey))
}

/** The extended Euclidean algorithm; throws where there is no inverse. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [remainder, next] = [modulus, value % modulus]
  let [coefficient, nextCoefficient] = [0n, 1n]
  while (next !== 0n) {
    const quotient = remainder / next
    ;[remainder, next] = [next, remainder - quotient * next]
    ;[coefficient, nextCoefficient] = [nextCoefficient, coefficient - quotient * nextCoefficient]
  }
  if (remainder !== 1n) throw new RangeError('The exponent has no inverse.')
  return (coefficient + modulus) % modulus
}

function toInteger(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`)
}

function toText(value: bigint): string {
  const digits = value.toString(16)
  return Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex').toString('base64url')
}
