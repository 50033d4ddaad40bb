import type { JWTPayload } from 'jose'
import type { DirectoryUser } from '../../domain/directory-user.ts'
import type { Directory } from '../../workflows/ports/directory.ts'
import { SignInRefusal } from '../sign-in-refusal.ts'
import { shown } from './token-header.ts'

export interface ClaimMapping {
  readonly userClaim: string
  /** `name`: `alice`, `CONTOSO\alice` or `alice@contoso.com`. */
  readonly userClaimHolds: 'name' | 'sid' | 'uuid'
  readonly groupsClaim: string | undefined
}

const longestName = 256
/** Each name is a question to the directory, which a token must not flood. */
const mostGroups = 200
const groupsAtOnce = 8
const securityIdentifier = /^S-1-\d{1,15}(-\d{1,10}){1,15}$/

/** Whether the claims say who it is at all. */
export function hasUserClaim(claims: JWTPayload, { userClaim }: ClaimMapping): boolean {
  return Object.hasOwn(claims, userClaim)
}

/**
 * The user that a token is about, enabled.
 *
 * @throws SignInRefusal no-user-claim, unknown-user, disabled-account
 */
export async function findClaimedUser(
  claims: JWTPayload,
  mapping: ClaimMapping,
  directory: Pick<Directory, 'findUser' | 'findUserByName' | 'findUserBySid'>,
): Promise<DirectoryUser> {
  const { userClaim, userClaimHolds } = mapping
  const value = claims[userClaim]
  if (
    typeof value !== 'string' ||
    value.length === 0 ||
    value.length > longestName ||
    /\p{Cc}/u.test(value)
  ) {
    throw new SignInRefusal(
      'no-user-claim',
      `The token's claim "${userClaim}" (openIdConnect.userClaim) is ${shown(value)}; the token has ${Object.keys(claims).slice(0, 40).join(', ').slice(0, 400)}.`,
    )
  }
  const user = await find(value, userClaimHolds, directory)
  if (user === null) {
    throw new SignInRefusal(
      'unknown-user',
      `The directory has no user with the ${userClaimHolds} ${shown(value)} of the claim "${userClaim}".`,
    )
  }
  if (!user.enabled) throw new SignInRefusal('disabled-account', `The account ${shown(value)} is disabled.`)
  return user
}

async function find(
  value: string,
  holds: ClaimMapping['userClaimHolds'],
  directory: Pick<Directory, 'findUser' | 'findUserByName' | 'findUserBySid'>,
): Promise<DirectoryUser | null> {
  if (holds === 'name') return await directory.findUserByName(value)
  if (holds === 'sid') return securityIdentifier.test(value) ? await directory.findUserBySid(value) : null
  const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)
  return isUuid ? await directory.findUser(value.toLowerCase()) : null
}

/**
 * Security identifiers of the groups that a token vouches for; names that the directory does not know are left out.
 *
 * @throws SignInRefusal too-many-groups
 */
export async function findClaimedGroups(
  claims: JWTPayload,
  { groupsClaim }: ClaimMapping,
  directory: Pick<Directory, 'findGroupByName'>,
): Promise<ReadonlySet<string>> {
  const value = groupsClaim !== undefined && Object.hasOwn(claims, groupsClaim) ? claims[groupsClaim] : []
  // AD FS writes a single value without a list.
  const values = (Array.isArray(value) ? value : [value])
    .filter(name => typeof name === 'string')
    .filter(name => name.length > 0 && name.length <= longestName && !/\p{Cc}/u.test(name))
  const sids = new Set(values.filter(name => securityIdentifier.test(name)))
  // Keycloak writes groups as paths.
  const names = new Set(values.filter(name => !sids.has(name)).map(name => name.replace(/^\//, '')))
  if (sids.size + names.size > mostGroups) {
    throw new SignInRefusal(
      'too-many-groups',
      `The token's claim "${groupsClaim}" (openIdConnect.groupsClaim) has ${sids.size + names.size} groups; at most ${mostGroups} are looked up. Let the provider write only those that matter here.`,
    )
  }
  const rest = names.values()
  const lookUp = async () => {
    for (const name of rest) {
      const group = await directory.findGroupByName(name)
      if (group !== null) sids.add(group.sid)
    }
  }
  await Promise.all(Array.from({ length: groupsAtOnce }, lookUp))
  return sids
}
