import { createHash } from 'node:crypto'
import type { Session } from '../domain/session.ts'
import type { SignInScheme } from '../domain/sign-in-scheme.ts'
import type { Clock, Randomness } from '../workflows/ports.ts'
import type { SignInStore } from './sign-in-store.ts'

export interface SessionLimits {
  /** A session ends when it was not used for this long. */
  readonly idleSeconds: number
  /** A session ends this long after it began, used or not. */
  readonly absoluteSeconds: number
}

export interface FoundSession {
  readonly session: Session
  /** Takes the token's place from now on; null where the client keeps the one it has. */
  readonly newToken: string | null
}

export interface Sessions {
  /**
   * Begins a session and returns its token: 256 random bits in base64url. A token is never taken over from the
   * client, so none that was planted there before the sign-in is worth anything after it.
   */
  begin(userUuid: string, scheme: SignInScheme, address: string): Promise<{ session: Session; token: string }>
  /** The session that the token belongs to, or null where there is none or it has ended. */
  find(token: string): Promise<FoundSession | null>
  /** Does nothing where the session has already ended. */
  end(token: string): Promise<void>
}

const tokenLength = 32
const touchIntervalMilliseconds = 60_000

/** Sessions in the store, which holds a hash of each token only: who reads the database cannot use what is there. */
export function createSessions(options: {
  readonly store: SignInStore
  readonly clock: Clock
  readonly randomness: Pick<Randomness, 'bytes' | 'uuid'>
  readonly limits: SessionLimits
}): Sessions {
  const { store, clock, randomness, limits } = options
  const { reader, transactor } = store
  const beingTouched = new Set<string>()

  /** Sessions last seen, or begun, before these times have ended. */
  function horizon(now: Date): { lastSeen: Date; begun: Date } {
    return {
      lastSeen: new Date(now.getTime() - limits.idleSeconds * 1000),
      begun: new Date(now.getTime() - limits.absoluteSeconds * 1000),
    }
  }

  async function touch(tokenHash: string, now: Date): Promise<void> {
    if (beingTouched.has(tokenHash)) return
    beingTouched.add(tokenHash)
    try {
      await transactor.transaction(transaction => transaction.touchSession(tokenHash, now))
    } finally {
      beingTouched.delete(tokenHash)
    }
  }

  return {
    async begin(userUuid, scheme, address) {
      const token = Buffer.from(randomness.bytes(tokenLength)).toString('base64url')
      const tokenHash = hashToken(token)
      const now = clock.now()
      const { lastSeen, begun } = horizon(now)
      const session: Session = {
        uuid: randomness.uuid(),
        tokenHash,
        offered: null,
        previousTokenHash: null,
        renewedAt: now,
        userUuid,
        scheme,
        address,
        begunAt: now,
        lastSeenAt: now,
      }
      await transactor.transaction(async transaction => {
        await transaction.deleteSessionsBefore(lastSeen, begun)
        await transaction.insertSession(session)
        await transaction.audit({
          at: now,
          action: 'signed-in',
          actorUuid: userUuid,
          requestUuid: null,
          subject: userUuid,
          facts: { by: scheme, address, session: session.uuid },
          correlationId: null,
        })
      })
      return { session, token }
    },

    async find(token) {
      if (!isToken(token)) return null
      const session = await reader.findSession(hashToken(token))
      if (session === null) return null
      const now = clock.now()
      const { lastSeen, begun } = horizon(now)
      if (session.lastSeenAt < lastSeen || session.begunAt < begun) {
        await transactor.transaction(transaction => transaction.deleteSessionsBefore(lastSeen, begun))
        return null
      }
      if (now.getTime() - session.lastSeenAt.getTime() >= touchIntervalMilliseconds) {
        await touch(session.tokenHash, now)
      }
      return { session, newToken: null }
    },

    async end(token) {
      if (!isToken(token)) return
      const tokenHash = hashToken(token)
      await transactor.transaction(async transaction => {
        const session = await transaction.findSession(tokenHash)
        if (session === null) return
        await transaction.deleteSession(tokenHash)
        await transaction.audit({
          at: clock.now(),
          action: 'signed-out',
          actorUuid: session.userUuid,
          requestUuid: null,
          subject: session.userUuid,
          facts: {},
          correlationId: null,
        })
      })
    },
  }
}

function isToken(text: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/.test(text)
}

function hashToken(token: string): string {
  return createHash('sha256').update(token, 'ascii').digest('hex')
}
