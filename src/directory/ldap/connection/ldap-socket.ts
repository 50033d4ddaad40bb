import { connect, isIP, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectSecurely } from 'node:tls'
import { LdapFault } from '../ldap-fault.ts'
import type { LdapSettings } from '../ldap-options.ts'
import { closedByServer, explainConnection } from './advice-on-connection.ts'

/** Connects, over TLS for `ldaps:`; resolves once the certificate has been checked too. */
export async function openSocket(url: string, settings: LdapSettings): Promise<Socket> {
  const { protocol, port } = new URL(url)
  const isSecure = protocol === 'ldaps:'
  const host = hostOf(url)
  const socket = isSecure
    ? connectSecurely({ ...tlsOptions(url, settings), port: Number(port || 636) })
    : connect({ host, port: Number(port || 389) })
  try {
    await within(settings.connectTimeoutMilliseconds, `${url}: no connection in time`, (resolve, reject) => {
      socket.once(isSecure ? 'secureConnect' : 'connect', resolve)
      socket.once('error', reject)
      socket.once('close', () => reject(new Error(closedByServer)))
    })
  } catch (error) {
    // Whatever the socket still says has been told.
    socket.on('error', () => {}).destroy()
    throw explainConnection(error, url)
  }
  return socket.removeAllListeners()
}

/** For the server of this URL: its name is checked against the certificate. */
export function tlsOptions(url: string, settings: LdapSettings): ConnectionOptions & { host: string } {
  const host = hostOf(url)
  const { certificationAuthorities, checkCertificate = true } = settings.tls ?? {}
  return {
    host,
    // RFC 6066 §3: an address is no server name.
    ...(isIP(host) === 0 && { servername: host }),
    ...(certificationAuthorities !== undefined && { ca: certificationAuthorities }),
    rejectUnauthorized: checkCertificate,
  }
}

/** @throws LdapFault where it takes longer */
export async function within<Result>(
  milliseconds: number,
  message: string,
  work: (resolve: (result: Result) => void, reject: (error: unknown) => void) => void,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  try {
    return await new Promise<Result>((resolve, reject) => {
      timer = setTimeout(() => reject(new LdapFault('unreachable', message)), milliseconds)
      work(resolve, reject)
    })
  } finally {
    clearTimeout(timer)
  }
}

/** An IPv6 address without its brackets. */
export function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[(.*)\]$/, '$1')
}
