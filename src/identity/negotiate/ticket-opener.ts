import { X509Error } from '../../x509/x509-error.ts'
import { SignInRefusal } from '../sign-in-refusal.ts'
import { printable } from './gssapi-refusal.ts'
import {
  decryptKerberos,
  isKnownEncryption,
  KerberosEncryptionError,
  keyUsage,
} from './kerberos/kerberos-encryption.ts'
import type { EncryptedData, KerberosRequest } from './kerberos/kerberos-request.ts'
import type { KeytabEntry } from './kerberos/keytab.ts'
import { isServiceKey } from './kerberos/service-keys.ts'
import { readTicketContent, type TicketContent } from './kerberos/ticket-content.ts'

/** A ticket that the library has accepted, and the key of the service that opens it. */
export interface OpenedTicket extends TicketContent {
  readonly serviceKey: Uint8Array
}

/**
 * Opens a ticket to read what the library does not tell of it. It proves no further who the client is than the library
 * has proved before: neither times nor repetitions are looked at.
 *
 * @param client whom the library found in it, as in `alice@CONTOSO.COM`
 * @returns null where it is encrypted in a way that is not known here, such as rc4-hmac
 * @throws SignInRefusal unreadable-ticket
 */
export type TicketOpener = (request: KerberosRequest, client: string) => Promise<OpenedTicket | null>

/** @param readKeys all that the keytab holds now; asked for again where no key of those before fits */
export function createTicketOpener(readKeys: () => Promise<readonly KeytabEntry[]>): TicketOpener {
  let keys: readonly KeytabEntry[] = []

  /** A service gets a new key now and then; the ticket under it was accepted, so that the keytab must have it. */
  async function openByLatestKeys(ticket: EncryptedData): Promise<OpenedTicket> {
    try {
      return openTicket(ticket, keys)
    } catch (error) {
      if (!(error instanceof KerberosEncryptionError)) throw error
    }
    keys = await readKeys()
    return openTicket(ticket, keys)
  }

  return async ({ ticket }, client) => {
    if (!isKnownEncryption(ticket.encryptionType)) return null
    try {
      const opened = await openByLatestKeys(ticket)
      if (opened.client === client) return opened
    } catch (error) {
      const reason =
        error instanceof X509Error || error instanceof KerberosEncryptionError
          ? error.message
          : `The keytab cannot be read: ${printable(error instanceof Error ? error.message : String(error))}`
      throw unreadable(
        `The ticket of ${printable(client)} was accepted, but cannot be read: ${reason}.`,
        error,
      )
    }
    throw unreadable(`What is in the ticket of ${printable(client)} is another's.`)
  }
}

/**
 * The library tries every key for HTTP of the right type, whatever version and name the ticket says in the clear; so must
 * be done here, where the same key has to be found.
 */
function openTicket(ticket: EncryptedData, keys: readonly KeytabEntry[]): OpenedTicket {
  const fitting = keys.filter(key => isServiceKey(key) && key.encryptionType === ticket.encryptionType)
  for (const { key } of fitting) {
    const content = decryptBy(key, ticket)
    if (content !== null) return { ...readTicketContent(content), serviceKey: key }
  }
  throw new KerberosEncryptionError('the keytab has no key that decrypts the ticket')
}

function decryptBy(key: Uint8Array, ticket: EncryptedData): Uint8Array | null {
  try {
    return decryptKerberos(ticket, key, keyUsage.ticket)
  } catch (error) {
    if (error instanceof KerberosEncryptionError) return null
    throw error
  }
}

function unreadable(message: string, cause?: unknown): SignInRefusal {
  return new SignInRefusal('unreadable-ticket', message, cause)
}
