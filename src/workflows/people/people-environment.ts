import type { AuditAction, AuditRecord } from '../../domain/audit-record.ts'
import type { Organisation } from '../../domain/organisation.ts'
import { auditEntry } from '../audit-entry.ts'
import type { Environment } from '../environment.ts'

/** What the use cases on the local directory work with. */
export interface PeopleEnvironment extends Pick<Environment, 'store' | 'clock' | 'randomness'> {
  /** Who works at the command line, as the operating system calls them. */
  readonly operator: string
}

/** Relative identifiers below 1000 belong to Windows (MS-SAMR 3.1.1.9.2), those from 1000 on to the service's accounts. */
const firstRelativeIdentifier = 1100
/** Drawn at random, so that nobody needs to know what others have given out. */
const relativeIdentifiers = 2 ** 30

/** The identifier of somebody new. */
export function newSecurityIdentifier(
  { randomness }: Pick<PeopleEnvironment, 'randomness'>,
  organisation: Organisation,
): string {
  return `${organisation.domainSid}-${firstRelativeIdentifier + randomness.integer(relativeIdentifiers)}`
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
