import type { CardConnection } from '../../card-connection.ts'
import { CardError } from '../../card-error.ts'
import { parseCardIdFile } from '../../card-id.ts'
import type { CardExchange } from '../../host/card-exchange.ts'
import { CommandSequence, noChallenge } from '../../host/command-sequence.ts'
import { PinAttempts } from '../../host/pin-attempts.ts'
import { unexpectedAnswer } from '../../host/unexpected-answer.ts'
import type {
  CardKey,
  HashAlgorithm,
  KeyPairAlgorithm,
  PinPresentation,
  SmartCard,
} from '../../smart-card.ts'
import {
  answerChallenge,
  authenticateMutually,
  putAdminKey,
  requestChallenge,
  requireKeyForm,
} from './gids-administrator.ts'
import { changePin, type PinTries, readPinTries, requirePinForm, resetPin, verifyPin } from './gids-pin.ts'
import { type GidsInitialization, initializeGidsCard } from './initialize-gids-card.ts'
import { KeyContainers } from './key-containers.ts'
import { type Change, MinidriverFileSystem } from './minidriver-file-system.ts'
import { newContainerName } from './new-container-name.ts'

export interface GidsCardOptions {
  /** So many unpredictable bytes, such as `randomBytes` of node:crypto. */
  readonly randomBytes: (length: number) => Uint8Array
  /**
   * Whether other programs may write to the card meanwhile; then its freshness counters are read before each command
   * that uses files. Not so by default, as a connection through PC/SC is exclusive.
   */
  readonly isShared?: boolean
}

/** What a GIDS card can do beyond every smart card. */
export interface GidsSmartCard extends SmartCard {
  /** A blank card has neither PIN nor admin key nor files. */
  isInitialized(): Promise<boolean>

  /**
   * Furnishes a blank card. Nobody is authenticated afterwards.
   *
   * @throws CardError 'already-initialized', 'invalid-card-id', 'invalid-key', 'invalid-pin'
   */
  initialize(initialization: GidsInitialization): Promise<void>

  /**
   * Authenticates the administrator to the card and the card to us.
   *
   * @param adminKey 24 bytes
   * @throws CardError 'wrong-response', 'admin-blocked', 'card-not-genuine', 'invalid-key'
   */
  authenticateMutually(adminKey: Uint8Array): Promise<void>

  /** Costs no try. Nothing where the card does not say. */
  readPinTries(): Promise<PinTries | undefined>
}

/** The host's side of a GIDS card (Generic Identity Device Specification 2.0) with the files of Windows' minidriver. */
export class GidsCard implements GidsSmartCard {
  readonly #connection: CardConnection
  readonly #commands: CommandSequence
  readonly #exchange: CardExchange
  readonly #randomBytes: (length: number) => Uint8Array
  readonly #files: MinidriverFileSystem
  readonly #containers: KeyContainers
  readonly #attempts: PinAttempts
  #isAdministrator = false
  #isPinVerified = false

  constructor(connection: CardConnection, exchange: CardExchange, options: GidsCardOptions) {
    this.#connection = connection
    this.#commands = new CommandSequence(connection)
    this.#exchange = exchange
    this.#randomBytes = options.randomBytes
    this.#files = new MinidriverFileSystem(exchange, options.isShared ?? false)
    this.#containers = new KeyContainers(exchange, this.#files, () => newContainerName(options.randomBytes))
    this.#attempts = new PinAttempts(options.randomBytes(32))
  }

  get answerToReset(): string {
    return this.#connection.answerToReset
  }

  isInitialized(): Promise<boolean> {
    return this.#fileCommand(() => this.#files.isInitialized())
  }

  initialize(initialization: GidsInitialization): Promise<void> {
    return this.#commands.run(async () => {
      // A card in use would let its verified holder pass for the maker.
      if (this.#isPinVerified || this.#isAdministrator) throw initializedCard()
      await initializeGidsCard(this.#exchange, this.#files, initialization)
      this.#attempts.forget()
    })
  }

