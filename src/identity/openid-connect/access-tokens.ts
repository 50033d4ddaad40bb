import { createHash } from 'node:crypto'
import type { JWTPayload } from 'jose'
import type { Clock, Directory } from '../../workflows/ports.ts'
import type { Identified } from '../authentication-scheme.ts'
import { LeastRecentlyUsedMap } from '../least-recently-used-map.ts'
import { type ClaimMapping, findClaimedGroups, findClaimedUser } from './claimed-user.ts'
import type { Provider } from './provider.ts'
import type { ProviderKeys } from './provider-keys.ts'
import { longestToken } from './token-header.ts'
import type { TokenVerifier } from './token-verifier.ts'

export interface AccessTokensOptions {
  readonly verifier: TokenVerifier
  readonly provider: Pick<Provider, 'keys'>
  readonly directory: Pick<Directory, 'findUser' | 'findUserByName' | 'findUserBySid' | 'findGroupByName'>
  readonly mapping: ClaimMapping
  readonly clock: Clock
}

/** What is remembered of a token that was verified; the token itself is not. */
interface Remembered {
  readonly claims: JWTPayload
  readonly groupSids: ReadonlySet<string>
  readonly keys: ProviderKeys
  /** Milliseconds. */
  readonly until: number
}

const remembersMilliseconds = 60_000
const remembersTokens = 10_000

/**
 * Signs in by access tokens of the provider (RFC 6750 §2.1).
 *
 * A token that was verified is remembered by its hash, for a minute, not beyond its end, and not beyond the key set
 * that verified it: a key that the provider takes away counts no longer than the key set is held, five minutes where
 * the provider answers. Whether the user exists and is enabled is asked of the directory each time.
 */
export function createAccessTokens(options: AccessTokensOptions) {
  const { verifier, provider, directory, mapping, clock } = options
  const remembered = new LeastRecentlyUsedMap<Remembered>(remembersTokens)

  async function verify(token: string, hash: string): Promise<Remembered> {
    const { claims, expiresAt, keys } = await verifier.verifyAccessToken(token)
    const groupSids = await findClaimedGroups(claims, mapping, directory)
    const until = Math.min(clock.now().getTime() + remembersMilliseconds, expiresAt.getTime())
    const entry = { claims, groupSids, keys, until }
    remembered.set(hash, entry)
    return entry
  }

  async function recall(hash: string): Promise<Remembered | null> {
    const entry = remembered.get(hash)
    if (entry === undefined) return null
    if (clock.now().getTime() < entry.until && entry.keys === (await provider.keys())) return entry
    remembered.delete(hash)
    return null
  }

  return {
    /**
     * @param token without `Bearer`
     * @throws SignInRefusal; CardinalError ServiceUnavailable
     */
    async identify(token: string): Promise<Identified> {
      // Beyond that it is refused before it is hashed.
      const hash = token.length > longestToken ? '' : createHash('sha256').update(token).digest('base64url')
      const { claims, groupSids } = (await recall(hash)) ?? (await verify(token, hash))
      const user = await findClaimedUser(claims, mapping, directory)
      return { user, scheme: 'bearer', ...(groupSids.size > 0 && { groupSids }) }
    },
  }
}
