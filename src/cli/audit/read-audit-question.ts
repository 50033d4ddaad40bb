import { nearestName } from '../../config/nearest-name.ts'
import { type AuditAction, auditActionTable } from '../../domain/audit-record.ts'
import type { AuditQuestion } from '../../workflows/queries/list-audit-records.ts'
import { longestPage } from '../../workflows/queries/page.ts'
import { systemClock } from '../environment/system-clock.ts'
import type { UsageError } from '../usage-error.ts'
import { readMoment } from './read-moment.ts'

export interface AuditListValues {
  readonly since?: string | undefined
  readonly until?: string | undefined
  readonly action?: string | undefined
  readonly about?: string | undefined
  readonly limit: string
  readonly before?: string | undefined
}

/** @param misuse what is thrown where a value is none that its option takes */
export function readAuditQuestion(
  { since, until, action, about, limit, before }: AuditListValues,
  misuse: (message: string) => UsageError,
): AuditQuestion {
  const momentOf = (option: string, text: string | undefined): Date | null => {
    if (text === undefined) return null
    const moment = readMoment(text, systemClock.now())
    if (moment !== null) return moment
    throw misuse(`--${option} takes 2026-11-21, 2026-11-21T08:30 or 24h.`)
  }
  const numberOf = (option: string, text: string, most: number): number => {
    const number = /^[0-9]{1,16}$/.test(text) ? Number(text) : 0
    if (number >= 1 && number <= most) return number
    throw misuse(`--${option} takes a number${most === longestPage ? ` from 1 to ${most}` : ''}.`)
  }
  if (action !== undefined && !isAuditAction(action)) {
    const nearest = nearestName(action, Object.keys(auditActionTable))
    throw misuse(
      `There is no action "${action}".${nearest === undefined ? ' docs/operations.md has them all.' : ` Did you mean ${nearest}?`}`,
    )
  }
  if (about === '') throw misuse('--about takes a UUID, a serial number or a name.')
  return {
    since: momentOf('since', since),
    until: momentOf('until', until),
    action: action ?? null,
    about: about ?? null,
    before: before === undefined ? null : numberOf('before', before, Number.MAX_SAFE_INTEGER),
    limit: numberOf('limit', limit, longestPage),
  }
}

function isAuditAction(text: string): text is AuditAction {
  return Object.hasOwn(auditActionTable, text)
}
