import { CardinalError } from '../../domain/error.ts'
import type { Scope } from '../../domain/scope.ts'
import type { Environment } from '../environment.ts'
import type { Caller } from '../ports/caller.ts'

/** A caller, and what the call may reach. */
export interface ScopedCaller extends Caller {
  readonly scopes: ReadonlySet<Scope>
}

/**
 * Whose sessions or API tokens are meant: the caller's own, or, for administrators, those of the user with this uuid
 * or account name. A user whom the directory no longer knows is found by uuid.
 * Throws NotPermitted, also where there is no such user, so that nobody learns who there is; UserNotFound.
 */
export async function findAccount(
  environment: Pick<Environment, 'directory'>,
  caller: ScopedCaller,
  user: string | null,
): Promise<string> {
  if (user === null) return caller.user.uuid
  const uuid = isUuid(user)
    ? user.toLowerCase()
    : ((await environment.directory.findUserByName(user))?.uuid ?? null)
  requireAccountAccess(caller, uuid)
  if (uuid === null) throw new CardinalError('UserNotFound', 'There is no user with this uuid or name.')
  return uuid
}

/** Sessions and API tokens are their owner's, and the administrators' to look after. Throws NotPermitted. */
export function requireAccountAccess(
  { user, principal, scopes }: ScopedCaller,
  ownerUuid: string | null,
): void {
  if (user.uuid === ownerUuid) return
  if (principal.roles.has('administrator') && scopes.has('administer')) return
  throw new CardinalError(
    'NotPermitted',
    'This belongs to another user. Ask an administrator, or leave the user out to get your own.',
    { rule: 'owner or administrator' },
  )
}

function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
}
