import type { DirectoryUser } from '../../domain/directory-user.ts'
import type { Directory } from '../../workflows/ports/directory.ts'
import type { AuthorizationScheme } from '../authentication-scheme.ts'
import { SignInRefusal } from '../sign-in-refusal.ts'
import type { ChannelBindingCheck } from './channel-binding.ts'
import { domainOf } from './domain-of.ts'
import type { GssapiAcceptor } from './gssapi-acceptor.ts'
import { gssapiRefusal, printable } from './gssapi-refusal.ts'
import type { ServiceTicketName } from './kerberos/kerberos-request.ts'
import { isNamed } from './kerberos/service-keys.ts'
import { longestToken, readNegotiateToken } from './negotiate-token.ts'
import type { TicketOpener } from './ticket-opener.ts'
import { readTicketSid } from './ticket-sid.ts'

export interface NegotiateSchemeOptions {
  readonly acceptor: GssapiAcceptor
  readonly directory: Pick<Directory, 'findUserByName' | 'findUserBySid'>
  /** The one that tickets must be for, `HTTP/host` or `HTTP/host@REALM`; undefined for any of the keytab's. */
  readonly servicePrincipal: string | undefined
  readonly openTicket: TicketOpener
  /** Whether a ticket must say by security identifier whose it is. */
  readonly requiresSid: boolean
  /** null where tickets may come through any connection. */
  readonly checkChannelBinding: ChannelBindingCheck | null
}

/**
 * Windows Integrated Authentication: signs in by a Kerberos ticket (RFC 4559), and begins a session, so that a client
 * needs one ticket and one round trip for many calls. NTLM is not taken.
 *
 * A ticket of Active Directory says whose it is by security identifier, which stays when an account is renamed. Where it
 * need not and says so by name alone, the name is looked up as an account name and in no other way. A domain controller that finds no
 * account by a name goes on to try other names; looked up in any of these ways here, the same text could mean somebody else.
 */
export function createNegotiateScheme(options: NegotiateSchemeOptions): AuthorizationScheme {
  const { acceptor, directory, servicePrincipal, openTicket, requiresSid, checkChannelBinding } = options

  async function findUser(client: string, sid: string | null): Promise<DirectoryUser> {
    const user = (sid === null ? null : await directory.findUserBySid(sid)) ?? (await findNamed(client, sid))
    const domain = domainOf(user.distinguishedName)
    const realm = client.slice(client.lastIndexOf('@') + 1)
    if (domain === null || domain.toLowerCase() !== realm.toLowerCase()) {
      throw new SignInRefusal(
        'unknown-realm',
        `${printable(client)} is of another realm than the directory's users: ${domain ?? 'they are of none'}.`,
      )
    }
    if (!user.enabled) {
      throw new SignInRefusal('disabled-account', `The account of ${printable(client)} is disabled.`)
    }
    return user
  }

  async function findNamed(client: string, sid: string | null): Promise<DirectoryUser> {
    const account = accountOf(client)
    const user = await directory.findUserByName(account)
    if (user === null || user.accountName.toLowerCase() !== account.toLowerCase()) {
      throw new SignInRefusal(
        'unknown-user',
        `The directory has no account ${sid === null ? 'named as' : `${sid}, nor one named as`} ${printable(client)}.` +
          (sid === null ? ' The ticket must name the account as the domain does.' : ''),
      )
    }
    // A directory that counts its accounts otherwise than the domain controller does knows them by name alone.
    if (sid !== null && domainSidOf(user.sid) === domainSidOf(sid)) {
      throw new SignInRefusal(
        'renamed-account',
        `The ticket of ${printable(client)} was issued to ${sid}, whom the directory does not know; the name has ` +
          'gone to somebody else since. Whoever has it now signs in with a new ticket.',
      )
    }
    return user
  }

  return {
    name: 'negotiate',
    challenge: 'Negotiate',

    async identify(header) {
      const token = readHeader(header)
      const request = readNegotiateToken(Buffer.from(token, 'base64'))
      const ticketFor = printable(`${request.principal}@${request.realm}`)
      requireService(request, servicePrincipal, ticketFor)
      const { client, answer } = await acceptor.accept(token).catch((error: unknown) => {
        throw error instanceof Error && error.name === 'CardinalError'
          ? error
          : gssapiRefusal(error, ticketFor)
      })
      const ticket = await openTicket(request, client)
      await checkChannelBinding?.(request, client, ticket)
      const sid = ticket === null ? null : readTicketSid(ticket)
      if (requiresSid && sid === null) throw unidentified(client, ticket !== null)
      const user = await findUser(client, sid)
      return {
        user,
        scheme: 'negotiate',
        beginsSession: true,
        ...(answer !== null && { challenge: `Negotiate ${answer}` }),
      }
    },
  }
}

/** The token, in base64 as RFC 4648 §4 has it and in no other spelling. */
function readHeader(header: string): string {
  if (header.length > Math.ceil(longestToken / 3) * 4 + 'negotiate '.length) {
    throw new SignInRefusal('token-too-large', `The token has more than ${longestToken} octets.`)
  }
  const token = /^negotiate ([A-Za-z0-9+/]+={0,2})$/i.exec(header)?.[1]
  if (token === undefined || Buffer.from(token, 'base64').toString('base64') !== token) {
    throw new SignInRefusal('malformed-token', 'The Authorization header holds no token in base64.')
  }
  return token
}

function requireService(
  name: ServiceTicketName,
  servicePrincipal: string | undefined,
  ticketFor: string,
): void {
  const isOurs =
    servicePrincipal === undefined ? /^http\//i.test(name.principal) : isNamed(servicePrincipal, name)
  if (isOurs) return
  throw new SignInRefusal(
    'wrong-service-principal',
    `The ticket is for ${ticketFor}, not for ${servicePrincipal ?? 'HTTP/…'}.`,
  )
}

/** A user's name has one component; services have more, and a name with special characters is no account's. */
function accountOf(client: string): string {
  const [, account] = /^([^/@\\]{1,256})@[^/@\\]{1,256}$/.exec(client) ?? []
  if (account === undefined) {
    throw new SignInRefusal('unknown-user', `${printable(client)} is no user's name.`)
  }
  return account
}

/** Whoever asks for a ticket can have it without: then it would be the next owner's of its name. */
function unidentified(client: string, isReadable: boolean): SignInRefusal {
  return new SignInRefusal(
    'no-privilege-attributes',
    `The ticket of ${printable(client)} does not say by security identifier whose it is: ` +
      (isReadable
        ? 'it was asked for without a privilege attribute certificate, or the account of the service is set to get none (NO_AUTH_DATA_REQUIRED).'
        : 'it is not encrypted by AES, so that it cannot be read. Allow AES for the account of the service.') +
      ' negotiate.privilegeAttributes says whether it must.',
  )
}

/** What stands before an account's own number. */
function domainSidOf(sid: string): string {
  return sid.slice(0, sid.lastIndexOf('-'))
}
