import assert from 'node:assert/strict'
import { test } from 'node:test'
import { auditLine } from '../../../src/cli/audit/audit-lines.ts'
import type { AuditRecord } from '../../../src/domain/audit-record.ts'

const ada = { name: 'CONTOSO\\ada', isOperator: false }

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
    auditLine(record, ada),
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
  assert.doesNotMatch(auditLine(signedIn, ada), / on /)
  assert.doesNotMatch(auditLine({ ...record, requestUuid: 's' }, null), /request=/)
})

test('what a stranger sent drives no terminal, hides nothing and begins no line of its own', () => {
  const hostile = '\u001b[2Jx\n2026-01-01  signed-in\u202e\u009b\u2028\u200b\ufeff\u{e0041}\ud800'
  const actor = { name: hostile, isOperator: true }
  const line = auditLine({ ...record, subject: hostile, facts: { name: hostile } }, actor)
  assert.doesNotMatch(line, /[\p{C}\p{Zl}\p{Zp}]/u)
})

test('what a stranger sent does not pass for facts', () => {
  const forged = 'bob  address=10.9.9.9  reason="x\\'
  const line = auditLine({ ...record, subject: forged, facts: { name: forged, address: '192.0.2.1' } }, null)
  const quoted = '"bob  address=10.9.9.9  reason=\\"x\\\\"'
  assert.equal(
    line,
    `2026-11-21T12:00:00.000Z  user-disabled  by the server  on ${quoted}  name=${quoted}  address=192.0.2.1`,
  )
})

test('a value with blanks, = or quotation marks stands between quotation marks, and so does an empty one', () => {
  for (const [value, shown] of [
    ['alice', 'alice'],
    ['CONTOSO\\alice', 'CONTOSO\\alice'],
    ['O’Neill-Çelik', 'O’Neill-Çelik'],
    ['Smart Card User', '"Smart Card User"'],
    ['no\u00a0break', '"no\u00a0break"'],
    ['a=b', '"a=b"'],
    ['"', '"\\""'],
    ['', '""'],
  ] as const) {
    const line = auditLine({ ...record, facts: { value } }, null)
    assert.ok(line.endsWith(`  value=${shown}`), line)
  }
})

test('nobody is called the server, nor at the command line', () => {
  const by = (name: string, isOperator: boolean) => auditLine(record, { name, isOperator }).split('  ')[2]
  assert.equal(by('the server', false), 'by "the server"')
  assert.equal(by('root', true), 'by root at the command line')
  assert.equal(by('root at the command line', false), 'by "root at the command line"')
})
