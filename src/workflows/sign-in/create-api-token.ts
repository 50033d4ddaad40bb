import { createHash } from 'node:crypto'
import {
  type ApiToken,
  apiTokenBytes,
  apiTokenPrefix,
  longestApiTokenDays,
  longestApiTokenName,
  mostApiTokensOfUser,
} from '../../domain/api-token.ts'
import { CardinalError } from '../../domain/error.ts'
import type { Scope } from '../../domain/scope.ts'
import { auditEntry } from '../audit-entry.ts'
import type { Environment } from '../environment.ts'
import type { ScopedCaller } from '../people/account-access.ts'

export interface NewApiToken {
  readonly name: string
  readonly scopes: ReadonlySet<Scope>
  readonly expiresAt: Date
}

/**
 * Creates an API token of the caller: `cardinal_` and 256 random bits in base64url. It is returned this once and
 * stored only as a hash. Throws InvalidParameter, NotPermitted where the call itself does not reach one of the scopes,
 * TooManyApiTokens.
 */
export async function createApiToken(
  environment: Pick<Environment, 'store' | 'clock' | 'randomness'>,
  caller: ScopedCaller,
  { name, scopes, expiresAt }: NewApiToken,
): Promise<{ readonly apiToken: ApiToken; readonly token: string }> {
  const now = environment.clock.now()
  requireName(name)
  requireScopes(scopes, caller)
  requireExpiry(expiresAt, now)
  const secret = Buffer.from(environment.randomness.bytes(apiTokenBytes)).toString('base64url')
  const token = `${apiTokenPrefix}${secret}`
  const apiToken: ApiToken = {
    uuid: environment.randomness.uuid(),
    tokenHash: createHash('sha256').update(token, 'ascii').digest('hex'),
    userUuid: caller.user.uuid,
    name,
    scopes: [...scopes],
    createdAt: now,
    expiresAt,
    lastUsedAt: null,
  }
  await environment.store.transactor.transaction(async transaction => {
    await transaction.lockUser(apiToken.userUuid)
    await transaction.deleteExpiredApiTokens(apiToken.userUuid, now)
    const others = await transaction.listApiTokensOfUser(apiToken.userUuid, mostApiTokensOfUser)
    if (others.length === mostApiTokensOfUser) {
      throw new CardinalError(
        'TooManyApiTokens',
        `A user has at most ${mostApiTokensOfUser} API tokens. Revoke one that is not used any more.`,
      )
    }
    await transaction.insertApiToken(apiToken)
    const facts = { name, scopes: apiToken.scopes.join(' '), expires: expiresAt.toISOString() }
    await transaction.audit(
      auditEntry(environment, caller, 'api-token-created', { subject: apiToken.uuid, facts }),
    )
  })
  return { apiToken, token }
}

function requireName(name: string): void {
  if (name !== '' && name.length <= longestApiTokenName && !/\p{Cc}/u.test(name)) return
  throw new CardinalError(
    'InvalidParameter',
    `name: must have 1 to ${longestApiTokenName} characters, no control characters among them.`,
  )
}

function requireScopes(scopes: ReadonlySet<Scope>, caller: ScopedCaller): void {
  if (scopes.size === 0) throw new CardinalError('InvalidParameter', 'scopes: must name at least one.')
  for (const scope of scopes) {
    if (caller.scopes.has(scope)) continue
    throw new CardinalError(
      'NotPermitted',
      'An API token cannot hold a scope that its owner does not reach.',
      {
        rule: `scope ${scope}`,
      },
    )
  }
}

function requireExpiry(expiresAt: Date, now: Date): void {
  const days = (expiresAt.getTime() - now.getTime()) / 86_400_000
  if (days > 0 && days <= longestApiTokenDays) return
  throw new CardinalError(
    'InvalidParameter',
    `expires: must be in the future, and at most ${longestApiTokenDays} days from now.`,
  )
}
