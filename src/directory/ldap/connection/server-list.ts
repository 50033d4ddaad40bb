import type { Clock } from '../../../workflows/ports/clock.ts'
import { LdapFault, toLdapFault } from '../ldap-fault.ts'
import type { LdapEvent } from '../ldap-options.ts'
import type { LdapConnection } from './ldap-connection.ts'

export interface ServerList {
  /** Connects to the server that last worked, or else to the next one that does. Throws LdapFault. */
  open(): Promise<LdapConnection>
  /** Does something at the server at which we would connect. Throws LdapFault. */
  use<Result>(work: (url: string) => Promise<Result>): Promise<Result>
  /** Leaves this server alone for a while. */
  failed(url: string, fault: LdapFault): void
}

const firstPause = 1_000
const longestPause = 30_000

/** Domains lock an account after some wrong passwords within some time; ours stays below what is usual. */
const pauseAfterRefusal = 300_000

/**
 * A server that failed is left alone for a second, then two, up to half a minute. Where our own password was refused,
 * no server is asked for five minutes, or until there is another one: each try counts towards locking the account.
 */
export function createServerList(options: {
  readonly urls: readonly string[]
  readonly clock: Clock
  open(url: string): Promise<LdapConnection>
  /** Whether our password is another one by now than the one that was refused; never where it is left out. */
  hasOtherPassword?(): Promise<boolean>
  onEvent(event: LdapEvent): void
}): ServerList {
  const { clock, onEvent } = options
  const servers = options.urls.map(url => ({ url, pause: 0, failedAt: 0 }))
  let current = 0
  let refusal: { readonly fault: LdapFault; readonly at: number } | null = null

  /** The reason, also for those who ask while all servers are left alone. */
  let last = new LdapFault('unreachable', 'No server of the directory has been asked.')

  const now = () => clock.now().getTime()
  /** Not where the clock was set back: that would leave a server alone for as long. */
  const isWithin = (milliseconds: number, since: number) => now() >= since && now() < since + milliseconds

  async function refuseInPause(): Promise<void> {
    if (refusal === null || !isWithin(pauseAfterRefusal, refusal.at)) return
    const { fault } = refusal
    if ((await options.hasOtherPassword?.()) !== true) throw fault
  }

  async function use<Result>(work: (url: string) => Promise<Result>): Promise<Result> {
    await refuseInPause()
    const start = current
    for (let step = 0; step < servers.length; step++) {
      const index = (start + step) % servers.length
      const server = servers[index]
      if (server === undefined || isWithin(server.pause, server.failedAt)) continue
      try {
        const result = await work(server.url)
        current = index
        server.pause = 0
        return result
      } catch (error) {
        const fault = toLdapFault(error, server.url)
        failed(server.url, fault)
        if (fault.kind === 'credentials') break
      }
    }
    throw last
  }

  function failed(url: string, fault: LdapFault): void {
    onEvent({ kind: 'server-failed', url, fault })
    last = fault
    if (fault.kind === 'credentials') {
      refusal = { fault, at: now() }
      return
    }
    const server = servers.find(each => each.url === url)
    if (server === undefined) return
    server.pause = Math.min(longestPause, server.pause === 0 ? firstPause : server.pause * 2)
    server.failedAt = now()
  }

  const open = () =>
    use(async url => {
      const connection = await options.open(url)
      refusal = null
      onEvent({ kind: 'connected', url })
      return connection
    })

  return { open, use, failed }
}
