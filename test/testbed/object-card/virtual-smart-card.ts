import { CardError } from '../../../src/card/card-error.ts'
import { parseCardId } from '../../../src/card/card-id.ts'
import { authenticationResponse, equalInConstantTime } from '../../../src/card/secrets/admin-key.ts'
import { checkPin, type PinPolicy } from '../../../src/card/secrets/pin.ts'
import type { CardKey, HashAlgorithm, KeyPairAlgorithm, SmartCard } from '../../../src/card/smart-card.ts'
import { RetryCounter } from './retry-counter.ts'
import { VirtualKeyContainers } from './virtual-key-containers.ts'

export interface VirtualSmartCardOptions {
  /** A GUID, as `parseCardId` reads it. */
  readonly cardId: string
  /** 24 bytes; weak keys are accepted, as they are what new cards come with. */
  readonly adminKey: Uint8Array
  /** So many unpredictable bytes, such as `randomBytes` of node:crypto. Key pairs come from node:crypto itself. */
  readonly randomBytes: (length: number) => Uint8Array
  /** 4 to 127 characters, by default 12345678; null for a card that was never given one. */
  readonly pin?: string | null
  /** Wrong PINs in a row that block the PIN, 5 by default. */
  readonly pinTries?: number
  /** Wrong responses in a row that block the administrator, 5 by default. */
  readonly adminTries?: number
  /** 30 by default. */
  readonly maximumKeys?: number
}

/** The answer to reset of Windows' virtual smart cards: T=1, historical bytes that name the GIDS application. */
const virtualCardAnswerToReset = '3b8d0180fba000000397425446590301c8'

/** The PIN that Windows' Tpmvscmgr gives to a virtual smart card under /PIN DEFAULT. */
const initialPin = '12345678'

/** The lengths that Tpmvscmgr can set (/pinpolicy minlen, maxlen). */
const cardPinPolicy: PinPolicy = {
  minimumLength: 4,
  maximumLength: 127,
  digits: 'allowed',
  uppercase: 'allowed',
  lowercase: 'allowed',
  specialCharacters: 'allowed',
}

/**
 * A TPM slows guesses down instead of counting them, and the standards leave the number to the issuer. Five are
 * enough for a person's slips, and leave a guesser of 4-digit PINs one chance in 2,000.
 */
const defaultTries = 5

/** What Microsoft states as the number of keys with certificates on one TPM virtual smart card. */
const defaultMaximumKeys = 30

const challengeLength = 8
const adminKeyLength = 24
const keyIdLength = 16

/**
 * A smart card in software. It checks as a card does: challenges serve once, wrong responses and PINs are counted,
 * and private keys are made inside and stay there. It lives as long as the process and is not protected against whoever
 * controls that process.
 *
 * @throws CardError 'invalid-card-id', 'invalid-key', 'invalid-pin'
 */
export function createVirtualSmartCard(options: VirtualSmartCardOptions): SmartCard {
  return new VirtualSmartCard(options)
}

class VirtualSmartCard implements SmartCard {
  readonly answerToReset = virtualCardAnswerToReset
  readonly #cardId: string
  readonly #randomBytes: (length: number) => Uint8Array
  readonly #adminCounter: RetryCounter
  readonly #pinCounter: RetryCounter
  readonly #containers: VirtualKeyContainers
  #adminKey: Uint8Array
  #pin: Uint8Array | undefined
  #challenge: Uint8Array | undefined
  #isAdministrator = false
  #isPinVerified = false
  #previousCommand: Promise<unknown> = Promise.resolve()

  constructor(options: VirtualSmartCardOptions) {
    this.#cardId = parseCardId(options.cardId)
    this.#adminKey = acceptAdminKey(options.adminKey)
    const pin = options.pin === undefined ? initialPin : options.pin
    this.#pin = pin === null ? undefined : acceptPin(pin)
    this.#randomBytes = options.randomBytes
    this.#adminCounter = new RetryCounter(options.adminTries ?? defaultTries)
    this.#pinCounter = new RetryCounter(options.pinTries ?? defaultTries)
    this.#containers = new VirtualKeyContainers(options.maximumKeys ?? defaultMaximumKeys, () =>
      Buffer.from(this.#randomBytes(keyIdLength)).toString('hex'),
    )
  }

  readCardId(): Promise<string> {
    return this.#command(() => this.#cardId)
  }

