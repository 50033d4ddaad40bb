import { constants, diffieHellman, privateEncrypt } from 'node:crypto'
import { statusWord } from '../../apdu/status-word.ts'
import { encodeEcdsaSignature } from '../../key-pairs/ecdsa-signature.ts'
import { readPublicPoint } from '../../key-pairs/public-key-template.ts'
import { CommandRefusal } from '../../virtual/command-refusal.ts'
import { signDigest } from '../../virtual/digest-signature.ts'
import { orIncorrectData } from '../../virtual/or-incorrect-data.ts'
import type { SlotKey } from './card-state.ts'

/** The longest digest that there is. */
const maximumDigestLength = 64

/**
 * What a private key makes of bytes. RSA: the plain operation on a block as long as the modulus, which signs and
 * deciphers alike. ECDSA: the signature of a digest, in DER.
 *
 * @throws CommandRefusal where the bytes do not fit the key
 */
export function usePrivateKey(
  { algorithm, privateKey }: SlotKey,
  input: Uint8Array,
  randomBytes: (length: number) => Uint8Array,
): Uint8Array {
  if (algorithm.algorithm === 'EC') {
    if (input.length === 0 || input.length > maximumDigestLength) {
      throw new CommandRefusal(statusWord.incorrectData)
    }
    return encodeEcdsaSignature(signDigest(privateKey, input, randomBytes))
  }
  if (input.length !== algorithm.keySize / 8) throw new CommandRefusal(statusWord.incorrectData)
  return orIncorrectData(() => privateEncrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, input))
}

/**
 * The x coordinate that both sides of an ECDH agree on (SP 800-56A §5.7.1.2).
 *
 * @param point of the other side, uncompressed
 * @throws CommandRefusal where it is no point of the key's curve
 */
export function agreeOnKey({ algorithm, privateKey }: SlotKey, point: Uint8Array): Uint8Array {
  if (algorithm.algorithm !== 'EC') throw new CommandRefusal(statusWord.incorrectData)
  return orIncorrectData(() => diffieHellman({ privateKey, publicKey: readPublicPoint(point, algorithm) }))
}
