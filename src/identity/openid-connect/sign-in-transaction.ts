import { timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../workflows/ports/clock.ts'
import type { Vault } from '../../workflows/ports/vault.ts'
import { LeastRecentlyUsedMap } from '../least-recently-used-map.ts'
import { SignInRefusal } from '../sign-in-refusal.ts'

/** What is needed to finish a sign-in that a browser began. The browser keeps it, sealed. */
export interface SignInTransaction {
  readonly state: string
  readonly nonce: string
  /** RFC 7636 §4.1. */
  readonly codeVerifier: string
  readonly returnTo: string
}

export interface SignInTransactions {
  /** In base64url, for a cookie. */
  seal(transaction: SignInTransaction): string
  /**
   * Opens one that was sealed within the last ten minutes, once, and only for whoever brings its state along: a page of
   * another site that leads the browser here does not use it up.
   *
   * @throws SignInRefusal no-transaction, wrong-state, expired-transaction, repeated-transaction
   */
  spend(sealed: string | null, state: string | null): SignInTransaction
}

const purpose = 'sign-in by browser'
const lifetimeMilliseconds = 600_000
const longestSealed = 4096
/** More than anybody begins in ten minutes; an older one that is pushed out meets the provider, which takes a code once. */
const spentCapacity = 10_000

/** Sealed by the vault, so that any server of several with the same key may finish what another began. */
export function createSignInTransactions(options: {
  readonly vault: Vault
  readonly clock: Clock
}): SignInTransactions {
  const { vault, clock } = options
  const spent = new LeastRecentlyUsedMap<true>(spentCapacity)

  return {
    seal(transaction) {
      const content = JSON.stringify({ ...transaction, begunAt: clock.now().getTime() })
      return Buffer.from(vault.seal(purpose, Buffer.from(content))).toString('base64url')
    },
    spend(sealed, state) {
      if (sealed === null || sealed.length > longestSealed) throw withoutTransaction()
      const { begunAt, ...transaction } = parse(open(vault, sealed))
      if (!isSame(transaction.state, state ?? '')) {
        throw new SignInRefusal(
          'wrong-state',
          "The provider's answer belongs to another sign-in than the browser's cookie. It may have been begun in two windows.",
        )
      }
      const age = clock.now().getTime() - begunAt
      if (age < 0 || age >= lifetimeMilliseconds) {
        throw new SignInRefusal('expired-transaction', 'The sign-in was begun more than ten minutes ago.')
      }
      if (spent.get(transaction.state) === true) {
        throw new SignInRefusal('repeated-transaction', 'The sign-in was finished before.')
      }
      spent.set(transaction.state, true)
      return transaction
    },
  }
}

function isSame(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)]
  return left.length === right.length && timingSafeEqual(left, right)
}

function open(vault: Vault, sealed: string): string {
  try {
    return Buffer.from(vault.open(purpose, Buffer.from(sealed, 'base64url'))).toString()
  } catch (error) {
    throw withoutTransaction(error)
  }
}

function parse(content: string): SignInTransaction & { readonly begunAt: number } {
  const { state, nonce, codeVerifier, returnTo, begunAt }: Record<string, unknown> = JSON.parse(content)
  const texts = [state, nonce, codeVerifier, returnTo].every(value => typeof value === 'string')
  if (!texts || typeof begunAt !== 'number') throw withoutTransaction()
  return {
    state: String(state),
    nonce: String(nonce),
    codeVerifier: String(codeVerifier),
    returnTo: String(returnTo),
    begunAt,
  }
}

function withoutTransaction(cause?: unknown): SignInRefusal {
  return new SignInRefusal(
    'no-transaction',
    'The browser came back without the cookie with which it left.',
    cause,
  )
}
