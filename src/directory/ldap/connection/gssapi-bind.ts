import type { Socket } from 'node:net'
import { LdapFault, ldapResult } from '../ldap-fault.ts'
import type { GssapiInitiator } from './gssapi-initiator.ts'
import { openExchange } from './ldap-exchange.ts'
import { type LdapAnswer, saslBindRequest } from './ldap-message.ts'
import { hostOf } from './ldap-socket.ts'

const mechanism = 'GSSAPI'
/** Kerberos takes two: AP-REQ and AP-REP, and nothing. */
const mostSteps = 5
const noLayer = 0x01

/**
 * Signs in by SASL GSSAPI without a security layer (RFC 4752 §3.1): over TLS, which is one already. Active Directory
 * allows no other there (MS-ADTS 5.1.1.1.2).
 *
 * The answers are read here because SASL's part of them is octets, which the LDAP client takes for text.
 */
export async function bindByGssapi(
  socket: Socket,
  url: string,
  initiator: GssapiInitiator,
  signal: AbortSignal,
): Promise<void> {
  const context = await initiator.initiate(hostOf(url), signal)
  using exchange = openExchange(socket)
  let messageId = 0
  const ask = async (credentials: Uint8Array): Promise<LdapAnswer> => {
    messageId += 1
    return await exchange.ask('bind', messageId, saslBindRequest(messageId, mechanism, credentials))
  }

  let answer: LdapAnswer | null = null
  for (let step = 0; !context.isComplete; step++) {
    if (step === mostSteps) throw new LdapFault('unreachable', `${url}: the negotiation has no end`)
    const token = await context.step(answer?.saslCredentials ?? new Uint8Array())
    answer = await ask(token)
    if (answer.resultCode === ldapResult.invalidCredentials) initiator.forgetTickets()
    refuseUnless(answer, ldapResult.saslBindInProgress, url)
  }
  const offer = await context.unwrap(answer?.saslCredentials ?? new Uint8Array())
  const [layers = 0] = offer
  if (offer.length !== 4)
    throw new LdapFault('unreachable', `${url}: the offer of security layers is malformed`)
  if ((layers & noLayer) === 0) throw new LdapFault('unreachable', `${url}: ${layerRequired}`)
  refuseUnless(await ask(await context.wrapNoLayer()), ldapResult.success, url)
}

const layerRequired =
  'the server insists on signing beneath TLS. Samba: set "ldap server require strong auth" to ' +
  '"allow_sasl_over_tls" in smb.conf'

/** No fault of our credentials: each server decides by keys of its own, and no account is locked by a ticket. */
function refuseUnless(answer: LdapAnswer, expected: number, url: string): void {
  const { resultCode, diagnosticMessage } = answer
  if (resultCode === expected) return
  const advice =
    resultCode === ldapResult.success
      ? 'the server ended the negotiation early'
      : (adviceFor.get(resultCode) ?? 'the server refused the ticket')
  const said = diagnosticMessage === '' ? '' : `: ${diagnosticMessage}`
  throw new LdapFault('unreachable', `${url}: ${advice} (result ${resultCode}${said})`, resultCode)
}

const adviceFor: ReadonlyMap<number, string> = new Map([
  [ldapResult.authMethodNotSupported, 'the server does not offer SASL GSSAPI'],
  [ldapResult.strongerAuthRequired, layerRequired],
  [
    ldapResult.invalidCredentials,
    'the server does not accept the ticket: compare its clock with this machine’s; where it demands channel binding, ' +
      'take bindDn and bindPasswordFile',
  ],
])
