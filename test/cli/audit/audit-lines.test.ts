import assert from 'node:assert/strict'
import { test } from 'node:test'
import { auditLine } from '../../../src/cli/audit/audit-lines.ts'
import type { AuditRecord } from '../../../src/domain/audit-record.ts'

const record: AuditRecord = {
  at: new Date('2026-11-21T12:00:00Z'),
  action: 'user-disabled',
  actorUuid: 'a',
  requestUuid: null,
  subject: 's',
  facts: { accountName: 'alice', endedSessions: 0 },
  correlationId: null,
}

test('a line says when, what, by whom, on what, and every fact', () => {
  assert.equal(
    auditLine(record, 'CONTOSO\\ada'),
    '2026-11-21T12:00:00.000Z  user-disabled  by CONTOSO\\ada  on s  accountName=alice  endedSessions=0',
  )
  const ofRequest = { ...record, requestUuid: 'r', correlationId: 'c', facts: {} }
  assert.equal(
    auditLine(ofRequest, null),
    '2026-11-21T12:00:00.000Z  user-disabled  by the server  on s  request=r  correlationId=c',
  )
})

test('what a line says already is not said again', () => {
  const signedIn = { ...record, subject: 'a', facts: {} }
  assert.doesNotMatch(auditLine(signedIn, 'CONTOSO\\ada'), / on /)
  assert.doesNotMatch(auditLine({ ...record, requestUuid: 's' }, null), /request=/)
})

test('what a stranger sent drives no terminal and begins no line of its own', () => {
  const hostile = '\u001b[2Jx\n2026-01-01  signed-in\u202e'
  const line = auditLine({ ...record, subject: hostile, facts: { name: hostile } }, hostile)
  assert.doesNotMatch(line, /[\p{Cc}\u202e]/u)
})
