import type { Socket } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { LdapFault, ldapResult } from '../ldap-fault.ts'
import type { LdapSettings } from '../ldap-options.ts'
import { closedByServer, explainConnection } from './advice-on-connection.ts'
import { openExchange } from './ldap-exchange.ts'
import { startTlsRequest } from './ldap-message.ts'
import { tlsOptions, within } from './ldap-socket.ts'

/** Encrypts a connection (RFC 4511 §4.14); resolves once the certificate has been checked. The socket is the caller's. */
export async function startTls(socket: Socket, url: string, settings: LdapSettings): Promise<TLSSocket> {
  const { connectTimeoutMilliseconds } = settings
  try {
    return await within(connectTimeoutMilliseconds, `${url}: no TLS in time`, (resolve, reject) => {
      const start = async () => {
        await agree(socket, url)
        const secured = connect({ ...tlsOptions(url, settings), socket })
        secured.once('secureConnect', () => resolve(secured))
        // It stays: nobody else listens until the client does.
        secured.on('error', reject)
        secured.once('close', () => reject(new Error(closedByServer)))
      }
      start().catch(reject)
    })
  } catch (error) {
    throw explainConnection(error, url)
  }
}

async function agree(socket: Socket, url: string): Promise<void> {
  using exchange = openExchange(socket)
  const { resultCode, diagnosticMessage } = await exchange.ask('extended', 1, startTlsRequest(1))
  if (resultCode !== ldapResult.success)
    throw new LdapFault(
      'unreachable',
      `${url}: the server starts no TLS (result ${resultCode}: ${diagnosticMessage})`,
      resultCode,
    )
  // Whoever is between us and the server could put it there, to be taken for an answer that came encrypted.
  if (!exchange.isDrained) throw new LdapFault('unreachable', `${url}: more than an answer came before TLS`)
}
