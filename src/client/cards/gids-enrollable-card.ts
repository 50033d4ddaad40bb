import { CardError } from '../../card/card-error.ts'
import type { GidsSmartCard } from '../../card/gids/host/gids-card.ts'
import { randomPin } from '../../card/secrets/pin.ts'
import type { EnrollableCard } from './enrollable-card.ts'

export interface CardRandomness {
  readonly randomBytes: (length: number) => Uint8Array
  readonly randomUuid: () => string
  /** A whole number below the limit. */
  readonly randomInteger: (limit: number) => number
}

/** Longer than anybody guesses; it is replaced before the card is handed out. */
const firstPinLength = 16
const firstPinPolicy = {
  minimumLength: 4,
  maximumLength: 127,
  digits: 'required',
  uppercase: 'forbidden',
  lowercase: 'forbidden',
  specialCharacters: 'forbidden',
} as const

/** Enrollment's face of a GIDS card. */
export function gidsEnrollableCard(
  card: GidsSmartCard,
  { randomUuid, randomInteger }: CardRandomness,
): EnrollableCard {
  return {
    kind: 'GIDS card',
    answerToReset: card.answerToReset,
    keysNeedAdministrator: false,
    pinIsSetBy: 'administrator',
    readAdminKeyType: async () => 'GIDS-3DES',
    async readCardId() {
      try {
        if (!(await card.isInitialized())) return null
        const cardId = await card.readCardId()
        // Only a card that is in use has an administrator.
        await card.requestChallenge()
        return cardId
      } catch (error) {
        // Files that were created and not activated: whoever furnished it was interrupted.
        if (error instanceof CardError && error.code === 'command-refused') return null
        throw error
      }
    },
    async furnish(adminKey) {
      const cardId = randomUuid()
      await card.initialize({
        cardId,
        adminKey,
        pin: randomPin(firstPinPolicy, firstPinLength, randomInteger),
      })
      return cardId
    },
    requestChallenge: () => card.requestChallenge(),
    authenticateAdministrator: response => card.authenticateAdministrator(response),
    changeAdminKey: newKey => card.changeAdminKey(newKey),
    complete: async () => undefined,
    setPin: pin => card.setPin(pin),
    hasFactoryUnblockingKey: async () => null,
    readUnblockingKeyTries: async () => null,
    changeUnblockingKey: async () => {
      throw new CardError('command-not-supported', 'A GIDS card has no PUK: its admin key unblocks the PIN.')
    },
    verifyPin: (pin, presentation) => card.verifyPin(pin, presentation),
    readPinTries: async () => (await card.readPinTries())?.left ?? null,
    listKeys: () => card.listKeys(),
    generateKeyPair: algorithm => card.generateKeyPair(algorithm),
    sign: (keyId, hash, data) => card.sign(keyId, hash, data),
    writeCertificate: (keyId, certificate) => card.writeCertificate(keyId, certificate),
    installRenewed: (keyId, certificate) => card.writeCertificate(keyId, certificate),
    deleteKey: keyId => card.deleteKey(keyId),
    async erase() {
      await card.erase()
      return []
    },
    disconnect: () => card.disconnect(),
  }
}
