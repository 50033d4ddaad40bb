import { statusWord, triesLeftOfStatusWord } from '../../apdu/status-word.ts'
import { CardError } from '../../card-error.ts'
import type { CardCommand, CardExchange } from '../../host/card-exchange.ts'
import { blockedPin, PinAttempts, wrongPin } from '../../host/pin-attempts.ts'
import { statusWordError } from '../../host/status-word-error.ts'
import type { PinPresentation } from '../../smart-card.ts'
import { encodePin } from '../pin-encoding.ts'
import { instruction, reference } from '../piv-identifiers.ts'
import type { PivExtensions } from './piv-extensions.ts'

type Secret = 'PIN' | 'PUK'

/** What cards answer to a wrong PIN or PUK beside '63Cx'; 'blocked' is one of them. */
const wrongSecretAnswers: ReadonlySet<number> = new Set([
  0x6300,
  statusWord.securityStatusNotSatisfied,
  statusWord.authenticationMethodBlocked,
  0x6984,
])
/** What cards answer to a PIN or PUK that they could never hold. */
const unfitSecretAnswers: ReadonlySet<number> = new Set([
  statusWord.wrongLength,
  statusWord.incorrectData,
  statusWord.conditionsOfUseNotSatisfied,
])

/** PIN and PUK of a card, as careful with its tries as its holder would be. */
export class PivPins {
  readonly #exchange: CardExchange
  readonly #extensions: PivExtensions
  readonly #attempts: Readonly<Record<Secret, PinAttempts>>
  #isPinVerified = false

  constructor(
    exchange: CardExchange,
    extensions: PivExtensions,
    randomBytes: (length: number) => Uint8Array,
  ) {
    this.#exchange = exchange
    this.#extensions = extensions
    this.#attempts = { PIN: new PinAttempts(randomBytes(32)), PUK: new PinAttempts(randomBytes(32)) }
  }

  /** Costs no try. Nothing where the card does not say, as with a verified PIN without the extensions. */
  async readPinTries(): Promise<number | undefined> {
    const told = await this.#extensions.readTries(reference.pin)
    if (told !== undefined) return told.left
    // VERIFY without data asks and does not try (SP 800-73-4 part 2 §3.2.1).
    const { statusWord: word } = await this.#exchange.send({
      ins: instruction.verify,
      p1: 0x00,
      p2: reference.pin,
    })
    return word === statusWord.authenticationMethodBlocked ? 0 : triesLeftOfStatusWord(word)
  }

  /** Costs no try. Nothing where the card does not say: the standard has no way to ask. */
  async readPukTries(): Promise<number | undefined> {
    return (await this.#extensions.readTries(reference.puk))?.left
  }

  /** Nothing where the card does not say. */
  readIsFactoryPuk(): Promise<boolean | undefined> {
    return this.#extensions.readIsDefault(reference.puk)
  }

  async verify(pin: string, presentation?: PinPresentation): Promise<void> {
    const command = { ins: instruction.verify, p1: 0x00, p2: reference.pin }
    await this.#present('PIN', [pin], presentation, 'verify the PIN', command)
    this.#isPinVerified = true
  }

  changePin(currentPin: string, newPin: string, presentation?: PinPresentation): Promise<void> {
    const change = { ins: instruction.changeReferenceData, p2: reference.pin }
    return this.#replace('PIN', 'PIN', change, [currentPin, newPin], presentation)
  }

  changePuk(currentPuk: string, newPuk: string, presentation?: PinPresentation): Promise<void> {
    const change = { ins: instruction.changeReferenceData, p2: reference.puk }
    return this.#replace('PUK', 'PUK', change, [currentPuk, newPuk], presentation)
  }

  unblockPin(puk: string, newPin: string, presentation?: PinPresentation): Promise<void> {
    const change = { ins: instruction.resetRetryCounter, p2: reference.pin }
    return this.#replace('PUK', 'PIN', change, [puk, newPin], presentation)
  }

  /** To be called when the card was reset: what was wrong may be right now. */
  forget(): void {
    this.#isPinVerified = false
    this.#attempts.PIN.forget()
    this.#attempts.PUK.forget()
  }

  async #replace(
    presented: Secret,
    replaced: Secret,
    change: { readonly ins: number; readonly p2: number },
    [current, next]: readonly [string, string],
    presentation: PinPresentation | undefined,
  ): Promise<void> {
    requireFit(next, replaced)
    const command = { ...change, p1: 0x00 }
    await this.#present(presented, [current, next], presentation, `change the ${replaced}`, command)
    this.#attempts[replaced].forget()
    if (replaced === 'PIN') this.#isPinVerified = presented === 'PIN'
  }

  async #present(
    secret: Secret,
    [text, ...others]: readonly [string, ...string[]],
    presentation: PinPresentation | undefined,
    action: string,
    command: CardCommand,
  ): Promise<void> {
    requireFit(text, secret)
    const attempts = this.#attempts[secret]
    const left = await (secret === 'PUK' ? this.readPukTries() : this.#triesBefore())
    if (secret === 'PUK' && left === 0) throw blockedPuk()
    attempts.check(text, left, presentation)
    if (secret === 'PIN') this.#isPinVerified = false
    let word: number
    try {
      word = await this.#exchange.sendOnce({ ...command, data: encodePins([text, ...others]) })
    } catch (error) {
      // Whether the card has looked at it is not known, so that it is not shown again.
      attempts.noteRefusal(text)
      throw error
    }
    if (word === statusWord.success) return
    attempts.noteRefusal(text)
    const told = triesLeftOfStatusWord(word)
    if (told === undefined && unfitSecretAnswers.has(word)) throw unfit(secret)
    if (told === undefined && !wrongSecretAnswers.has(word)) throw statusWordError(word, action)
    if (word === statusWord.authenticationMethodBlocked) throw secret === 'PIN' ? blockedPin() : blockedPuk()
    throw secret === 'PIN' ? wrongPin(told) : wrongPuk(told)
  }

  /** A verified PIN has all its tries, and hides their number from who has no other way to ask. */
  #triesBefore(): Promise<number | undefined> {
    return this.#isPinVerified ? Promise.resolve(undefined) : this.readPinTries()
  }
}

function encodePins(texts: readonly string[]): Uint8Array {
  const encoded = texts.map(text => encodePin(text) ?? new Uint8Array())
  const data = Uint8Array.from(Buffer.concat(encoded))
  for (const bytes of encoded) bytes.fill(0)
  return data
}

/** A PIN that no card can hold is not worth a try. */
function requireFit(text: string, secret: Secret): void {
  const bytes = encodePin(text)
  if (bytes === undefined) throw unfit(secret)
  bytes.fill(0)
}

function unfit(secret: Secret): CardError {
  return new CardError(
    'invalid-pin',
    `A PIV card cannot hold this ${secret}: it has 6 to 8 characters of ASCII, on many cards digits. ` +
      'Choose another.',
  )
}

function wrongPuk(triesLeft: number | undefined): CardError {
  const left = triesLeft === undefined ? '' : ` Tries left: ${triesLeft}.`
  return new CardError('wrong-puk', `The PUK is wrong.${left} Check it before trying again.`, triesLeft)
}

function blockedPuk(): CardError {
  return new CardError(
    'puk-blocked',
    'Too many wrong PUKs have blocked the card’s PUK for good. Reset or replace the card.',
    0,
  )
}
