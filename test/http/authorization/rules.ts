import type { Role } from '../../../src/domain/role.ts'
import { type Scope, scopes } from '../../../src/domain/scope.ts'
import type { SignInScheme } from '../../../src/domain/sign-in-scheme.ts'
import type { Access } from '../../../src/http/api.ts'
import type { Person } from './people.ts'

/** What the outcome of a call depends on beside its row: the same call, by another scheme or with duties separated. */
export interface Circumstances {
  readonly access: Exclude<Access, 'public'>
  readonly person: Person
  readonly scheme: Pick<SchemeTraits, 'scopes' | 'isOfPerson' | 'showsHeader' | 'isLasting'>
  readonly areDutiesSeparated: boolean
  readonly needsHeader: boolean
  readonly makesCredentials: boolean
}

export interface SchemeTraits {
  readonly name: SignInScheme
  /** What tells two ways of signing in by one scheme apart; otherwise the name. */
  readonly title: string
  /** All that calls may reach. */
  readonly scopes: ReadonlySet<Scope>
  /** Whether it is a person who signs in, and no program. */
  readonly isOfPerson: boolean
  /** Whether it may make credentials that last: an access token ends when its provider said. */
  readonly isLasting: boolean
  /** Whether credentials are in the Authorization header. */
  readonly showsHeader: boolean
  /** Whether a browser sends them along with whatever any page makes it send. */
  readonly isSentByBrowser: boolean
}

const every: ReadonlySet<Scope> = new Set(scopes)
const person = { scopes: every, isOfPerson: true, isLasting: true } as const
const byHeader = { ...person, showsHeader: true, isSentByBrowser: false } as const
const byBrowser = { ...person, showsHeader: false, isSentByBrowser: true } as const
const byToken = { isOfPerson: false, isLasting: true, showsHeader: true, isSentByBrowser: false } as const

/** Every scheme that there is. */
export const schemeTraits: readonly SchemeTraits[] = [
  { ...byHeader, name: 'basic', title: 'basic' },
  { ...byHeader, name: 'bearer', title: 'bearer', isLasting: false },
  { ...byToken, name: 'api-token', title: 'api-token that holds every scope', scopes: every },
  { ...byToken, name: 'api-token', title: 'api-token that only reads', scopes: new Set(['read']) },
  { ...byBrowser, name: 'session', title: 'session' },
  { ...byBrowser, name: 'openid-connect', title: 'openid-connect' },
  { ...byBrowser, name: 'client-certificate', title: 'client-certificate' },
  { ...byHeader, name: 'negotiate', title: 'negotiate', isSentByBrowser: true },
]

/** What separated duties take from a role. */
const separated: Readonly<Record<Role, readonly Scope[]>> = {
  administrator: ['approve'],
  manager: [],
  'help-desk': [],
  'enrollment-agent': [],
  auditor: ['request', 'approve', 'card-secret', 'administer'],
  subscriber: [],
}

/** @param outcome of the row, for a person who may reach everything */
export function expectedOutcome(outcome: string, circumstances: Circumstances): string {
  const { access, scheme, areDutiesSeparated, needsHeader, makesCredentials } = circumstances
  if (access === 'personal') {
    if (!scheme.isOfPerson) return '403 NotPermitted: personal sign-in'
    if (needsHeader && !scheme.showsHeader) return '401 NotSignedIn'
    return makesCredentials && !scheme.isLasting ? '403 NotPermitted: lasting credentials' : outcome
  }
  const role = circumstances.person
  const isExcluded = areDutiesSeparated && role !== 'no role' && separated[role].includes(access)
  return scheme.scopes.has(access) && !isExcluded ? outcome : `403 NotPermitted: scope ${access}`
}

/** Before anything else a change is refused that a page of another site makes a browser send (CSRF). */
export const fromAnotherSite = '403 NotPermitted: same site'
