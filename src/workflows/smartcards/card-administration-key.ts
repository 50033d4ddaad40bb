import { authenticationResponse, parseAdminKeyHex } from '../../card/secrets/admin-key.ts'
import { diversifyAdminKey, type MasterKey } from '../../card/secrets/diversified-admin-key.ts'
import {
  diversifyManagementKey,
  type ManagementKeyType,
  managementKeyCiphers,
  managementKeyResponse,
} from '../../card/secrets/management-key.ts'
import type { AdminKeyType } from '../../domain/admin-key-type.ts'
import { CardinalError } from '../../domain/error.ts'

/** The cryptography of each type of key, behind one face. */
interface CardAdministrationKey {
  /** Bytes. */
  readonly challengeLength: number
  diversify(master: MasterKey, cardId: string): Uint8Array
  /** The key that new cards come with. Throws PolicyForbids where a template cannot say one of this type. */
  readDefault(hex: string): Uint8Array
  /** @param challenge as long as `challengeLength` says */
  respond(key: Uint8Array, challenge: Uint8Array): Uint8Array
}

const gids: CardAdministrationKey = {
  challengeLength: 8,
  diversify: diversifyAdminKey,
  readDefault: parseAdminKeyHex,
  respond: authenticationResponse,
}

function piv(type: ManagementKeyType): CardAdministrationKey {
  const { challengeLength, keyLength } = managementKeyCiphers[type]
  return {
    challengeLength,
    diversify: (master, cardId) => diversifyManagementKey(master, cardId, type),
    readDefault(hex) {
      const key = parseAdminKeyHex(hex)
      if (key.length === keyLength) return key
      throw new CardinalError(
        'PolicyForbids',
        `The default admin key of the profile template has ${key.length} bytes; a management key of ${type} has ${keyLength}.`,
        { rule: 'profile template: defaultAdminKeyHex' },
      )
    },
    respond: (key, challenge) => managementKeyResponse(type, key, challenge),
  }
}

export const cardAdministrationKeys: Readonly<Record<AdminKeyType, CardAdministrationKey>> = {
  'GIDS-3DES': gids,
  'PIV-3DES': piv('3DES'),
  'PIV-AES-128': piv('AES-128'),
  'PIV-AES-192': piv('AES-192'),
  'PIV-AES-256': piv('AES-256'),
}