  requestChallenge(): Promise<Uint8Array> {
    return this.#command(() => {
      this.#challenge = Uint8Array.from(this.#randomBytes(challengeLength))
      return Uint8Array.from(this.#challenge)
    })
  }

  authenticateAdministrator(response: Uint8Array): Promise<void> {
    return this.#command(challenge => {
      this.#isAdministrator = false
      if (this.#adminCounter.isBlocked) {
        throw new CardError(
          'admin-blocked',
          'Too many wrong responses have blocked the administrator of this card for good. Replace the card.',
          0,
        )
      }
      if (challenge === undefined) {
        throw new CardError(
          'no-challenge',
          'No challenge is open on the card. Request one and answer it with the next command.',
        )
      }
      const isRight = () => equalInConstantTime(authenticationResponse(this.#adminKey, challenge), response)
      if (!this.#adminCounter.attempt(isRight)) {
        throw new CardError(
          'wrong-response',
          'The card refused the response: it was made with another admin key or for another challenge. ' +
            `${triesLeft(this.#adminCounter)} Check which key the card has before trying again.`,
          this.#adminCounter.left,
        )
      }
      this.#isAdministrator = true
    })
  }

  changeAdminKey(newKey: Uint8Array): Promise<void> {
    return this.#command(() => {
      this.#requireAdministrator()
      const accepted = acceptAdminKey(newKey)
      this.#adminKey.fill(0)
      this.#adminKey = accepted
    })
  }

  setPin(pin: string): Promise<void> {
    return this.#command(() => {
      this.#requireAdministrator()
      this.#replacePin(acceptPin(pin))
      this.#pinCounter.reset()
      this.#isAdministrator = false
      this.#isPinVerified = false
    })
  }

  changePin(currentPin: string, newPin: string): Promise<void> {
    return this.#command(() => {
      const accepted = acceptPin(newPin)
      this.#presentPin(currentPin)
      this.#replacePin(accepted)
    })
  }

  verifyPin(pin: string): Promise<void> {
    return this.#command(() => this.#presentPin(pin))
  }

  generateKeyPair(algorithm: KeyPairAlgorithm): Promise<CardKey> {
    return this.#command(() => {
      this.#requirePin()
      return this.#containers.generate(algorithm)
    })
  }

  sign(keyId: string, hash: HashAlgorithm, data: Uint8Array): Promise<Uint8Array> {
    return this.#command(() => {
      this.#requirePin()
      return this.#containers.sign(keyId, hash, data)
    })
  }

  writeCertificate(keyId: string, certificate: Uint8Array): Promise<void> {
    return this.#command(() => {
      this.#requirePin()
      this.#containers.writeCertificate(keyId, certificate)
    })
  }

  readCertificate(keyId: string): Promise<Uint8Array> {
    return this.#command(() => this.#containers.readCertificate(keyId))
  }

  listKeys(): Promise<readonly CardKey[]> {
    return this.#command(() => this.#containers.list())
  }

  deleteKey(keyId: string): Promise<void> {
    return this.#command(() => {
      if (!this.#isAdministrator) this.#requirePin()
      this.#containers.delete(keyId)
    })
  }

  erase(): Promise<void> {
    return this.#command(() => {
      this.#requireAdministrator()
      this.#containers.erase()
    })
  }

  disconnect(): Promise<void> {
    return this.#command(() => {
      this.#isAdministrator = false
      this.#isPinVerified = false
    })
  }

  /**
   * Runs a command after those before it. A challenge is only promised to live until the next command (ISO/IEC 7816-4,
   * GET CHALLENGE), so it is handed to that command and then gone, whatever the command was.
   */
  #command<Result>(run: (challenge: Uint8Array | undefined) => Result | Promise<Result>): Promise<Result> {
    const result = this.#previousCommand.then(() => {
      const challenge = this.#challenge
      this.#challenge = undefined
      return run(challenge)
    })
    this.#previousCommand = result.catch(() => undefined)
    return result
  }

  #presentPin(pin: string): void {
    this.#isPinVerified = false
    const expected = this.#pin
    if (expected === undefined) {
      throw new CardError('pin-not-set', 'The card has no PIN yet. Have the administrator set one.')
    }
    if (this.#pinCounter.isBlocked) {
      throw new CardError(
        'pin-blocked',
        'Too many wrong PINs have blocked the card. Have the administrator unblock it.',
        0,
      )
    }
    if (!this.#pinCounter.attempt(() => equalInConstantTime(expected, Buffer.from(pin, 'utf8')))) {
      throw new CardError(
        'wrong-pin',
        `The PIN is wrong. ${triesLeft(this.#pinCounter)}`,
        this.#pinCounter.left,
      )
    }
    this.#isPinVerified = true
  }

  #replacePin(pin: Uint8Array): void {
    this.#pin?.fill(0)
    this.#pin = pin
  }

  #requireAdministrator(): void {
    if (!this.#isAdministrator) {
      throw new CardError(
        'security-status-not-satisfied',
        'The card allows this to its administrator only. Authenticate by challenge and response first.',
      )
    }
  }

  #requirePin(): void {
    if (!this.#isPinVerified) {
      throw new CardError(
        'security-status-not-satisfied',
        'The card allows this to its holder only. Verify the PIN first.',
      )
    }
  }
}

function acceptAdminKey(adminKey: Uint8Array): Uint8Array {
  if (adminKey.length !== adminKeyLength) {
    throw new CardError('invalid-key', `An admin key has 24 bytes, not ${adminKey.length}.`)
  }
  return Uint8Array.from(adminKey)
}

function acceptPin(pin: string): Uint8Array {
  const violations = checkPin(cardPinPolicy, pin)
  if (violations.length > 0) {
    throw new CardError(
      'invalid-pin',
      `The card cannot hold this PIN: it ${violations.join(' and ')}. Choose another.`,
    )
  }
  return Uint8Array.from(Buffer.from(pin, 'ascii'))
}

function triesLeft(counter: RetryCounter): string {
  return counter.left === 1 ? 'One try is left.' : `${counter.left} tries are left.`
}
