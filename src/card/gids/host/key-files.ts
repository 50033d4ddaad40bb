import { encodeDataObject, findValue, readTemplate, requireValue } from '../../apdu/ber-tlv.ts'
import { statusWord } from '../../apdu/status-word.ts'
import { CardError } from '../../card-error.ts'
import type { CardExchange } from '../../host/card-exchange.ts'
import { statusWordError } from '../../host/status-word-error.ts'
import { understood, unexpectedAnswer } from '../../host/unexpected-answer.ts'
import { findKeyType } from '../../key-pairs/key-type.ts'
import {
  publicKeyTag,
  readPublicKeyNumbers,
  withoutLeadingZeros,
} from '../../key-pairs/public-key-template.ts'
import type { KeyPairAlgorithm } from '../../smart-card.ts'
import { type KeyUsage, keyFileControlParameters } from '../file-control-parameters.ts'
import { applicationFile, firstKeyFile } from '../gids-identifiers.ts'
import { type KeyMechanism, keyMechanisms, padding } from '../key-mechanism.ts'

/** A public key and the mechanism that its numbers tell. */
export interface PublicKey {
  readonly mechanism: KeyMechanism
  /** SubjectPublicKeyInfo in DER. */
  readonly subjectPublicKeyInfo: Uint8Array
}

/** The holder generates, puts and uses the key, everybody reads its public part. */
const accessRule = Uint8Array.of(0x8f, 0x10, 0x10, 0x10, 0x00)
const authenticity = 0xb6
const confidentiality = 0xb8

const absences: ReadonlySet<number> = new Set([
  statusWord.fileNotFound,
  statusWord.referencedDataNotFound,
  statusWord.conditionsOfUseNotSatisfied,
  0x6a83,
  0x6984,
])
/** What cards answer to a mechanism that they do not have. */
const unsupported: ReadonlySet<number> = new Set([
  statusWord.incorrectData,
  statusWord.functionNotSupported,
  statusWord.incorrectParameters,
  statusWord.conditionsOfUseNotSatisfied,
  0x6984,
])

/** @throws CardError 'unsupported-algorithm' */
export function mechanismOf(algorithm: KeyPairAlgorithm): KeyMechanism {
  const mechanism = findKeyType(keyMechanisms, algorithm)
  if (mechanism === undefined) throw unsupportedAlgorithm('GIDS knows no such key')
  return mechanism
}

/**
 * Makes a key pair in a new key file. A file that is there already was left by a program that was interrupted, as no
 * container names it: it is replaced.
 *
 * @throws CardError 'unsupported-algorithm', 'card-full'
 */
export async function generateKeyPair(
  exchange: CardExchange,
  keyReference: number,
  mechanism: KeyMechanism,
): Promise<PublicKey> {
  await createKeyFile(exchange, keyReference, mechanism)
  const data = encodeDataObject(
    0xac,
    encodeDataObject(0x80, Uint8Array.of(mechanism.identifier)),
    encodeDataObject(0x83, Uint8Array.of(keyReference)),
  )
  const response = await exchange.send({ ins: 0x47, p1: 0x00, p2: 0x00, data, expectsData: true })
  if (response.statusWord !== statusWord.success) {
    const refusal = unsupported.has(response.statusWord)
      ? unsupportedAlgorithm('it cannot make it')
      : statusWordError(response.statusWord, 'make a key pair')
    await deleteKeyFile(exchange, keyReference)
    throw refusal
  }
  const publicKey =
    response.data.length > 0
      ? await understood(() => parsePublicKey(response.data))
      : await readPublicKey(exchange, keyReference)
  if (publicKey?.mechanism !== mechanism)
    throw unexpectedAnswer('The card made another key than it was asked for.')
  return publicKey
}

/** The public key in a key file; nothing where there is no such file, or no key in it yet. */
export async function readPublicKey(
  exchange: CardExchange,
  keyReference: number,
): Promise<PublicKey | undefined> {
  const data = encodeDataObject(
    0x70,
    encodeDataObject(0x84, Uint8Array.of(keyReference)),
    encodeDataObject(0xa5, Uint8Array.of(0x7f, 0x49, 0x80)),
  )
  const file = { p1: applicationFile >> 8, p2: applicationFile & 0xff }
  const response = await exchange.send({ ins: 0xcb, ...file, data, expectsData: true })
  if (absences.has(response.statusWord)) return undefined
  if (response.statusWord !== statusWord.success) {
    throw statusWordError(response.statusWord, 'tell a public key')
  }
  return understood(() => parsePublicKey(response.data))
}

