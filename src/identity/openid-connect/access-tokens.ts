import { createHash } from 'node:crypto'
import type { DirectoryUser } from '../../domain/directory-user.ts'
import type { Clock } from '../../workflows/ports/clock.ts'
import type { Directory } from '../../workflows/ports/directory.ts'
import type { Identified } from '../authentication-scheme.ts'
import type { AccessTokens } from '../bearer-scheme.ts'
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
  /** Where there are accounts of which no token speaks: the domain identifier below which theirs, and their groups', lie. */
  ownDomainSid?(): Promise<string | null>
}

/** What is remembered of a token that was verified; the token itself is not. */
interface Remembered {
  readonly userUuid: string
  readonly groupSids: ReadonlySet<string>
  readonly keys: ProviderKeys
  /** Milliseconds. */
  readonly from: number
  readonly until: number
}

const remembersMilliseconds = 60_000
const remembersTokens = 10_000

/**
 * Signs in by access tokens of the provider (RFC 6750 §2.1).
 *
 * A token that was verified is remembered by its hash, for a minute, not beyond its end, and not beyond the key set
 * that verified it: a key that the provider takes away counts no longer than the key set is held, five minutes where
 * the provider answers. Whether the user still exists and is enabled is asked of the directory each time.
 */
export function createAccessTokens(options: AccessTokensOptions): AccessTokens {
  const { verifier, provider, directory, mapping, clock, ownDomainSid = async () => null } = options
  const remembered = new LeastRecentlyUsedMap<Remembered>(remembersTokens)

  async function verify(token: string, hash: string): Promise<Identified> {
    const { claims, expiresAt, keys } = await verifier.verifyAccessToken(token)
    const user = await findClaimedUser(claims, mapping, directory)
    const groupSids = withoutOwn(await findClaimedGroups(claims, mapping, directory), await ownDomainSid())
    const from = clock.now().getTime()
    const until = Math.min(from + remembersMilliseconds, expiresAt.getTime())
    remembered.set(hash, { userUuid: user.uuid, groupSids, keys, from, until })
    return identified(user, groupSids)
  }

  async function recall(hash: string): Promise<Identified | null> {
    const entry = remembered.get(hash)
    if (entry === undefined) return null
    const now = clock.now().getTime()
    // Where the clock was set back, it is not known how long ago it was verified.
    if (entry.from <= now && now < entry.until && entry.keys === (await provider.keys())) {
      const user = await directory.findUser(entry.userUuid)
      if (user?.enabled === true) return identified(user, entry.groupSids)
    }
    remembered.delete(hash)
    return null
  }

  return {
    async identify(token) {
      // Beyond that it is refused before it is hashed.
      const hash = token.length > longestToken ? '' : createHash('sha256').update(token).digest('base64url')
      return (await recall(hash)) ?? (await verify(token, hash))
    },
  }
}

function withoutOwn(sids: ReadonlySet<string>, ownDomainSid: string | null): ReadonlySet<string> {
  return ownDomainSid === null ? sids : new Set([...sids].filter(sid => !sid.startsWith(`${ownDomainSid}-`)))
}

function identified(user: DirectoryUser, groupSids: ReadonlySet<string>): Identified {
  return { user, scheme: 'bearer', ...(groupSids.size > 0 && { groupSids }) }
}
