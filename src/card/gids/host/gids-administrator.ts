import { encodeDataObject, readTemplate, requireValue } from '../../apdu/ber-tlv.ts'
import { dynamicAuthentication } from '../../apdu/dynamic-authentication.ts'
import type { ResponseApdu } from '../../apdu/response-apdu.ts'
import { statusWord } from '../../apdu/status-word.ts'
import { CardError } from '../../card-error.ts'
import type { CardExchange } from '../../host/card-exchange.ts'
import { noChallenge } from '../../host/command-sequence.ts'
import { statusWordError } from '../../host/status-word-error.ts'
import { understood, unexpectedAnswer } from '../../host/unexpected-answer.ts'
import { wrongResponse } from '../../host/wrong-response.ts'
import {
  adminKeyCheckValue,
  isMutualCryptogram,
  mutualChallengeLength,
  mutualCryptogram,
  mutualCryptogramLength,
  singleChallengeLength,
} from '../admin-authentication.ts'
import { adminKeyReference, applicationFile } from '../gids-identifiers.ts'

const { template, challenge: challengeTag, response: responseTag } = dynamicAuthentication
const keyLength = 24
const secretLength = 7

/** Asks for a challenge of the single authentication, in which the host alone proves that it knows the key. */
export async function requestChallenge(exchange: CardExchange): Promise<Uint8Array> {
  await selectAdminKey(exchange, 0x81)
  return readChallenge(await authenticate(exchange, encodeDataObject(challengeTag)), singleChallengeLength)
}

/** @throws CardError 'wrong-response', 'admin-blocked', 'no-challenge' */
export async function answerChallenge(exchange: CardExchange, response: Uint8Array): Promise<void> {
  await requireAccepted(await authenticate(exchange, encodeDataObject(responseTag, response)))
}

/**
 * The mutual authentication: each side proves to the other that it knows the admin key.
 *
 * @param adminKey 24 bytes
 * @throws CardError 'wrong-response', 'admin-blocked', 'card-not-genuine'
 */
export async function authenticateMutually(
  exchange: CardExchange,
  adminKey: Uint8Array,
  randomBytes: (length: number) => Uint8Array,
): Promise<void> {
  requireKeyForm(adminKey)
  await selectAdminKey(exchange, 0xc1)
  const ours = Uint8Array.from(randomBytes(mutualChallengeLength))
  const theirs = await readChallenge(
    await authenticate(exchange, encodeDataObject(challengeTag, ours)),
    mutualChallengeLength,
  )
  const proof = mutualCryptogram(adminKey, theirs, ours, Uint8Array.from(randomBytes(secretLength)))
  const response = await authenticate(exchange, encodeDataObject(responseTag, proof))
  await requireAccepted(response)
  const theirProof = await understood(() => requireValue(readTemplate(response.data, template), responseTag))
  if (
    theirProof.length !== mutualCryptogramLength ||
    !isMutualCryptogram(adminKey, theirProof, ours, theirs)
  ) {
    throw new CardError(
      'card-not-genuine',
      'The card accepted the admin key but did not prove that it knows it. Do not use this card.',
    )
  }
}

/** PUT DATA of the admin key with its check value. @throws CardError 'invalid-key' */
export async function putAdminKey(exchange: CardExchange, key: Uint8Array): Promise<void> {
  requireKeyForm(key)
  const data = encodeDataObject(
    0x70,
    encodeDataObject(0x84, Uint8Array.of(adminKeyReference)),
    encodeDataObject(0xa5, encodeDataObject(0x87, key), encodeDataObject(0x88, adminKeyCheckValue(key))),
  )
  try {
    const file = { p1: applicationFile >> 8, p2: applicationFile & 0xff }
    await exchange.perform('take the admin key', { ins: 0xdb, ...file, data })
  } finally {
    data.fill(0)
  }
}

/** @throws CardError 'invalid-key' */
export function requireKeyForm(key: Uint8Array): void {
  if (key.length !== keyLength) {
    throw new CardError('invalid-key', `An admin key has ${keyLength} bytes, not ${key.length}.`)
  }
}

/** @param p1 81 for the single authentication, C1 for the mutual one */
async function selectAdminKey(exchange: CardExchange, p1: number): Promise<void> {
  const data = encodeDataObject(0x83, Uint8Array.of(adminKeyReference))
  const { statusWord: word } = await exchange.send({ ins: 0x22, p1, p2: 0xa4, data })
  if (word === statusWord.authenticationMethodBlocked) throw blockedAdministrator()
  if (word !== statusWord.success) throw statusWordError(word, 'select its admin key')
}

function authenticate(exchange: CardExchange, content: Uint8Array): Promise<ResponseApdu> {
  const data = encodeDataObject(template, content)
  return exchange.send({ ins: 0x87, p1: 0x00, p2: 0x00, data, expectsData: true })
}

async function readChallenge(response: ResponseApdu, length: number): Promise<Uint8Array> {
  const { data, statusWord: word } = response
  if (word === statusWord.authenticationMethodBlocked) throw blockedAdministrator()
  if (word !== statusWord.success) throw statusWordError(word, 'give a challenge')
  const challenge = await understood(() => requireValue(readTemplate(data, template), challengeTag))
  if (challenge.length !== length) {
    throw unexpectedAnswer(`The card gave a challenge of ${challenge.length} bytes, not ${length}.`)
  }
  return Uint8Array.from(challenge)
}

async function requireAccepted({ statusWord: word }: ResponseApdu): Promise<void> {
  if (word === statusWord.success) return
  if (word === statusWord.authenticationMethodBlocked) throw blockedAdministrator()
  if (word === statusWord.conditionsOfUseNotSatisfied) throw noChallenge()
  throw wrongResponse(word, 'admin key') ?? statusWordError(word, 'check the response')
}

function blockedAdministrator(): CardError {
  return new CardError(
    'admin-blocked',
    'Too many wrong responses have blocked the administrator of this card for good. Replace the card.',
    0,
  )
}
