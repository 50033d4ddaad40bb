import type { CardConnection } from '../../card-connection.ts'
import { CardError } from '../../card-error.ts'
import type { CardExchange } from '../../host/card-exchange.ts'
import { CommandSequence, noChallenge } from '../../host/command-sequence.ts'
import type { ManagementKeyType } from '../../secrets/management-key.ts'
import type { CardKey, HashAlgorithm, KeyPairAlgorithm, PinPresentation } from '../../smart-card.ts'
import { dataObject } from '../piv-identifiers.ts'
import {
  capabilityIdLength,
  cardIdOfSerialNumber,
  encodeCardCapabilityContainer,
  encodeCardHolderUniqueIdentifier,
  newCardId,
  readCardHolderUniqueIdentifier,
} from './card-identity.ts'
import { readObject, writeObject } from './data-objects.ts'
import { readAttestationCertificate } from './key-attestation.ts'
import {
  answerChallenge,
  authenticateMutually,
  findManagementKeyType,
  putManagementKey,
  requestChallenge,
} from './management-key-authentication.ts'
import type { PivCard, PivCardOptions } from './piv-card.ts'
import { PivExtensions } from './piv-extensions.ts'
import { PivPins } from './piv-pins.ts'
import { renewKey } from './renew-key.ts'
import { resetPivCard } from './reset-piv-card.ts'
import { requireSlot, SlotKeys } from './slot-keys.ts'

/** The host's side of a PIV card whose application is selected. Commands run one after another. */
export class ConnectedPivCard implements PivCard {
  readonly #connection: CardConnection
  readonly #commands: CommandSequence
  readonly #exchange: CardExchange
  readonly #extensions: PivExtensions
  readonly #pins: PivPins
  readonly #keys: SlotKeys
  readonly #randomBytes: (length: number) => Uint8Array
  #managementKeyType: ManagementKeyType | undefined
  #isAdministrator = false

  constructor(connection: CardConnection, exchange: CardExchange, options: PivCardOptions) {
    this.#connection = connection
    this.#commands = new CommandSequence(connection)
    this.#exchange = exchange
    this.#randomBytes = options.randomBytes
    this.#extensions = new PivExtensions(exchange)
    this.#pins = new PivPins(exchange, this.#extensions, options.randomBytes)
    this.#keys = new SlotKeys(exchange, this.#extensions)
    this.#managementKeyType = options.managementKeyType
  }

  get answerToReset(): string {
    return this.#connection.answerToReset
  }

  readSerialNumber(): Promise<number | undefined> {
    return this.#commands.run(() => this.#extensions.readSerialNumber())
  }

