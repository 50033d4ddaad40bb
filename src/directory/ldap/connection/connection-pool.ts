import { LdapFault } from '../ldap-fault.ts'
import type { LdapConnection } from './ldap-connection.ts'
import type { ServerList } from './server-list.ts'

export interface ConnectionPool {
  /**
   * Does the work with a connection that nobody else uses meanwhile, once more with another where that one broke: the
   * work must be such that doing it twice does no harm. Throws LdapFault.
   */
  run<Result>(work: (connection: LdapConnection) => Promise<Result>): Promise<Result>
  close(): Promise<void>
}

const mostWaiting = 1_000

/** At most `size` connections; whoever finds none free waits in line. */
export function createConnectionPool(servers: ServerList, size: number): ConnectionPool {
  const idle: LdapConnection[] = []
  const waiting: (() => void)[] = []
  let used = 0
  let isClosed = false

  async function run<Result>(work: (connection: LdapConnection) => Promise<Result>): Promise<Result> {
    await enter()
    try {
      if (isClosed) throw new LdapFault('unreachable', 'The directory was closed.')
      const connection = takeIdle() ?? (await servers.open())
      try {
        return await use(connection, work)
      } catch (error) {
        if (!isBroken(error)) throw error
      }
      return await use(await servers.open(), work)
    } finally {
      leave()
    }
  }

  async function use<Result>(
    connection: LdapConnection,
    work: (connection: LdapConnection) => Promise<Result>,
  ): Promise<Result> {
    let isUsable = true
    try {
      return await work(connection)
    } catch (error) {
      isUsable = !isBroken(error)
      if (error instanceof LdapFault && error.kind === 'unreachable') servers.failed(connection.url, error)
      throw error
    } finally {
      if (isUsable && !isClosed) idle.push(connection)
      else await connection.close()
    }
  }

  /** A server may close a connection that it has not heard of for long; such a one is forgotten. */
  function takeIdle(): LdapConnection | undefined {
    for (;;) {
      const connection = idle.pop()
      if (connection === undefined || connection.isOpen) return connection
    }
  }

  async function enter(): Promise<void> {
    if (used < size) {
      used++
      return
    }
    if (waiting.length >= mostWaiting) throw new LdapFault('unreachable', 'Too many wait for the directory.')
    await new Promise<void>(resolve => waiting.push(resolve))
  }

  /** The place goes to the first in line, if there is one. */
  function leave(): void {
    const next = waiting.shift()
    if (next === undefined) used--
    else next()
  }

  async function close(): Promise<void> {
    isClosed = true
    await Promise.all(idle.splice(0).map(connection => connection.close()))
  }

  return { run, close }
}

function isBroken(error: unknown): boolean {
  return error instanceof LdapFault && (error.kind === 'unreachable' || error.kind === 'disconnected')
}
