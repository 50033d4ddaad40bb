import { CardinalError } from '../../domain/error.ts'

/**
 * Reads the challenge of a card: 8 bytes in base64. A blank stands for the `+` that a client forgot to escape.
 * The published walkthrough passes hexadecimal digits; 16 of them are never the base64 of 8 bytes and are taken too.
 * Throws InvalidParameter.
 */
export function parseChallenge(text: string): Uint8Array {
  const plain = text.replaceAll(' ', '+')
  if (/^[0-9A-Fa-f]{16}$/.test(plain)) return Buffer.from(plain, 'hex')
  if (/^[A-Za-z0-9+/]{11}=?$/.test(plain)) return Buffer.from(plain, 'base64')
  throw new CardinalError('InvalidParameter', 'challenge: must be 8 bytes in base64.')
}

const flags = { true: true, false: false } as const

/** Reads `True` or `False` in any case. Throws InvalidParameter that names the field. */
export function parseFlag(text: string, field: string): boolean {
  const word = text.trim().toLowerCase()
  if (word === 'true' || word === 'false') return flags[word]
  throw new CardinalError('InvalidParameter', `${field}: must be True or False.`)
}
