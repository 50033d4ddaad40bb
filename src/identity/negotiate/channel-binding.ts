import { timingSafeEqual } from 'node:crypto'
import { X509Error } from '../../x509/x509-error.ts'
import { SignInRefusal } from '../sign-in-refusal.ts'
import { printable } from './gssapi-refusal.ts'
import { type KerberosAuthenticator, readKerberosAuthenticator } from './kerberos/kerberos-authenticator.ts'
import {
  decryptKerberos,
  isKnownEncryption,
  KerberosEncryptionError,
  keyUsage,
} from './kerberos/kerberos-encryption.ts'
import type { KerberosRequest } from './kerberos/kerberos-request.ts'
import type { OpenedTicket } from './ticket-opener.ts'

/**
 * What is asked of tickets beside being good: `when-supported` that one which is bound to a TLS connection is bound to one
 * with this server, and that whoever can bind his does; `require` that every one is.
 */
export type ChannelBindingPolicy = 'when-supported' | 'require'

export interface ChannelBindingOptions {
  readonly policy: ChannelBindingPolicy
  /** The bindings of 16 octets that clients of this server have now. */
  expectedBindings(): Promise<readonly Uint8Array[]>
}

/**
 * Looks whether a ticket was made for the TLS connection that it came through: one that somebody took on to here, from a
 * connection between the client and another server, was not.
 *
 * @param request what the library accepted
 * @param client whom the library found in it, as in `alice@CONTOSO.COM`
 * @param ticket null where it cannot be opened
 * @throws SignInRefusal channel-binding-mismatch, channel-binding-missing, channel-binding-unreadable
 */
export type ChannelBindingCheck = (
  request: KerberosRequest,
  client: string,
  ticket: OpenedTicket | null,
) => Promise<void>

/** Extended Protection for Authentication, as Windows calls it (RFC 5056, RFC 5929 §4). */
export function createChannelBindingCheck(options: ChannelBindingOptions): ChannelBindingCheck {
  const { policy, expectedBindings } = options

  function read(ticket: OpenedTicket, { authenticator }: KerberosRequest): KerberosAuthenticator | null {
    const { client, sessionKey } = ticket
    try {
      if (!isKnownEncryption(sessionKey.encryptionType)) return null
      const part = decryptKerberos(authenticator, sessionKey.key, keyUsage.authenticator)
      const found = readKerberosAuthenticator(part)
      if (found.client === client) return found
    } catch (error) {
      if (!(error instanceof X509Error || error instanceof KerberosEncryptionError)) throw error
      throw unreadable(
        `The channel bindings of ${printable(client)} cannot be read: ${error.message}.`,
        error,
      )
    }
    throw unreadable(`The channel bindings that came with the ticket of ${printable(client)} are not theirs.`)
  }

  return async (request, client, ticket) => {
    const found = ticket === null ? null : read(ticket, request)
    if (found === null) {
      if (policy === 'when-supported') return
      throw unreadable(
        `The ticket of ${printable(client)} is not encrypted by AES, so that its channel bindings cannot be read. ` +
          'Allow AES for the accounts of the client and of the service.',
      )
    }
    if (found.channelBindings === null) {
      if (policy === 'when-supported' && !found.isClientBindingAware) return
      throw new SignInRefusal(
        'channel-binding-missing',
        `The ticket of ${printable(client)} is bound to no TLS connection` +
          (found.isClientBindingAware
            ? ', though the client can bind tickets: it was made for a connection without TLS, or by a program that does not.'
            : '.'),
      )
    }
    const { channelBindings } = found
    const expected = await expectedOrRefusal(expectedBindings)
    if (expected.some(bindings => timingSafeEqual(bindings, channelBindings))) return
    throw new SignInRefusal(
      'channel-binding-mismatch',
      `The ticket of ${printable(client)} is bound to a TLS connection with another certificate than this server has. ` +
        'Either somebody took it on to here, or TLS ends at a proxy whose certificate is not in ' +
        'negotiate.channelBindingCertificateFiles.',
    )
  }
}

/** The files of the server may have gone, or be half written, since it began. */
async function expectedOrRefusal(
  expectedBindings: ChannelBindingOptions['expectedBindings'],
): Promise<readonly Uint8Array[]> {
  try {
    return await expectedBindings()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw unreadable(`What channel bindings are checked by cannot be read: ${printable(reason)}`, error)
  }
}

function unreadable(message: string, cause?: unknown): SignInRefusal {
  return new SignInRefusal('channel-binding-unreadable', message, cause)
}
