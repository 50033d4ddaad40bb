import type { Role } from './role.ts'

/** What a call does, as its route declares it. API tokens are cut to some of these, and separated duties too. */
export const scopes = ['read', 'request', 'approve', 'card-secret', 'administer'] as const
export type Scope = (typeof scopes)[number]

export const everyScope: ReadonlySet<Scope> = new Set(scopes)
const onlyRead: ReadonlySet<Scope> = new Set<Scope>(['read'])

/**
 * What somebody with these roles may reach at all; what they may do there is decided by their permissions.
 * With duties separated, an auditor only reads, and an administrator decides on nobody's request.
 */
export function scopesOfRoles(roles: ReadonlySet<Role>, areDutiesSeparated: boolean): ReadonlySet<Scope> {
  if (!areDutiesSeparated) return everyScope
  if (roles.has('auditor')) return onlyRead
  if (roles.has('administrator')) return new Set(scopes.filter(scope => scope !== 'approve'))
  return everyScope
}