/** Deletes a key file where there is one. */
export async function deleteKeyFile(exchange: CardExchange, keyReference: number): Promise<void> {
  const { statusWord: word } = await selectKeyFile(exchange, keyReference)
  if (absences.has(word)) return
  if (!isThere(word)) throw statusWordError(word, 'select a key')
  await deleteSelected(exchange)
}

/** Whether there was such a file, which is deleted then. */
async function isDeleted(exchange: CardExchange, keyReference: number): Promise<boolean> {
  const { statusWord: word } = await selectKeyFile(exchange, keyReference)
  if (!isThere(word)) return false
  await deleteSelected(exchange)
  return true
}

/** What was interrupted before the file was activated, some cards let be activated alone. */
async function deleteSelected(exchange: CardExchange): Promise<void> {
  const deletion = { ins: 0xe4, p1: 0x00, p2: 0x00 }
  const { statusWord: word } = await exchange.send(deletion)
  if (word === statusWord.success) return
  const activation = await exchange.send({ ins: 0x44, p1: 0x00, p2: 0x00 })
  if (activation.statusWord !== statusWord.success) throw statusWordError(word, 'delete a key')
  await exchange.perform('delete a key', deletion)
}

/** Of a file that is not activated yet a card may warn when it is selected (ISO/IEC 7816-4 table 6). */
function isThere(word: number): boolean {
  return word === statusWord.success || word === statusWord.fileDeactivated
}

async function createKeyFile(
  exchange: CardExchange,
  keyReference: number,
  mechanism: KeyMechanism,
): Promise<void> {
  const data = keyFileControlParameters(keyReference, accessRule, usagesOf(mechanism))
  const create = () => exchange.send({ ins: 0xe0, p1: 0x00, p2: 0x00, data })
  let { statusWord: word } = await create()
  // Each card says in another way that the file is there already; who may not create, deletes nothing either.
  const isForbidden = word === statusWord.securityStatusNotSatisfied
  if (word !== statusWord.success && !isForbidden && (await isDeleted(exchange, keyReference))) {
    word = (await create()).statusWord
  }
  if (unsupported.has(word)) throw unsupportedAlgorithm('it has no place for it')
  if (word !== statusWord.success) throw statusWordError(word, 'create a key file')
  await exchange.perform('activate a key file', { ins: 0x44, p1: 0x00, p2: 0x00 })
}

function selectKeyFile(exchange: CardExchange, keyReference: number) {
  const data = Uint8Array.of(firstKeyFile >> 8, keyReference)
  return exchange.send({ ins: 0xa4, p1: 0x00, p2: 0x0c, data })
}

/** As Windows' minidriver lays them down: an RSA key deciphers and signs, one on a curve signs what the host has hashed. */
function usagesOf({ algorithm, identifier }: KeyMechanism): KeyUsage[] {
  const use = (template: number, paddingBits: number) => ({ template, mechanism: paddingBits | identifier })
  const offCard = use(authenticity, padding.offCard)
  if (algorithm === 'EC') return [offCard]
  return [
    use(confidentiality, padding.none),
    use(confidentiality, padding.oaep),
    use(confidentiality, padding.pkcs1Encryption),
    offCard,
    use(authenticity, padding.pkcs1Signature),
  ]
}

/** Of what type the key is, the card leaves to be told by the length of its numbers. */
function parsePublicKey(template: Uint8Array): PublicKey {
  const numbers = readTemplate(template, publicKeyTag.template)
  const modulus = findValue(numbers, publicKeyTag.modulus)
  const length =
    modulus === undefined
      ? requireValue(numbers, publicKeyTag.point).length
      : withoutLeadingZeros(modulus).length
  const mechanism = keyMechanisms.find(candidate =>
    candidate.algorithm === 'RSA'
      ? modulus !== undefined && candidate.keySize === length * 8
      : modulus === undefined && length === 1 + 2 * candidate.coordinateLength,
  )
  if (mechanism === undefined) throw unexpectedAnswer('The card has a key of an unknown kind or size.')
  const key = readPublicKeyNumbers(numbers, mechanism)
  return { mechanism, subjectPublicKeyInfo: Uint8Array.from(key.export({ type: 'spki', format: 'der' })) }
}

function unsupportedAlgorithm(why: string): CardError {
  return new CardError(
    'unsupported-algorithm',
    `The card does not support this key type: ${why}. Use RSA of 2048 bits, or another card.`,
  )
}
