import { CardError } from './card-error.ts'

const guid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/**
 * Reads a card id as people and clients write it: a GUID in any case, with or without braces, with blanks around it.
 * Any GUID will do, whatever its version and variant: cards in the field hold plain random bytes.
 *
 * @returns lower-case text in the form of RFC 9562 §4
 * @throws CardError 'invalid-card-id'
 */
export function parseCardId(text: string): string {
  const trimmed = text.trim().toLowerCase()
  const bare = trimmed.startsWith('{') && trimmed.endsWith('}') ? trimmed.slice(1, -1).trim() : trimmed
  if (!guid.test(bare)) {
    throw new CardError(
      'invalid-card-id',
      'The card id is not a GUID. Give it in the form 00000000-0000-0000-0000-000000000000.',
    )
  }
  return bare
}

/**
 * The 16 bytes of a card id in network order (RFC 9562 §4).
 *
 * @throws CardError 'invalid-card-id'
 */
export function cardIdBytes(cardId: string): Uint8Array {
  return Uint8Array.from(Buffer.from(parseCardId(cardId).replaceAll('-', ''), 'hex'))
}

/**
 * The 16 bytes that stand in a card's `cardid` file. Windows writes the GUID structure as it lies in memory: the first
 * three fields little-endian (MS-DTYP 2.3.4.2).
 *
 * @throws CardError 'invalid-card-id'
 */
export function cardIdFileBytes(cardId: string): Uint8Array {
  return swapFields(cardIdBytes(cardId))
}

/**
 * Reads the content of a card's `cardid` file.
 *
 * @param content 16 bytes
 * @returns canonical text, as `parseCardId` gives it
 * @throws CardError 'invalid-card-id'
 */
export function parseCardIdFile(content: Uint8Array): string {
  if (content.length !== 16) {
    throw new CardError(
      'invalid-card-id',
      `The card's cardid file has ${content.length} bytes, not 16. Initialize the card.`,
    )
  }
  const hex = Buffer.from(swapFields(content)).toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

function swapFields(bytes: Uint8Array): Uint8Array {
  const swapped = Buffer.from(bytes)
  swapped.subarray(0, 4).swap32()
  swapped.subarray(4, 8).swap16()
  return Uint8Array.from(swapped)
}