  readCardId(): Promise<string> {
    return this.#fileCommand(async () => {
      const content = await this.#files.read(await this.#files.requireEntry('', 'cardid'))
      if (content === undefined) throw unexpectedAnswer('The card lists a card id and has none.')
      return parseCardIdFile(content)
    })
  }

  requestChallenge(): Promise<Uint8Array> {
    return this.#commands.run(async () => {
      this.#isAdministrator = false
      const challenge = await requestChallenge(this.#exchange)
      this.#commands.noteChallenge()
      return challenge
    })
  }

  authenticateAdministrator(response: Uint8Array): Promise<void> {
    return this.#commands.run(async hasChallenge => {
      this.#isAdministrator = false
      if (!hasChallenge) throw noChallenge()
      await answerChallenge(this.#exchange, response)
      this.#isAdministrator = true
    })
  }

  authenticateMutually(adminKey: Uint8Array): Promise<void> {
    return this.#commands.run(async () => {
      this.#isAdministrator = false
      await authenticateMutually(this.#exchange, adminKey, this.#randomBytes)
      this.#isAdministrator = true
    })
  }

  changeAdminKey(newKey: Uint8Array): Promise<void> {
    return this.#commands.run(async () => {
      this.#requireAdministrator()
      requireKeyForm(newKey)
      await putAdminKey(this.#exchange, newKey)
    })
  }

  readPinTries(): Promise<PinTries | undefined> {
    return this.#commands.run(() => readPinTries(this.#exchange))
  }

  setPin(pin: string): Promise<void> {
    return this.#commands.run(async () => {
      this.#requireAdministrator()
      requirePinForm(pin)
      await this.#announce({ pins: true })
      await resetPin(this.#exchange, pin)
      this.#isAdministrator = false
      this.#isPinVerified = false
      this.#attempts.forget()
    })
  }

  changePin(currentPin: string, newPin: string, presentation?: PinPresentation): Promise<void> {
    return this.#commands.run(async () => {
      requirePinForm(newPin)
      // The card parts old and new PIN by the length of its own: a longer wrong one could become part of the new.
      await this.#presentPin(currentPin, presentation)
      await this.#announce({ pins: true })
      await changePin(this.#exchange, currentPin, newPin)
      this.#attempts.forget()
    })
  }

  verifyPin(pin: string, presentation?: PinPresentation): Promise<void> {
    return this.#commands.run(() => this.#presentPin(pin, presentation))
  }

  generateKeyPair(algorithm: KeyPairAlgorithm): Promise<CardKey> {
    return this.#fileCommand(() => {
      this.#requirePin()
      return this.#containers.generate(algorithm)
    })
  }

  sign(keyId: string, hash: HashAlgorithm, data: Uint8Array): Promise<Uint8Array> {
    return this.#fileCommand(() => {
      this.#requirePin()
      return this.#containers.sign(keyId, hash, data)
    })
  }

  writeCertificate(keyId: string, certificate: Uint8Array): Promise<void> {
    return this.#fileCommand(() => {
      this.#requirePin()
      return this.#containers.writeCertificate(keyId, certificate)
    })
  }

  readCertificate(keyId: string): Promise<Uint8Array> {
    return this.#fileCommand(() => this.#containers.readCertificate(keyId))
  }

  listKeys(): Promise<readonly CardKey[]> {
    return this.#fileCommand(() => this.#containers.list())
  }

  deleteKey(keyId: string): Promise<void> {
    return this.#fileCommand(() => {
      if (!this.#isAdministrator) this.#requirePin()
      return this.#containers.delete(keyId)
    })
  }

  erase(): Promise<void> {
    return this.#fileCommand(() => {
      this.#requireAdministrator()
      return this.#containers.erase()
    })
  }

  disconnect(): Promise<void> {
    return this.#commands.disconnect()
  }

  #fileCommand<Result>(run: () => Promise<Result>): Promise<Result> {
    return this.#commands.run(async () => {
      await this.#files.refresh()
      return await run()
    })
  }

  async #presentPin(pin: string, presentation: PinPresentation | undefined): Promise<void> {
    try {
      await verifyPin(this.#exchange, this.#attempts, pin, presentation)
      this.#isPinVerified = true
    } catch (error) {
      if (error instanceof CardError && error.code === 'wrong-pin') this.#isPinVerified = false
      throw error
    }
  }

  /** A card that cannot tell others of a new PIN gets one nevertheless. */
  async #announce(change: Change): Promise<void> {
    try {
      await this.#files.announce(change)
    } catch (error) {
      const mayFail = ['not-initialized', 'security-status-not-satisfied', 'command-refused', 'no-such-file']
      if (!(error instanceof CardError) || !mayFail.includes(error.code)) throw error
    }
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

function initializedCard(): CardError {
  return new CardError('already-initialized', 'The card is in use. Erase it as its administrator instead.')
}
