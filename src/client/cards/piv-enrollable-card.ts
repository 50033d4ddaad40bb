import { CardError } from '../../card/card-error.ts'
import type { PivCard } from '../../card/piv/host/piv-card.ts'
import type { EnrollableCard } from './enrollable-card.ts'

/** Where the first keys of an enrollment go. */
const places = ['9a', '9d'] as const

/** Enrollment's face of a PIV card. */
export function pivEnrollableCard(card: PivCard): EnrollableCard {
  return {
    kind: 'PIV card',
    answerToReset: card.answerToReset,
    keysNeedAdministrator: true,
    pinIsSetBy: 'unblocking-key',
    readAdminKeyType: async () => `PIV-${await card.readManagementKeyType()}`,
    async readCardId() {
      try {
        return await card.readCardId()
      } catch (error) {
        if (error instanceof CardError && error.code === 'not-initialized') return null
        throw error
      }
    },
    async furnish(adminKey) {
      await card.authenticateMutually(adminKey)
      return await card.initialize()
    },
    requestChallenge: () => card.requestChallenge(),
    authenticateAdministrator: response => card.authenticateAdministrator(response),
    changeAdminKey: newKey => card.changeAdminKey(newKey),
    async complete() {
      await card.initialize()
    },
    setPin: (pin, unblockingKey) => card.unblockPin(unblockingKey, pin, { spendsLastTry: true }),
    hasFactoryUnblockingKey: async () => (await card.readIsFactoryPuk()) ?? null,
    readUnblockingKeyTries: async () => (await card.readPukTries()) ?? null,
    changeUnblockingKey: (current, next) => card.changePuk(current, next),
    verifyPin: (pin, presentation) => card.verifyPin(pin, presentation),
    readPinTries: async () => (await card.readPinTries()) ?? null,
    listKeys: () => card.listKeys(),
    generateKeyPair: (algorithm, kept) => card.generateKeyPair(algorithm, undefined, kept),
    sign: (keyId, hash, data) => card.sign(keyId, hash, data),
    writeCertificate: (keyId, certificate) => card.writeCertificate(keyId, certificate),
    installRenewed(keyId, certificate, index) {
      const place = places[index]
      return place === undefined
        ? card.writeCertificate(keyId, certificate)
        : card.renewKey(keyId, certificate, place)
    },
    deleteKey: keyId => card.deleteKey(keyId),
    erase: () => card.erase(),
    disconnect: () => card.disconnect(),
  }
}
