import type { AuditAction, AuditRecord } from '../domain/audit-record.ts'
import type { Caller } from './ports/caller.ts'
import type { Clock } from './ports/clock.ts'

/** The audit record of something that a caller did, now. */
export function auditEntry(
  environment: { readonly clock: Clock },
  caller: Caller | null,
  action: AuditAction,
  about: { requestUuid?: string | null; subject: string; facts?: AuditRecord['facts'] },
): AuditRecord {
  return {
    at: environment.clock.now(),
    action,
    actorUuid: caller?.user.uuid ?? null,
    requestUuid: about.requestUuid ?? null,
    subject: about.subject,
    facts: about.facts ?? {},
    correlationId: caller?.correlationId ?? null,
  }
}
