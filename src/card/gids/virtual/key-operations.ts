import { constants, type KeyObject, privateDecrypt, privateEncrypt } from 'node:crypto'
import { statusWord } from '../../apdu/status-word.ts'
import { CommandRefusal } from '../../virtual/command-refusal.ts'
import { signDigest } from '../../virtual/digest-signature.ts'
import { orIncorrectData } from '../../virtual/or-incorrect-data.ts'
import { type KeyMechanism, padding } from '../key-mechanism.ts'

interface KeyPair {
  readonly mechanism: KeyMechanism
  readonly privateKey: KeyObject
}

const digestLengths: ReadonlySet<number> = new Set([20, 28, 32, 48, 64])
/** Two bytes of type, eight or more of padding, one to end it (RFC 8017 §9.2). */
const pkcs1Overhead = 11

/**
 * A signature by the mechanism that the security environment names.
 *
 * @param data a DigestInfo, to be padded here; a whole padded block; or, for ECDSA, a hash
 * @returns for ECDSA r and s, one after the other, each as long as the curve's order
 * @throws CommandRefusal
 */
export function sign(
  { mechanism, privateKey }: KeyPair,
  mechanismIdentifier: number,
  data: Uint8Array,
  randomBytes: (length: number) => Uint8Array,
): Uint8Array {
  const requested = mechanismIdentifier & 0xf0
  if (mechanism.algorithm === 'EC') {
    if (requested !== padding.offCard) throw new CommandRefusal(statusWord.functionNotSupported)
    if (!digestLengths.has(data.length)) throw new CommandRefusal(statusWord.wrongLength)
    return signDigest(privateKey, data, randomBytes)
  }
  const blockLength = mechanism.keySize / 8
  if (requested === padding.pkcs1Signature) {
    if (data.length === 0 || data.length > blockLength - pkcs1Overhead) {
      throw new CommandRefusal(statusWord.wrongLength)
    }
    const key = { key: privateKey, padding: constants.RSA_PKCS1_PADDING }
    return orIncorrectData(() => privateEncrypt(key, data))
  }
  if (requested === padding.offCard) {
    if (data.length !== blockLength) throw new CommandRefusal(statusWord.wrongLength)
    const key = { key: privateKey, padding: constants.RSA_NO_PADDING }
    return orIncorrectData(() => privateEncrypt(key, data))
  }
  throw new CommandRefusal(statusWord.functionNotSupported)
}

/**
 * Deciphers with RSA by the mechanism that the security environment names. Under PKCS #1 v1.5 a wrongly padded
 * cryptogram gives random bytes, not an error that would tell a guesser something (Bleichenbacher).
 *
 * @param cryptogram as long as the modulus, with no padding indicator before it, as Windows sends it
 * @throws CommandRefusal
 */
export function decipher(
  { mechanism, privateKey }: KeyPair,
  mechanismIdentifier: number,
  cryptogram: Uint8Array,
): Uint8Array {
  if (mechanism.algorithm !== 'RSA') throw new CommandRefusal(statusWord.functionNotSupported)
  if (cryptogram.length !== mechanism.keySize / 8) throw new CommandRefusal(statusWord.wrongLength)
  const paddings: ReadonlyMap<number, number> = new Map([
    [padding.none, constants.RSA_NO_PADDING],
    [padding.pkcs1Encryption, constants.RSA_PKCS1_PADDING],
    [padding.oaep, constants.RSA_PKCS1_OAEP_PADDING],
  ])
  const rsaPadding = paddings.get(mechanismIdentifier & 0xf0)
  if (rsaPadding === undefined) throw new CommandRefusal(statusWord.functionNotSupported)
  return orIncorrectData(() => privateDecrypt({ key: privateKey, padding: rsaPadding }, cryptogram))
}
