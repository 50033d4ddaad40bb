import { createCipheriv, createDecipheriv } from 'node:crypto'
import { equalInConstantTime } from '../secrets/admin-key.ts'
import { encryptBlock } from '../secrets/triple-des.ts'

/** Bytes of a challenge in the single authentication, where the host alone proves that it knows the key. */
export const singleChallengeLength = 8
/** Bytes of either side's challenge in the mutual authentication. */
export const mutualChallengeLength = 16
/** Two challenges, seven random bytes, and '80'. */
export const mutualCryptogramLength = 40
const secretLength = 7
const padding = 0x80

/**
 * One side's proof in GIDS' mutual authentication (§10, GENERAL AUTHENTICATE): the other side's challenge, its own, and
 * seven random bytes with a padding byte, encrypted by triple DES in CBC mode under the admin key, with a zero
 * initialisation vector.
 *
 * @param adminKey 24 bytes
 * @param theirChallenge 16 bytes
 * @param ourChallenge 16 bytes
 * @param secret 7 bytes
 * @returns 40 bytes
 */
export function mutualCryptogram(
  adminKey: Uint8Array,
  theirChallenge: Uint8Array,
  ourChallenge: Uint8Array,
  secret: Uint8Array,
): Uint8Array {
  if (
    theirChallenge.length !== mutualChallengeLength ||
    ourChallenge.length !== mutualChallengeLength ||
    secret.length !== secretLength
  ) {
    throw new RangeError('A mutual cryptogram is made of two challenges of 16 bytes and a secret of 7.')
  }
  const cipher = createCipheriv('des-ede3-cbc', adminKey, new Uint8Array(8)).setAutoPadding(false)
  const plaintext = Buffer.concat([theirChallenge, ourChallenge, secret, Buffer.of(padding)])
  const cryptogram = Uint8Array.from(Buffer.concat([cipher.update(plaintext), cipher.final()]))
  plaintext.fill(0)
  return cryptogram
}

/**
 * Whether a cryptogram is the other side's proof for these challenges, in a time that does not tell how nearly.
 *
 * @param adminKey 24 bytes
 * @param ourChallenge the 16 bytes that the proof must begin with
 * @param theirChallenge the 16 bytes that follow
 */
export function isMutualCryptogram(
  adminKey: Uint8Array,
  cryptogram: Uint8Array,
  ourChallenge: Uint8Array,
  theirChallenge: Uint8Array,
): boolean {
  if (cryptogram.length !== mutualCryptogramLength) return false
  const decipher = createDecipheriv('des-ede3-cbc', adminKey, new Uint8Array(8)).setAutoPadding(false)
  const plaintext = Buffer.concat([decipher.update(cryptogram), decipher.final()])
  const expected = Buffer.concat([
    ourChallenge,
    theirChallenge,
    plaintext.subarray(2 * mutualChallengeLength, -1),
    Buffer.of(padding),
  ])
  const isRight = equalInConstantTime(plaintext, expected)
  plaintext.fill(0)
  return isRight
}

/** The first three bytes of a zero block encrypted under an admin key, which go with it to the card (tag 88). */
export function adminKeyCheckValue(adminKey: Uint8Array): Uint8Array {
  return encryptBlock(adminKey, new Uint8Array(8)).subarray(0, 3)
}
