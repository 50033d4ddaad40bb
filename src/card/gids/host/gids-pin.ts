import { encodeDataObject, findValue, readTemplate } from '../../apdu/ber-tlv.ts'
import type { ResponseApdu } from '../../apdu/response-apdu.ts'
import { statusWord, triesLeftOfStatusWord } from '../../apdu/status-word.ts'
import { CardError } from '../../card-error.ts'
import type { CardExchange } from '../../host/card-exchange.ts'
import { blockedPin, type PinAttempts, wrongPin } from '../../host/pin-attempts.ts'
import { statusWordError } from '../../host/status-word-error.ts'
import { understood } from '../../host/unexpected-answer.ts'
import type { PinPresentation } from '../../smart-card.ts'
import { applicationFile, pinReference } from '../gids-identifiers.ts'

/** Wrong PINs that the card still takes. */
export interface PinTries {
  readonly left: number
  /** Where the card tells it. */
  readonly limit?: number
}

const pinStatusTag = 0x7f71
const triesLeftTag = 0x97
/** Under this tag cards of the specification's first version tell the tries left. */
const formerTriesLeftTag = 0x9f17
const triesLimitTag = 0x93

/** What cards answer to a new PIN that they cannot hold. */
const unfitPin: ReadonlySet<number> = new Set([
  statusWord.wrongLength,
  statusWord.incorrectData,
  statusWord.conditionsOfUseNotSatisfied,
  0x6983,
  0x6984,
  0x6a85,
  0x6a87,
])
/**
 * What cards answer to a wrong PIN beside '63Cx', some of them only where its length alone gives it away. '6983', blocked, is
 * one of them.
 */
const wrongPinAnswers: ReadonlySet<number> = new Set([
  0x6300,
  statusWord.wrongLength,
  statusWord.securityStatusNotSatisfied,
  statusWord.authenticationMethodBlocked,
  0x6984,
  statusWord.incorrectData,
  0x6a87,
])

/** Tells how many tries are left without costing one; nothing where the card does not say. */
export async function readPinTries(exchange: CardExchange): Promise<PinTries | undefined> {
  const { data, statusWord: word } = await exchange.send({
    ins: 0xcb,
    p1: applicationFile >> 8,
    p2: applicationFile & 0xff,
    data: encodeDataObject(0x5c, Uint8Array.of(pinStatusTag >> 8, pinStatusTag & 0xff)),
    expectsData: true,
  })
  if (word === statusWord.success) {
    const status = await understood(() => readPinStatus(data))
    if (status !== undefined) return status
  }
  // VERIFY without data asks and does not try (ISO/IEC 7816-4 §11.5.6).
  const answer = await exchange.send({ ins: 0x20, p1: 0x00, p2: pinReference })
  const left =
    answer.statusWord === statusWord.authenticationMethodBlocked
      ? 0
      : triesLeftOfStatusWord(answer.statusWord)
  return left === undefined ? undefined : { left }
}

/**
 * @throws CardError 'wrong-pin', 'pin-blocked', 'pin-not-set', 'pin-refused-before', 'last-pin-try'
 */
export async function verifyPin(
  exchange: CardExchange,
  attempts: PinAttempts,
  pin: string,
  presentation: PinPresentation | undefined,
): Promise<void> {
  const tries = await readPinTries(exchange)
  attempts.check(pin, tries?.left, presentation)
  const { statusWord: word } = await sendPin(exchange, { ins: 0x20, p1: 0x00 }, pin)
  if (word === statusWord.success) return
  if (word === statusWord.referencedDataNotFound) {
    throw new CardError('pin-not-set', 'The card has no PIN yet. Have the administrator set one.')
  }
  const told = triesLeftOfStatusWord(word)
  if (told === undefined && !wrongPinAnswers.has(word)) throw statusWordError(word, 'verify the PIN')
  attempts.noteRefusal(pin)
  const left = told ?? (await readPinTries(exchange))?.left
  const isBlocked = word === statusWord.authenticationMethodBlocked
  // A card that counts in secret says this once it is blocked; another, with tries left, to a PIN of a foreign length.
  throw isBlocked && left === undefined ? blockedPin() : wrongPin(left)
}

/** Replaces a PIN that was just verified. @throws CardError 'invalid-pin' */
export async function changePin(exchange: CardExchange, currentPin: string, newPin: string): Promise<void> {
  requireNewPin(await sendPin(exchange, { ins: 0x24, p1: 0x00 }, currentPin + newPin), 'change the PIN')
}

/** Sets and unblocks the PIN as the administrator. @throws CardError 'invalid-pin', 'security-status-not-satisfied' */
export async function resetPin(exchange: CardExchange, newPin: string): Promise<void> {
  requireNewPin(await sendPin(exchange, { ins: 0x2c, p1: 0x02 }, newPin), 'set the PIN')
}

/** Gives a PIN to a card in creation. @throws CardError 'invalid-pin', 'already-initialized' */
export async function setFirstPin(exchange: CardExchange, pin: string): Promise<void> {
  const response = await sendPin(exchange, { ins: 0x24, p1: 0x01 }, pin)
  const { statusWord: word } = response
  // Nobody has proved anything in this connection: only a card in creation accepts this.
  if (word === statusWord.securityStatusNotSatisfied || word === statusWord.conditionsOfUseNotSatisfied) {
    throw new CardError(
      'already-initialized',
      'The card was initialized before. Set its PIN and admin key as its administrator instead.',
    )
  }
  requireNewPin(response, 'set the first PIN')
}

/**
 * Four to 127 characters of ASCII, what Windows' virtual smart cards hold; a card may want less or more.
 *
 * @throws CardError 'invalid-pin'
 */
export function requirePinForm(pin: string): void {
  if (!/^[ -~]{4,127}$/.test(pin)) throw invalidPin('Choose 4 to 127 characters of ASCII.')
}

async function sendPin(
  exchange: CardExchange,
  command: { readonly ins: number; readonly p1: number },
  pins: string,
): Promise<ResponseApdu> {
  const data = Buffer.from(pins, 'utf8')
  try {
    return await exchange.send({ ...command, p2: pinReference, data })
  } finally {
    data.fill(0)
  }
}

function requireNewPin({ statusWord: word }: ResponseApdu, action: string): void {
  if (word === statusWord.success) return
  if (unfitPin.has(word)) throw invalidPin('Choose one of another length or form.')
  throw statusWordError(word, action)
}

function readPinStatus(data: Uint8Array): PinTries | undefined {
  const status = readTemplate(data, pinStatusTag)
  const left = byteOf(findValue(status, triesLeftTag) ?? findValue(status, formerTriesLeftTag))
  const limit = byteOf(findValue(status, triesLimitTag))
  if (left === undefined) return undefined
  return limit === undefined ? { left } : { left, limit }
}

function byteOf(value: Uint8Array | undefined): number | undefined {
  return value?.length === 1 ? value[0] : undefined
}

function invalidPin(advice: string): CardError {
  return new CardError('invalid-pin', `The card cannot hold this PIN. ${advice}`)
}
