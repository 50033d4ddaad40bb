import type { Directory } from '../../workflows/ports/directory.ts'
import type { AuditPage } from '../../workflows/queries/list-audit-records.ts'
import { printJson, printLines } from '../terminal/print.ts'
import { createActorNames } from './actor-names.ts'
import { auditLine } from './audit-lines.ts'

export async function printAuditPage(
  { records, next }: AuditPage,
  directory: Pick<Directory, 'findUser'>,
  isJson: boolean,
): Promise<void> {
  if (isJson) return printJson({ records, next })
  const actorOf = await createActorNames(directory, records)
  if (records.length === 0) return printLines('There is no such audit record.')
  printLines(...records.map(record => auditLine(record, actorOf(record))))
  if (next !== null) printLines(`There are more: --before ${next} goes on.`)
}
