import { timingSafeEqual } from 'node:crypto'
import { CardError } from '../card-error.ts'
import { encryptBlock } from './triple-des.ts'

const challengeLength = 8

/**
 * Reads an admin key written as 48 hexadecimal digits, in either case.
 *
 * @returns 24 bytes
 * @throws CardError 'invalid-key'
 */
export function parseAdminKeyHex(text: string): Uint8Array {
  if (!/^[0-9a-f]{48}$/i.test(text)) {
    throw new CardError('invalid-key', 'The admin key is not 48 hexadecimal digits (24 bytes). Correct it.')
  }
  return Uint8Array.from(Buffer.from(text, 'hex'))
}

/**
 * The answer that proves knowledge of a card's admin key: its challenge, encrypted by triple DES under that key.
 *
 * @param adminKey 24 bytes
 * @param challenge the 8 bytes that the card gave
 * @returns 8 bytes
 * @throws CardError 'invalid-key', 'invalid-challenge'
 */
export function authenticationResponse(adminKey: Uint8Array, challenge: Uint8Array): Uint8Array {
  if (challenge.length !== challengeLength) {
    throw new CardError(
      'invalid-challenge',
      `A card's challenge has 8 bytes, not ${challenge.length}. Ask the card for a new one.`,
    )
  }
  return encryptBlock(adminKey, challenge)
}

/** Compares secrets in a time that depends on their length only. Different lengths are unequal. */
export function equalInConstantTime(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && timingSafeEqual(left, right)
}
