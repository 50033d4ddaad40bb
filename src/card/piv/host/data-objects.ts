import { encodeDataObject, readDataObject } from '../../apdu/ber-tlv.ts'
import { statusWord } from '../../apdu/status-word.ts'
import type { CardExchange } from '../../host/card-exchange.ts'
import { statusWordError } from '../../host/status-word-error.ts'
import { understood, unexpectedAnswer } from '../../host/unexpected-answer.ts'
import { instruction } from '../piv-identifiers.ts'

const contentTag = 0x53
const currentTemplate = { p1: 0x3f, p2: 0xff }

/**
 * GET DATA: what a data object contains; nothing where it is absent or empty.
 *
 * @throws CardError 'unexpected-answer', 'security-status-not-satisfied', or what the status word stands for
 */
export async function readObject(
  exchange: CardExchange,
  identifier: number,
): Promise<Uint8Array | undefined> {
  const { data, statusWord: word } = await exchange.send({
    ins: instruction.getData,
    ...currentTemplate,
    data: encodeDataObject(0x5c, threeBytes(identifier)),
    expectsData: true,
  })
  if (word === statusWord.fileNotFound || word === statusWord.referencedDataNotFound) return undefined
  if (word !== statusWord.success) throw statusWordError(word, 'give a data object')
  if (data.length === 0) return undefined
  const { tag, value } = await understood(() => readDataObject(data, 'allowed'))
  if (tag !== contentTag) throw unexpectedAnswer('The card gave a data object without its tag.')
  return value.length === 0 ? undefined : Uint8Array.from(value)
}

/**
 * PUT DATA: replaces what a data object contains; nothing empties it.
 *
 * @throws CardError 'security-status-not-satisfied', 'card-full', or what the status word stands for
 */
export async function writeObject(
  exchange: CardExchange,
  identifier: number,
  content: Uint8Array,
): Promise<void> {
  const data = Buffer.concat([
    encodeDataObject(0x5c, threeBytes(identifier)),
    encodeDataObject(contentTag, content),
  ])
  await exchange.perform('store a data object', { ins: instruction.putData, ...currentTemplate, data })
}

function threeBytes(identifier: number): Uint8Array {
  return Uint8Array.of(identifier >> 16, (identifier >> 8) & 0xff, identifier & 0xff)
}
