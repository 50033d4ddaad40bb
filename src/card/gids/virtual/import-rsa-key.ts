import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { statusWord } from '../../apdu/status-word.ts'
import { CommandRefusal } from '../../virtual/command-refusal.ts'
import { type KeyMechanism, keyMechanisms } from '../key-mechanism.ts'

/**
 * An RSA key pair from outside, such as a recovered one, as RSAPrivateKey in DER (RFC 8017 §A.1.2). Its numbers must fit
 * together: a signature by wrong ones tells a factor of the modulus.
 *
 * @throws CommandRefusal
 */
export function importRsaKey(der: Uint8Array): { mechanism: KeyMechanism; privateKey: KeyObject } {
  const privateKey = readKey(der)
  const size = privateKey.asymmetricKeyDetails?.modulusLength
  const mechanism = keyMechanisms.find(
    candidate => candidate.algorithm === 'RSA' && candidate.keySize === size,
  )
  if (mechanism === undefined) throw new CommandRefusal(statusWord.functionNotSupported)
  if (!isConsistent(privateKey)) throw new CommandRefusal(statusWord.incorrectData)
  return { mechanism, privateKey }
}

function readKey(der: Uint8Array): KeyObject {
  try {
    return createPrivateKey({ key: Buffer.from(der), type: 'pkcs1', format: 'der' })
  } catch {
    throw new CommandRefusal(statusWord.incorrectData)
  }
}

function isConsistent(privateKey: KeyObject): boolean {
  const { n, p, q } = privateKey.export({ format: 'jwk' })
  if (toInteger(p) * toInteger(q) !== toInteger(n)) return false
  const message = new Uint8Array(32)
  try {
    return verify('sha256', message, createPublicKey(privateKey), sign('sha256', message, privateKey))
  } catch {
    return false
  }
}

function toInteger(base64url: string | undefined): bigint {
  return BigInt(`0x${Buffer.from(base64url ?? '', 'base64url').toString('hex') || '0'}`)
}