  readCardId(): Promise<string> {
    return this.#commands.run(async () => {
      const cardId = await this.#findCardId()
      if (cardId !== undefined) return cardId
      throw new CardError(
        'not-initialized',
        'The card has neither a serial number nor a card holder unique identifier. Initialize it.',
      )
    })
  }

  initialize(): Promise<string> {
    return this.#commands.run(async () => {
      this.#requireAdministrator()
      const cardId = (await this.#findCardId()) ?? newCardId(this.#randomBytes(16))
      const { cardHolderUniqueIdentifier, cardCapabilityContainer } = dataObject
      if ((await readObject(this.#exchange, cardHolderUniqueIdentifier)) === undefined) {
        const content = encodeCardHolderUniqueIdentifier(cardId)
        await writeObject(this.#exchange, cardHolderUniqueIdentifier, content)
      }
      if ((await readObject(this.#exchange, cardCapabilityContainer)) === undefined) {
        const content = encodeCardCapabilityContainer(this.#randomBytes(capabilityIdLength))
        await writeObject(this.#exchange, cardCapabilityContainer, content)
      }
      return cardId
    })
  }

  readManagementKeyType(): Promise<ManagementKeyType> {
    return this.#commands.run(() => this.#findManagementKeyType())
  }

  requestChallenge(): Promise<Uint8Array> {
    return this.#commands.run(async () => {
      const challenge = await requestChallenge(this.#exchange, await this.#findManagementKeyType())
      this.#commands.noteChallenge()
      return challenge
    })
  }

  authenticateAdministrator(response: Uint8Array): Promise<void> {
    return this.#commands.run(async hasChallenge => {
      this.#isAdministrator = false
      if (!hasChallenge) throw noChallenge()
      await answerChallenge(this.#exchange, await this.#findManagementKeyType(), response)
      this.#isAdministrator = true
    })
  }

  authenticateMutually(key: Uint8Array): Promise<void> {
    return this.#commands.run(async () => {
      this.#isAdministrator = false
      const type = await this.#findManagementKeyType()
      await authenticateMutually(this.#exchange, type, key, this.#randomBytes)
      this.#isAdministrator = true
    })
  }

  changeAdminKey(newKey: Uint8Array): Promise<void> {
    return this.#commands.run(async () => {
      this.#requireAdministrator()
      await putManagementKey(this.#exchange, await this.#findManagementKeyType(), newKey)
    })
  }

  setManagementKey(type: ManagementKeyType, key: Uint8Array): Promise<void> {
    return this.#commands.run(async () => {
      this.#requireAdministrator()
      await putManagementKey(this.#exchange, type, key)
      this.#managementKeyType = type
    })
  }

  verifyPin(pin: string, presentation?: PinPresentation): Promise<void> {
    return this.#commands.run(() => this.#pins.verify(pin, presentation))
  }

  changePin(currentPin: string, newPin: string, presentation?: PinPresentation): Promise<void> {
    return this.#commands.run(() => this.#pins.changePin(currentPin, newPin, presentation))
  }

  changePuk(currentPuk: string, newPuk: string, presentation?: PinPresentation): Promise<void> {
    return this.#commands.run(() => this.#pins.changePuk(currentPuk, newPuk, presentation))
  }

  unblockPin(puk: string, newPin: string, presentation?: PinPresentation): Promise<void> {
    return this.#commands.run(() => this.#pins.unblockPin(puk, newPin, presentation))
  }

  readPinTries(): Promise<number | undefined> {
    return this.#commands.run(() => this.#pins.readPinTries())
  }

  readPukTries(): Promise<number | undefined> {
    return this.#commands.run(() => this.#pins.readPukTries())
  }

  readIsFactoryPuk(): Promise<boolean | undefined> {
    return this.#commands.run(() => this.#pins.readIsFactoryPuk())
  }

  generateKeyPair(algorithm: KeyPairAlgorithm, keyId?: string, kept?: readonly string[]): Promise<CardKey> {
    return this.#commands.run(() => {
      this.#requireAdministrator()
      return this.#keys.generate(algorithm, keyId, kept)
    })
  }

  sign(keyId: string, hash: HashAlgorithm, data: Uint8Array): Promise<Uint8Array> {
    return this.#commands.run(() => this.#keys.sign(keyId, hash, data))
  }

  writeCertificate(keyId: string, certificate: Uint8Array): Promise<void> {
    return this.#commands.run(() => {
      this.#requireAdministrator()
      return this.#keys.writeCertificate(keyId, certificate)
    })
  }

  renewKey(keyId: string, certificate: Uint8Array, place: '9a' | '9d'): Promise<void> {
    return this.#commands.run(() => {
      this.#requireAdministrator()
      const card = { exchange: this.#exchange, extensions: this.#extensions, keys: this.#keys }
      return renewKey(card, keyId, certificate, requireSlot(place))
    })
  }

  readCertificate(keyId: string): Promise<Uint8Array> {
    return this.#commands.run(() => this.#keys.readCertificate(keyId))
  }

  attestKey(keyId: string): Promise<Uint8Array> {
    return this.#commands.run(() => this.#keys.attest(keyId))
  }

  readAttestationCertificate(): Promise<Uint8Array> {
    return this.#commands.run(() => readAttestationCertificate(this.#exchange))
  }

  listKeys(): Promise<readonly CardKey[]> {
    return this.#commands.run(() => this.#keys.list())
  }

  deleteKey(keyId: string): Promise<void> {
    return this.#commands.run(() => {
      this.#requireAdministrator()
      return this.#keys.delete(keyId)
    })
  }

  erase(): Promise<readonly string[]> {
    return this.#commands.run(() => {
      this.#requireAdministrator()
      return this.#keys.erase()
    })
  }

  reset(): Promise<void> {
    return this.#commands.run(async () => {
      await resetPivCard(this.#exchange, this.#extensions, this.#randomBytes)
      this.#isAdministrator = false
      this.#managementKeyType = undefined
      this.#pins.forget()
      this.#keys.forget()
    })
  }

  disconnect(): Promise<void> {
    return this.#commands.disconnect()
  }

  async #findCardId(): Promise<string | undefined> {
    const serialNumber = await this.#extensions.readSerialNumber()
    if (serialNumber !== undefined) return cardIdOfSerialNumber(serialNumber)
    const content = await readObject(this.#exchange, dataObject.cardHolderUniqueIdentifier)
    return content && (await readCardHolderUniqueIdentifier(content))
  }

  async #findManagementKeyType(): Promise<ManagementKeyType> {
    this.#managementKeyType ??= await findManagementKeyType(this.#exchange, this.#extensions)
    return this.#managementKeyType
  }

  #requireAdministrator(): void {
    if (!this.#isAdministrator) {
      throw new CardError(
        'security-status-not-satisfied',
        'The card allows this to its administrator only. Authenticate by the management key first.',
      )
    }
  }
}
