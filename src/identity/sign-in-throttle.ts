import { CardinalError } from '../domain/error.ts'
import type { Clock } from '../workflows/ports/clock.ts'
import { clientNetwork } from './client-network.ts'
import { FailureCounter } from './failure-counter.ts'
import { LeastRecentlyUsedMap } from './least-recently-used-map.ts'

/** One attempt to sign in. It counts as failed from its beginning, so that attempts side by side count too. */
export interface SignInAttempt {
  succeed(): void
  /** Makes the attempt as though it had not been: it was not decided, or its failure is counted elsewhere. */
  withdraw(): void
}

export interface SignInThrottle {
  /** Throws CardinalError SignInThrottled where an attempt would have to wait. Counts nothing. */
  check(accountName: string, address: string): void
  /** Throws CardinalError SignInThrottled with the seconds to wait. A refused attempt is not counted. */
  begin(accountName: string, address: string): SignInAttempt
}

/** Guessing at one account from one place: nobody else is hurt by a long delay. */
const accountAtNetworkDelays = { free: 3, longestSeconds: 15 * 60 }
/** Guessing at one account from everywhere. The cap is low, because the delay also meets the account's owner. */
const accountDelays = { free: 10, longestSeconds: 30 }
/** Guessing at many accounts from one place. The cap is low, because a whole office may share the address. */
const networkDelays = { free: 30, longestSeconds: 60 }

/**
 * Slows down failed sign-ins by account, by address and by both together. Delays double from one second to a cap.
 *
 * Whoever has once signed in to an account from an address no longer meets the delays that others cause for that
 * account or at that address: nobody can be kept out by somebody else's guessing from elsewhere.
 *
 * Accounts are told apart by the name as it was given, without its domain, whether or not there is such an account:
 * the delays do not betray which names exist.
 *
 * The state is held in the memory of this process: it is lost at a restart, and several processes count each for
 * itself. It is bounded: at most `capacity` accounts, addresses and pairs are remembered, and the one met longest ago
 * is forgotten first.
 */
export function createSignInThrottle(options: {
  readonly clock: Clock
  readonly capacity?: number
}): SignInThrottle {
  const { clock, capacity = 20_000 } = options
  const pairs = new FailureCounter(accountAtNetworkDelays, capacity)
  const accounts = new FailureCounter(accountDelays, capacity)
  const networks = new FailureCounter(networkDelays, capacity)
  const trustedPairs = new LeastRecentlyUsedMap<true>(capacity)

  function refuseWaiting(account: string, network: string, now: number): void {
    const pair = pairOf(account, network)
    const waits = [pairs.wait(pair, now)]
    if (trustedPairs.get(pair) === undefined)
      waits.push(accounts.wait(account, now), networks.wait(network, now))
    const wait = Math.max(...waits)
    if (wait === 0) return
    const retryAfter = Math.ceil(wait / 1000)
    throw new CardinalError('SignInThrottled', `Too many failed sign-ins. Try again in ${retryAfter} s.`, {
      retryAfter,
    })
  }

  return {
    check(accountName, address) {
      refuseWaiting(accountKey(accountName), clientNetwork(address), clock.now().getTime())
    },
    begin(accountName, address) {
      const account = accountKey(accountName)
      const network = clientNetwork(address)
      const pair = pairOf(account, network)
      const now = clock.now().getTime()
      refuseWaiting(account, network, now)
      const takeBacks = [pairs.add(pair, now), accounts.add(account, now), networks.add(network, now)]
      const withdraw = () => {
        for (const takeBack of takeBacks.splice(0)) takeBack()
      }
      return {
        withdraw,
        succeed() {
          withdraw()
          pairs.forget(pair)
          trustedPairs.set(pair, true)
        },
      }
    },
  }
}

/** `alice`, `CONTOSO\alice` and `alice@contoso.com` are one account's names. */
function accountKey(accountName: string): string {
  const withoutDomain = accountName.slice(accountName.lastIndexOf('\\') + 1)
  return (withoutDomain.split('@', 1)[0] ?? '').toLowerCase().slice(0, 64)
}

function pairOf(account: string, network: string): string {
  return `${account}\n${network}`
}
