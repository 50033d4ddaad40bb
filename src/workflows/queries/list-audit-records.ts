import type { ListedAuditRecord } from '../../domain/audit-record.ts'
import type { Environment } from '../environment.ts'
import type { AuditFilter } from '../ports/store.ts'

export interface AuditQuestion extends Omit<AuditFilter, 'about'> {
  /** A uuid, a serial number, or the name of a person; null for all. */
  readonly about: string | null
}

export interface AuditPage {
  readonly records: readonly ListedAuditRecord[]
  /** What the next page is asked for by, as `before`; null where this is the last one. */
  readonly next: number | null
}

/**
 * Audit records, newest first. A name stands for the person whom the directory knows by it and, as it is written, for
 * what was tried under it: a refused sign-in is by nobody.
 *
 * @throws CardinalError InvalidParameter where no record has the number `before`, ServiceUnavailable for a name while
 *   the directory cannot be asked
 */
export async function listAuditRecords(
  { store, directory }: Pick<Environment, 'store' | 'directory'>,
  question: AuditQuestion,
): Promise<AuditPage> {
  const { about, limit } = question
  const keys = about === null ? null : await keysOf(about, directory)
  const listed = await store.reader.listAuditRecords({ ...question, about: keys, limit: limit + 1 })
  const records = listed.slice(0, limit)
  return { records, next: listed.length > limit ? (records.at(-1)?.number ?? null) : null }
}

async function keysOf(about: string, directory: Environment['directory']): Promise<readonly string[]> {
  if (isUuid(about)) return [about.toLowerCase()]
  // A serial number: nobody is called so.
  if (/^[0-9a-f]{16,}$/i.test(about)) return [about.toUpperCase()]
  const user = await directory.findUserByName(about)
  return user === null ? [about] : [about, user.uuid]
}

function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
}
