import { apiTokenPrefix } from '../domain/api-token.ts'
import { CardinalError } from '../domain/error.ts'
import type { Clock } from '../workflows/ports/clock.ts'
import type { Directory } from '../workflows/ports/directory.ts'
import type { Identified } from './authentication-scheme.ts'
import type { AccessTokens } from './bearer-scheme.ts'
import { SignInRefusal } from './sign-in-refusal.ts'
import type { SignInStore } from './sign-in-store.ts'
import { hashToken } from './token-hash.ts'

const form = new RegExp(`^${apiTokenPrefix}[A-Za-z0-9_-]{43}$`)
const touchIntervalMilliseconds = 60_000

/**
 * Signs in by API tokens, for the scopes that each holds. When one was last used is written at most once a minute.
 */
export function createApiTokens(options: {
  readonly store: SignInStore
  readonly directory: Pick<Directory, 'findUser'>
  readonly clock: Clock
}): AccessTokens {
  const { store, directory, clock } = options
  const beingTouched = new Set<string>()

  async function touch(uuid: string, now: Date): Promise<void> {
    if (beingTouched.has(uuid)) return
    beingTouched.add(uuid)
    try {
      await store.transactor.transaction(transaction => transaction.touchApiToken(uuid, now))
    } catch (error) {
      // Whoever only reads goes on while nothing can be written.
      if (!(error instanceof CardinalError) || error.code !== 'ServiceUnavailable') throw error
    } finally {
      beingTouched.delete(uuid)
    }
  }

  async function identify(token: string): Promise<Identified> {
    if (!form.test(token)) throw new SignInRefusal('malformed-api-token', 'An API token has another form.')
    const found = await store.reader.findApiToken(hashToken(token))
    if (found === null) {
      throw new SignInRefusal('unknown-api-token', 'The API token was revoked, or there never was one.')
    }
    const now = clock.now()
    if (now >= found.expiresAt) {
      const expired = found.expiresAt.toISOString()
      throw new SignInRefusal(
        'expired-api-token',
        `The API token ${found.uuid} expired at ${expired}. Its owner can create another one.`,
      )
    }
    const user = await directory.findUser(found.userUuid)
    if (user?.enabled !== true) {
      throw new SignInRefusal(
        'disabled-user',
        `The user ${found.userUuid} of the API token ${found.uuid} is disabled or gone. Revoke the token.`,
      )
    }
    const { lastUsedAt } = found
    if (lastUsedAt === null || now.getTime() - lastUsedAt.getTime() >= touchIntervalMilliseconds) {
      await touch(found.uuid, now)
    }
    return { user, scheme: 'api-token', scopes: new Set(found.scopes) }
  }

  return { identify }
}
