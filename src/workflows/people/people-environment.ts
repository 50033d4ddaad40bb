import type { AuditAction, AuditRecord } from '../../domain/audit-record.ts'
import { auditEntry } from '../audit-entry.ts'
import type { Environment } from '../environment.ts'

/** What the use cases on the local directory work with. */
export interface PeopleEnvironment extends Pick<Environment, 'store' | 'clock' | 'randomness'> {
  /** Who works at the command line, as the operating system calls them. */
  readonly operator: string
}

/** The audit record of something that was done at the command line. */
export function operatorAuditEntry(
  environment: PeopleEnvironment,
  action: AuditAction,
  subject: string,
  facts: AuditRecord['facts'] = {},
): AuditRecord {
  return auditEntry(environment, null, action, {
    subject,
    facts: { ...facts, operator: environment.operator },
  })
}
