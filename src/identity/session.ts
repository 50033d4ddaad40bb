import type { AuditRecord } from '../domain/audit-record.ts'
import type { DirectoryUser } from '../domain/directory-user.ts'
import { CardinalError } from '../domain/error.ts'
import {
  mostSessionsOfUser,
  offerToken,
  type Session,
  type SessionRules,
  useSessionToken,
} from '../domain/session.ts'
import type { SignInScheme } from '../domain/sign-in-scheme.ts'
import type { StillCounts } from '../workflows/ports/authenticator.ts'
import type { Clock } from '../workflows/ports/clock.ts'
import type { Randomness } from '../workflows/ports/randomness.ts'
import type { SignInStore, SignInTransaction } from './sign-in-store.ts'
import { hashToken } from './token-hash.ts'

export interface FoundSession {
  readonly session: Session
  /** Whose it is; null where only the company's directory knows that. */
  readonly owner: DirectoryUser | null
  /** Takes the token's place once the client uses it; null where the client keeps the one it has. */
  readonly newToken: string | null
}

export interface Sessions {
  /**
   * Begins a session and returns its token: 256 random bits in base64url. A token is never taken over from the
   * client, so none that was planted there before the sign-in is worth anything after it.
   *
   * Throws CardinalError NotSignedIn where the account was disabled, or what was shown ended, while it was verified: whoever
   * did that ended the sessions that there were, and this one would outlive them.
   */
  begin(
    userUuid: string,
    scheme: SignInScheme,
    address: string,
    stillCounts?: StillCounts,
  ): Promise<{ session: Session; token: string }>
  /** The session that the token belongs to, or null where there is none or it has ended. */
  find(token: string, address: string): Promise<FoundSession | null>
  /** Does nothing where the session has already ended. */
  end(token: string): Promise<void>
}

/** Sessions in the store, which holds a hash of each token only: who reads the database cannot use what is there. */
export function createSessions(options: {
  readonly store: SignInStore
  readonly clock: Clock
  readonly randomness: Pick<Randomness, 'bytes' | 'uuid'>
  readonly rules: SessionRules
}): Sessions {
  const { store, clock, randomness, rules } = options
  const { reader, transactor } = store
  const beingWritten = new Set<string>()

  async function audit(
    transaction: SignInTransaction,
    record: Pick<AuditRecord, 'action' | 'actorUuid' | 'subject' | 'facts'>,
  ): Promise<void> {
    await transaction.audit({ ...record, at: clock.now(), requestUuid: null, correlationId: null })
  }

  async function deleteExpired(transaction: SignInTransaction, now: Date): Promise<void> {
    const before = (seconds: number) => new Date(now.getTime() - seconds * 1000)
    await transaction.deleteSessionsBefore(before(rules.idleSeconds), before(rules.absoluteSeconds))
  }

  /** Leaves room for one more. */
  async function endSurplus(transaction: SignInTransaction, userUuid: string): Promise<void> {
    const sessions = await transaction.listSessionsOfUser(userUuid, 2 * mostSessionsOfUser)
    for (const { uuid } of sessions.slice(mostSessionsOfUser - 1)) {
      await transaction.deleteSession(uuid)
      const facts = { user: userUuid, reason: 'too many sessions' }
      await audit(transaction, { action: 'session-ended', actorUuid: null, subject: uuid, facts })
    }
  }

  /** Decides again, now that nobody else changes the session. */
  async function use(
    transaction: SignInTransaction,
    uuid: string,
    tokenHash: string,
    address: string,
  ): Promise<Omit<FoundSession, 'owner'> | null> {
    const session = await transaction.lockSession(uuid)
    if (session === null) return null
    const now = clock.now()
    const step = useSessionToken(session, tokenHash, now, rules)
    switch (step.kind) {
      case 'keep':
        return { session, newToken: null }
      case 'update':
        await transaction.updateSession(step.session)
        return { session: step.session, newToken: null }
      case 'offer': {
        const newToken = createToken(randomness)
        const offering = offerToken(session, hashToken(newToken), now)
        await transaction.updateSession(offering)
        return { session: offering, newToken }
      }
      case 'forgotten':
        return null
      case 'expired':
        await deleteExpired(transaction, now)
        return null
      case 'copied': {
        await transaction.deleteSession(uuid)
        const facts = { user: session.userUuid, address }
        await audit(transaction, { action: 'session-token-reused', actorUuid: null, subject: uuid, facts })
        return null
      }
    }
  }

  return {
    async begin(userUuid, scheme, address, stillCounts) {
      const token = createToken(randomness)
      const now = clock.now()
      const session: Session = {
        uuid: randomness.uuid(),
        tokenHash: hashToken(token),
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
        await transaction.lockUser(userUuid)
        await requireStillIn(transaction, userUuid, stillCounts)
        await deleteExpired(transaction, now)
        await endSurplus(transaction, userUuid)
        await transaction.insertSession(session)
        const facts = { by: scheme, address, session: session.uuid }
        await audit(transaction, { action: 'signed-in', actorUuid: userUuid, subject: userUuid, facts })
      })
      return { session, token }
    },

    async find(token, address) {
      if (!isToken(token)) return null
      const tokenHash = hashToken(token)
      const found = await reader.findSessionAndOwner(tokenHash)
      if (found === null) return null
      const { session, owner } = found
      const { kind } = useSessionToken(session, tokenHash, clock.now(), rules)
      // Of calls side by side one writes that the session was seen, or is offered a token; the others need not wait.
      const isForOneCall = kind === 'offer' || (kind === 'update' && tokenHash !== session.offered?.tokenHash)
      if (kind === 'keep' || (isForOneCall && beingWritten.has(session.uuid))) {
        return { session, owner, newToken: null }
      }
      beingWritten.add(session.uuid)
      try {
        const used = await transactor.transaction(transaction =>
          use(transaction, session.uuid, tokenHash, address),
        )
        return used === null ? null : { ...used, owner }
      } catch (error) {
        // Whoever only reads goes on while nothing can be written, though not beyond the idle time that is written.
        if (!isForOneCall || !(error instanceof CardinalError) || error.code !== 'ServiceUnavailable')
          throw error
        return { session, owner, newToken: null }
      } finally {
        beingWritten.delete(session.uuid)
      }
    },

    async end(token) {
      if (!isToken(token)) return
      await transactor.transaction(async transaction => {
        const session = await transaction.findSession(hashToken(token))
        if (session === null || !(await transaction.deleteSession(session.uuid))) return
        const { uuid, userUuid } = session
        const facts = { session: uuid }
        await audit(transaction, { action: 'signed-out', actorUuid: userUuid, subject: userUuid, facts })
      })
    },
  }
}

/** The company's directory ends no sessions, and is asked with each call. */
async function requireStillIn(
  transaction: SignInTransaction,
  userUuid: string,
  stillCounts: StillCounts | undefined,
): Promise<void> {
  const local = await transaction.findUser(userUuid)
  if (local?.enabled !== false && (await stillCounts?.(transaction)) !== false) return
  throw new CardinalError(
    'NotSignedIn',
    'The account was disabled, or its password changed, during the sign-in. Sign in again.',
  )
}

const tokenLength = 32

function createToken(randomness: Pick<Randomness, 'bytes'>): string {
  return Buffer.from(randomness.bytes(tokenLength)).toString('base64url')
}

function isToken(text: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/.test(text)
}
