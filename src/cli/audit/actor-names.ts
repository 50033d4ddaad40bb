import type { AuditRecord } from '../../domain/audit-record.ts'
import { qualifiedAccountName } from '../../domain/directory-user.ts'
import { CardinalError } from '../../domain/error.ts'
import type { Directory } from '../../workflows/ports/directory.ts'

export interface Actor {
  readonly name: string
  /** Whoever used the command line, by the operating system's name. */
  readonly isOperator: boolean
}

/**
 * How those who acted are called now; by UUID whom the directory does not know, or cannot say. What was done at the
 * command line is by whom the operating system knows.
 */
export async function createActorNames(
  directory: Pick<Directory, 'findUser'>,
  records: readonly AuditRecord[],
): Promise<(record: AuditRecord) => Actor | null> {
  const names = new Map<string, string>()
  for (const uuid of new Set(records.flatMap(({ actorUuid }) => actorUuid ?? []))) {
    names.set(uuid, await nameOf(directory, uuid))
  }
  return ({ actorUuid, facts }) => {
    if (actorUuid !== null) return { name: names.get(actorUuid) ?? actorUuid, isOperator: false }
    const { operator } = facts
    return typeof operator === 'string' ? { name: operator, isOperator: true } : null
  }
}

async function nameOf(directory: Pick<Directory, 'findUser'>, uuid: string): Promise<string> {
  try {
    const user = await directory.findUser(uuid)
    return user === null ? uuid : qualifiedAccountName(user)
  } catch (error) {
    if (error instanceof CardinalError && error.code === 'ServiceUnavailable') return uuid
    throw error
  }
}
