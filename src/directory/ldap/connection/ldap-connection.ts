import type { Socket } from 'node:net'
import { Attribute, Change, Client, type Filter, type SearchOptions } from 'ldapts'
import { type LdapEntry, readEntry } from '../attributes/ldap-entry.ts'
import { LdapFault, toLdapFault } from '../ldap-fault.ts'
import type { LdapSettings } from '../ldap-options.ts'
import { explainAnswer } from './advice-on-answer.ts'
import { bindByGssapi } from './gssapi-bind.ts'
import { openSocket, within } from './ldap-socket.ts'
import { startTls } from './start-tls.ts'

export interface Search {
  readonly base: string
  readonly scope: 'base' | 'one' | 'sub'
  /** A value, never text put together: it goes over the wire in parts (RFC 4511 §4.5.1.7), so no name can break out. */
  readonly filter: Filter
  readonly attributes: readonly string[]
  /** Those of them whose values are no text. */
  readonly binary?: readonly string[]
  readonly limit: number
}

/** One connection to one server, bound. Every method throws LdapFault. */
export interface LdapConnection {
  readonly url: string
  readonly isOpen: boolean
  /** At most `limit` entries, in one answer. Referrals are not followed. */
  search(search: Search): Promise<readonly LdapEntry[]>
  /** Page by page (RFC 2696). More than `limit` entries are a fault. */
  searchAll(search: Search): Promise<readonly LdapEntry[]>
  changeValue(dn: string, operation: 'add' | 'delete', attribute: string, value: Uint8Array): Promise<void>
  close(): Promise<void>
}

/** Connects and signs in; what fails on the way is closed again. */
export async function openLdapConnection(url: string, settings: LdapSettings): Promise<LdapConnection> {
  try {
    const socket = await openSecuredSocket(url, settings)
    const client = clientOver(socket)
    try {
      await bind(client, url, settings)
    } catch (error) {
      await close(client, socket, settings)
      throw error
    }
    return connectionOf(client, socket, url, settings)
  } catch (error) {
    throw explainAnswer(toLdapFault(error, url), url, settings)
  }
}

/** What comes before the client has the socket, since it cannot do that, or not as strictly. */
async function openSecuredSocket(url: string, settings: LdapSettings): Promise<Socket> {
  const plain = await openSocket(url, settings)
  // It stays: nobody else listens until the client does.
  plain.on('error', () => {})
  let socket = plain
  try {
    if (settings.startTls) socket = await startTls(plain, url, settings)
    await signInByGssapi(socket, url, settings)
    return socket
  } catch (error) {
    for (const each of [socket, plain]) each.destroy()
    throw error
  }
}

/** The client would connect again by itself, unencrypted and anonymous; it gets this one socket and no other. */
function clientOver(socket: Socket): Client {
  const sockets = [socket]
  return new Client({
    url: 'ldap://connected',
    createConnection: () => {
      const only = sockets.pop()
      if (only === undefined || only.destroyed) throw new Error('The connection is closed.')
      return only
    },
  })
}

async function signInByGssapi(socket: Socket, url: string, settings: LdapSettings): Promise<void> {
  const { credentials } = settings
  if (credentials === undefined || !('gssapi' in credentials)) return
  const waiting = new AbortController()
  try {
    await answered(url, settings, () => bindByGssapi(socket, url, credentials.gssapi, waiting.signal))
  } finally {
    waiting.abort()
  }
}

async function bind(client: Client, url: string, settings: LdapSettings): Promise<void> {
  const { credentials } = settings
  if (credentials === undefined || 'gssapi' in credentials) return
  const password = await credentials.readPassword()
  // RFC 4513 §5.1.2: the server would take this as an anonymous bind and call it a success.
  if (password === '')
    throw new LdapFault(
      'credentials',
      'The password for the directory is empty: write it into the file of ldap.bindPasswordFile.',
    )
  await answered(url, settings, () => client.bind(credentials.bindDn, password))
}

function connectionOf(client: Client, socket: Socket, url: string, settings: LdapSettings): LdapConnection {
  const attempt = async <Result>(
    what: { readonly base: string } | { readonly written: string },
    work: () => Promise<Result>,
  ): Promise<Result> => {
    try {
      return await answered(url, settings, work)
    } catch (error) {
      throw explainAnswer(toLdapFault(error, url, 'disconnected'), url, settings, what)
    }
  }
  const searchOptions = (search: Search): SearchOptions => ({
    scope: search.scope,
    filter: search.filter,
    attributes: [...search.attributes],
    explicitBufferAttributes: [...(search.binary ?? [])],
    timeLimit: Math.ceil(settings.operationTimeoutMilliseconds / 1000),
    derefAliases: 'never',
  })
  return {
    url,
    get isOpen() {
      return !socket.destroyed
    },
    search: search =>
      attempt(search, async () => {
        const options = { ...searchOptions(search), sizeLimit: search.limit }
        const { searchEntries } = await client.search(search.base, options)
        return searchEntries.map(readEntry)
      }),
    searchAll: search =>
      attempt(search, async () => {
        const entries: LdapEntry[] = []
        const options = { ...searchOptions(search), paged: { pageSize: settings.pageSize } }
        for await (const { searchEntries } of client.searchPaginated(search.base, options)) {
          entries.push(...searchEntries.map(readEntry))
          if (entries.length > search.limit) {
            throw new LdapFault('operation', `${url}: more than ${search.limit} entries`)
          }
        }
        return entries
      }),
    changeValue: (dn, operation, attribute, value) =>
      attempt({ written: `${attribute} of ${dn}` }, () => {
        const modification = new Attribute({ type: attribute, values: [Buffer.from(value)] })
        return client.modify(dn, new Change({ operation, modification }))
      }),
    close: () => close(client, socket, settings),
  }
}

function answered<Result>(url: string, settings: LdapSettings, work: () => Promise<Result>): Promise<Result> {
  return within(settings.operationTimeoutMilliseconds, `${url}: no answer in time`, (resolve, reject) => {
    work().then(resolve, reject)
  })
}

/** Says goodbye where that is still possible. No handle stays, so that the process can end. */
async function close(client: Client, socket: Socket, settings: LdapSettings): Promise<void> {
  const goodbye = within<void>(
    settings.connectTimeoutMilliseconds,
    'no goodbye in time',
    (resolve, reject) => {
      client.unbind().then(resolve, reject)
    },
  )
  await goodbye.catch(() => {})
  socket.destroy()
}
