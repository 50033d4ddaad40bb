import {
  type KerberosAuthenticator,
  readKerberosAuthenticator,
  readSessionKey,
} from './kerberos-authenticator.ts'
import {
  decryptKerberos,
  isKnownEncryption,
  KerberosEncryptionError,
  keyUsage,
} from './kerberos-encryption.ts'
import type { KerberosRequest } from './kerberos-request.ts'
import type { KeytabEntry } from './keytab.ts'
import { isServiceKey } from './service-keys.ts'

/**
 * Reads what the client of a ticket says of the channel that it sends the ticket through. It proves who the client is no
 * further than the library has proved it before: neither times nor repetitions are looked at.
 *
 * @param keys all that the keytab holds
 * @returns null where ticket or proof are encrypted in a way that is not known here, such as rc4-hmac
 * @throws KerberosEncryptionError where no key fits; X509Error where what is encrypted is malformed
 */
export function readChannelBindings(
  { ticket, authenticator }: KerberosRequest,
  keys: readonly KeytabEntry[],
): KerberosAuthenticator | null {
  if (!isKnownEncryption(ticket.encryptionType)) return null
  const session = readSessionKey(decryptTicket(ticket, keys))
  if (!isKnownEncryption(session.encryptionType)) return null
  return readKerberosAuthenticator(decryptKerberos(authenticator, session.key, keyUsage.authenticator))
}

/**
 * The library tries every key for HTTP of the right type, whatever version and name the ticket says in the clear; so must
 * be done here, where the same key has to be found.
 */
function decryptTicket(ticket: KerberosRequest['ticket'], keys: readonly KeytabEntry[]): Uint8Array {
  const fitting = keys.filter(key => isServiceKey(key) && key.encryptionType === ticket.encryptionType)
  for (const { key } of fitting) {
    try {
      return decryptKerberos(ticket, key, keyUsage.ticket)
    } catch (error) {
      if (!(error instanceof KerberosEncryptionError)) throw error
    }
  }
  throw new KerberosEncryptionError('the keytab has no key that decrypts the ticket')
}
