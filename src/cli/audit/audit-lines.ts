import { printableText } from '../../client/printable-text.ts'
import type { AuditRecord } from '../../domain/audit-record.ts'

/** Subjects and facts may be what a stranger sent. */
const longestText = 200

/**
 * One record as a line: when, what, by whom, about what, and the facts.
 *
 * @param actor how whoever acted is called; null where the server itself did
 */
export function auditLine(record: AuditRecord, actor: string | null): string {
  const { at, action, actorUuid, requestUuid, subject, facts, correlationId } = record
  const more = {
    ...facts,
    ...(requestUuid !== null && requestUuid !== subject && { request: requestUuid }),
    ...(correlationId !== null && { correlationId }),
  }
  return [
    at.toISOString(),
    action,
    `by ${printableText(actor ?? 'the server', longestText)}`,
    // Whoever signs in acts on nobody else.
    ...(subject === actorUuid ? [] : [`on ${printableText(subject, longestText)}`]),
    ...Object.entries(more).map(([name, value]) => `${name}=${printableText(String(value), longestText)}`),
  ].join('  ')
}
