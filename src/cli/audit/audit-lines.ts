import type { AuditRecord } from '../../domain/audit-record.ts'
import type { Actor } from './actor-names.ts'
import { quotedText } from './quoted-text.ts'

/**
 * One record as a line: when, what, by whom, about what, and the facts.
 *
 * @param actor null where the server itself acted
 */
export function auditLine(record: AuditRecord, actor: Actor | null): string {
  const { at, action, actorUuid, requestUuid, subject, facts, correlationId } = record
  const more = {
    ...facts,
    ...(requestUuid !== null && requestUuid !== subject && { request: requestUuid }),
    ...(correlationId !== null && { correlationId }),
  }
  return [
    at.toISOString(),
    action,
    `by ${shownActor(actor)}`,
    // Whoever signs in acts on nobody else.
    ...(subject === actorUuid ? [] : [`on ${quotedText(subject)}`]),
    ...Object.entries(more).map(([name, value]) => `${name}=${quotedText(String(value))}`),
  ].join('  ')
}

/** The words of our own stand outside of quotation marks, where no name with blanks does. */
function shownActor(actor: Actor | null): string {
  if (actor === null) return 'the server'
  return actor.isOperator ? `${quotedText(actor.name)} at the command line` : quotedText(actor.name)
}
