import { encodeDataObject, readDataObjects, requireValue } from '../../apdu/ber-tlv.ts'
import { CardError } from '../../card-error.ts'
import { cardIdBytes, parseCardId } from '../../card-id.ts'
import { understood } from '../../host/unexpected-answer.ts'

/**
 * A FASC-N for cards that no agency of the United States issues: agency, system and credential of nines and zeros
 * (S9999F9999F999999F0F1F0000000000300001E, five bits a digit; SP 800-73-4 part 1 §3.1.2).
 */
const unaffiliatedFascN = Buffer.from('d4e739da739ced39ce739d836858210842108421c84210c3eb', 'hex')
/** Certificates expire, and cards with them; the object wants a date all the same. */
const expirationDate = '20991231'
/** GSC-IS registered application provider, the card's type, and 14 bytes of the card's own. */
const capabilityPrefix = Buffer.from('a000000116ff02', 'hex')
export const capabilityIdLength = 14

/**
 * The content of the card holder unique identifier (SP 800-73-4 part 1 table 9), without its signature, which is an
 * issuer's in a federal PKI.
 *
 * @param cardId a GUID, as `parseCardId` reads it
 */
export function encodeCardHolderUniqueIdentifier(cardId: string): Uint8Array {
  return concat([
    encodeDataObject(0x30, unaffiliatedFascN),
    encodeDataObject(0x34, cardIdBytes(cardId)),
    encodeDataObject(0x35, Buffer.from(expirationDate, 'ascii')),
    encodeDataObject(0x3e),
    encodeDataObject(0xfe),
  ])
}

/**
 * The GUID in a card holder unique identifier; nothing where it is all zeros, as on cards that have another number.
 *
 * @returns canonical text, as `parseCardId` gives it
 * @throws CardError 'unexpected-answer'
 */
export async function readCardHolderUniqueIdentifier(content: Uint8Array): Promise<string | undefined> {
  const guid = await understood(() => {
    const value = requireValue(readDataObjects(content, 'allowed'), 0x34)
    if (value.length !== 16)
      throw new CardError('invalid-tlv', 'The GUID of the card has other than 16 bytes.')
    return value
  })
  return guid.every(byte => byte === 0) ? undefined : guidText(guid)
}

/** The content of the card capability container (SP 800-73-4 part 1 table 8). @param id 14 bytes */
export function encodeCardCapabilityContainer(id: Uint8Array): Uint8Array {
  const byte = (tag: number, value: number) => encodeDataObject(tag, Uint8Array.of(value))
  const empty = [0xf6, 0xf7, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe].map(tag => encodeDataObject(tag))
  return concat([
    encodeDataObject(0xf0, capabilityPrefix, id),
    byte(0xf1, 0x21),
    byte(0xf2, 0x21),
    encodeDataObject(0xf3),
    byte(0xf4, 0x00),
    byte(0xf5, 0x10),
    ...empty,
  ])
}

/**
 * The card id of a card with a serial number: `YubiKey` in ASCII, zeros, and the number in the last four bytes, so that
 * people find the number that is printed on the card in it.
 */
export function cardIdOfSerialNumber(serialNumber: number): string {
  return parseCardId(`59756269-4b65-7900-0000-0000${serialNumber.toString(16).padStart(8, '0')}`)
}

/** Random bytes as a GUID of version 4 (RFC 9562 §5.4). @param random 16 bytes */
export function newCardId(random: Uint8Array): string {
  const bytes = Uint8Array.from(random)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  return guidText(bytes)
}

function guidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts))
}
