import { encodeDataObject, findValue, readTemplate, requireValue } from '../../apdu/ber-tlv.ts'
import { dynamicAuthentication } from '../../apdu/dynamic-authentication.ts'
import type { ResponseApdu } from '../../apdu/response-apdu.ts'
import { statusWord } from '../../apdu/status-word.ts'
import { CardError } from '../../card-error.ts'
import type { CardExchange } from '../../host/card-exchange.ts'
import { statusWordError } from '../../host/status-word-error.ts'
import { understood, unexpectedAnswer } from '../../host/unexpected-answer.ts'
import { wrongResponse } from '../../host/wrong-response.ts'
import { equalInConstantTime } from '../../secrets/admin-key.ts'
import {
  type ManagementKeyType,
  managementKeyCiphers,
  managementKeyResponse,
  managementKeyTypeOf,
  managementKeyTypes,
  managementKeyWitness,
  requireManagementKey,
} from '../../secrets/management-key.ts'
import { extension, instruction, metadata, reference } from '../piv-identifiers.ts'
import { byteIn, type PivExtensions } from './piv-extensions.ts'

const noTouch = 0xff

/**
 * Finds out what the management key is: by metadata, or by which algorithm the card gives a challenge for, which costs no
 * try.
 *
 * @throws CardError 'unsupported-algorithm', 'unexpected-answer'
 */
export async function findManagementKeyType(
  exchange: CardExchange,
  extensions: PivExtensions,
): Promise<ManagementKeyType> {
  const identifier = byteIn(await extensions.readMetadata(reference.managementKey), metadata.algorithm)
  const told = identifier === undefined ? undefined : managementKeyTypeOf(identifier)
  if (told !== undefined) return told
  for (const type of managementKeyTypes) {
    const { statusWord: word } = await authenticate(
      exchange,
      type,
      encodeDataObject(dynamicAuthentication.challenge),
    )
    if (word === statusWord.success) return type
  }
  throw new CardError(
    'unsupported-algorithm',
    'The card has no management key of triple DES or AES. Use a card that has one.',
  )
}

/** Asks for the challenge of the single authentication, in which the host alone proves that it knows the key. */
export async function requestChallenge(exchange: CardExchange, type: ManagementKeyType): Promise<Uint8Array> {
  const response = await authenticate(exchange, type, encodeDataObject(dynamicAuthentication.challenge))
  return readBlock(response, type, dynamicAuthentication.challenge)
}

/** @throws CardError 'wrong-response', 'admin-blocked' */
export async function answerChallenge(
  exchange: CardExchange,
  type: ManagementKeyType,
  response: Uint8Array,
): Promise<void> {
  requireAccepted(
    await authenticate(exchange, type, encodeDataObject(dynamicAuthentication.response, response)),
  )
}

/**
 * The mutual authentication (SP 800-73-4 part 2 appendix A.2): the card's witness, which only the key opens, and our
 * challenge back.
 *
 * @throws CardError 'wrong-response', 'admin-blocked', 'card-not-genuine', 'invalid-key'
 */
export async function authenticateMutually(
  exchange: CardExchange,
  type: ManagementKeyType,
  key: Uint8Array,
  randomBytes: (length: number) => Uint8Array,
): Promise<void> {
  requireManagementKey(type, key)
  const asked = await authenticate(exchange, type, encodeDataObject(dynamicAuthentication.witness))
  const witness = await readBlock(asked, type, dynamicAuthentication.witness)
  const challenge = Uint8Array.from(randomBytes(managementKeyCiphers[type].challengeLength))
  const response = await authenticate(
    exchange,
    type,
    encodeDataObject(dynamicAuthentication.witness, managementKeyWitness(type, key, witness)),
    encodeDataObject(dynamicAuthentication.challenge, challenge),
  )
  requireAccepted(response)
  const proof = await understood(() => {
    const objects = readTemplate(response.data, dynamicAuthentication.template)
    // The standard's own example and its table name different tags.
    return (
      findValue(objects, dynamicAuthentication.response) ??
      requireValue(objects, dynamicAuthentication.witness)
    )
  })
  if (!equalInConstantTime(proof, managementKeyResponse(type, key, challenge))) {
    throw new CardError(
      'card-not-genuine',
      'The card accepted the management key but did not prove that it knows it. Do not use this card.',
    )
  }
}

/**
 * SET MANAGEMENT KEY (Yubico); the standard leaves it to each maker how that key is replaced.
 *
 * @throws CardError 'invalid-key', 'security-status-not-satisfied', 'command-not-supported'
 */
export async function putManagementKey(
  exchange: CardExchange,
  type: ManagementKeyType,
  key: Uint8Array,
): Promise<void> {
  requireManagementKey(type, key)
  const data = Buffer.concat([
    Uint8Array.of(managementKeyCiphers[type].identifier),
    encodeDataObject(reference.managementKey, key),
  ])
  try {
    const command = { ins: extension.setManagementKey, p1: 0xff, p2: noTouch, data }
    await exchange.perform('take the management key', command)
  } finally {
    data.fill(0)
  }
}

function authenticate(
  exchange: CardExchange,
  type: ManagementKeyType,
  ...objects: readonly Uint8Array[]
): Promise<ResponseApdu> {
  return exchange.send({
    ins: instruction.generalAuthenticate,
    p1: managementKeyCiphers[type].identifier,
    p2: reference.managementKey,
    data: encodeDataObject(dynamicAuthentication.template, ...objects),
    expectsData: true,
  })
}

async function readBlock(
  { data, statusWord: word }: ResponseApdu,
  type: ManagementKeyType,
  tag: number,
): Promise<Uint8Array> {
  if (word === statusWord.authenticationMethodBlocked) throw blockedAdministrator()
  if (word !== statusWord.success)
    throw statusWordError(word, 'begin the authentication of its administrator')
  const block = await understood(() => requireValue(readTemplate(data, dynamicAuthentication.template), tag))
  if (block.length !== managementKeyCiphers[type].challengeLength) {
    throw unexpectedAnswer(`The card gave a challenge of ${block.length} bytes for its key of ${type}.`)
  }
  return Uint8Array.from(block)
}

function requireAccepted({ statusWord: word }: ResponseApdu): void {
  if (word === statusWord.success) return
  if (word === statusWord.authenticationMethodBlocked) throw blockedAdministrator()
  throw wrongResponse(word, 'management key') ?? statusWordError(word, 'authenticate its administrator')
}

function blockedAdministrator(): CardError {
  return new CardError(
    'admin-blocked',
    'Too many wrong responses have blocked the administrator of this card. Reset or replace the card.',
    0,
  )
}
