import type { SignInScheme } from './sign-in-scheme.ts'

export interface LocalAccount {
  readonly userUuid: string
  /** Self-describing scrypt hash. */
  readonly passwordHash: string
}

export interface Session {
  readonly uuid: string
  /** SHA-256 of the token, lower-case hex. */
  readonly tokenHash: string
  /** The hash of a token that was sent to take the place of the first one, until the client uses it. */
  readonly offered: { readonly tokenHash: string; readonly at: Date } | null
  /** The token before, for calls that were under way when it was replaced. */
  readonly previousTokenHash: string | null
  /** When the token was last replaced, or the session begun. */
  readonly renewedAt: Date
  readonly userUuid: string
  /** How its user signed in. */
  readonly scheme: SignInScheme
  /** The network address that it was begun from. */
  readonly address: string
  readonly begunAt: Date
  readonly lastSeenAt: Date
}

export interface SessionLimits {
  /** A session ends when it was not used for this long. */
  readonly idleSeconds: number
  /** A session ends this long after it began, used or not. */
  readonly absoluteSeconds: number
}

export interface SessionRules extends SessionLimits {
  /** A token that is older than this is replaced. */
  readonly renewalSeconds: number
}

/** The one of a user's sessions that was used longest ago ends when there would be more. */
export const mostSessionsOfUser = 100

/** Calls that are under way when a token is replaced arrive within this time, and answers with the new one. */
const graceMilliseconds = 60_000
/** How exactly it is known when a session was last seen. */
const touchMilliseconds = 60_000

/** What follows from a call by one of a session's tokens. */
export type SessionStep =
  /** The call is the session's, and nothing is written. */
  | { readonly kind: 'keep' }
  /** The call is the session's, which is now this. */
  | { readonly kind: 'update'; readonly session: Session }
  /** The call is the session's, and its answer brings a new token: {@link offerToken}. */
  | { readonly kind: 'offer' }
  /** The token was one of the session's and is none any more. */
  | { readonly kind: 'forgotten' }
  | { readonly kind: 'expired' }
  /** Two parties have the session's tokens, for the client itself has used the newer one: the session must end. */
  | { readonly kind: 'copied' }

/**
 * Decides about a call by one of a session's tokens.
 *
 * A token that is due for renewal stays good while a new one is offered; the client's first use of the new one makes
 * it the token. So a lost answer signs nobody out, and of calls side by side at most one is offered a token a minute:
 * an answer that another one overtakes does not bring a token that is already worthless.
 */
export function useSessionToken(
  session: Session,
  tokenHash: string,
  now: Date,
  rules: SessionRules,
): SessionStep {
  if (now > sessionExpiry(session, rules)) return { kind: 'expired' }
  if (tokenHash === session.offered?.tokenHash) {
    const promoted = { tokenHash, offered: null, previousTokenHash: session.tokenHash, renewedAt: now }
    return { kind: 'update', session: { ...session, ...promoted, lastSeenAt: now } }
  }
  if (tokenHash === session.previousTokenHash) {
    return isPast(session.renewedAt, graceMilliseconds, now) ? { kind: 'copied' } : seen(session, now)
  }
  if (tokenHash !== session.tokenHash) return { kind: 'forgotten' }
  const isDue = isPast(session.renewedAt, rules.renewalSeconds * 1000, now)
  const isOffered = session.offered !== null && !isPast(session.offered.at, graceMilliseconds, now)
  return isDue && !isOffered ? { kind: 'offer' } : seen(session, now)
}

/** The session, after a token was sent that may take the place of the one in use. */
export function offerToken(session: Session, tokenHash: string, now: Date): Session {
  return { ...session, offered: { tokenHash, at: now }, lastSeenAt: now }
}

/** The time after which a session has ended, if it is not used meanwhile. */
export function sessionExpiry(
  { lastSeenAt, begunAt }: Pick<Session, 'lastSeenAt' | 'begunAt'>,
  { idleSeconds, absoluteSeconds }: SessionLimits,
): Date {
  return new Date(
    Math.min(lastSeenAt.getTime() + idleSeconds * 1000, begunAt.getTime() + absoluteSeconds * 1000),
  )
}

function seen(session: Session, now: Date): SessionStep {
  const isKnown = !isPast(session.lastSeenAt, touchMilliseconds, now)
  return isKnown ? { kind: 'keep' } : { kind: 'update', session: { ...session, lastSeenAt: now } }
}

function isPast(since: Date, milliseconds: number, now: Date): boolean {
  return now.getTime() - since.getTime() >= milliseconds
}
