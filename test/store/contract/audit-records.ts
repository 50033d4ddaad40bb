import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditRecord } from '../../../src/domain/audit-record.ts'
import type { AuditFilter } from '../../../src/workflows/ports/store.ts'
import { sampleAudit } from '../records.ts'
import { type OpenTestDatabase, withCode } from '../store-contract.ts'

const all: AuditFilter = { since: null, until: null, action: null, about: null, before: null, limit: 100 }

export function auditRecordsContract(open: OpenTestDatabase): void {
  const openWith = async (t: Parameters<OpenTestDatabase>[0], records: readonly AuditRecord[]) => {
    const { store } = await open(t)
    await store.transactor.transaction(tx => tx.auditAll(records))
    const list = async (changes: Partial<AuditFilter>) =>
      (await store.reader.listAuditRecords({ ...all, ...changes })).map(({ number, ...record }) => {
        assert.ok(Number.isSafeInteger(number))
        return record
      })
    return { store, list }
  }
  const at = (minute: number) => new Date(Date.UTC(2026, 1, 1, 0, minute))
  const nobody = { actorUuid: null, requestUuid: null }
  const early = sampleAudit({
    ...nobody,
    at: at(1),
    action: 'signed-in',
    subject: 'alice',
    actorUuid: 'alice',
  })
  const late = sampleAudit({
    ...nobody,
    at: at(3),
    action: 'smartcard-bound',
    subject: 'c',
    requestUuid: 'r',
  })
  const middle = sampleAudit({ ...nobody, at: at(2), action: 'user-disabled', subject: 'alice' })

  test('lists audit records newest first, whenever they were written, with every field', async t => {
    const { list } = await openWith(t, [early, late, middle])
    assert.deepEqual(await list({}), [late, middle, early])
    assert.deepEqual(await list({ limit: 1 }), [late])
  })

  test('lists audit records from one moment on, up to another, and of one action', async t => {
    const { list } = await openWith(t, [early, late, middle])
    assert.deepEqual(await list({ since: at(2) }), [late, middle])
    assert.deepEqual(await list({ until: at(2) }), [early])
    assert.deepEqual(await list({ since: at(1), until: at(3) }), [middle, early])
    assert.deepEqual(await list({ action: 'signed-in' }), [early])
    assert.deepEqual(await list({ action: 'signed-in', since: at(2) }), [])
  })

  test('lists audit records about objects, actors and requests, each once', async t => {
    const acted = sampleAudit({
      ...nobody,
      at: at(4),
      action: 'user-added',
      subject: 'bob',
      actorUuid: 'alice',
    })
    const { list } = await openWith(t, [early, late, middle, acted])
    assert.deepEqual(await list({ about: ['alice'] }), [acted, middle, early])
    assert.deepEqual(await list({ about: ['alice'], limit: 2 }), [acted, middle])
    assert.deepEqual(await list({ about: ['alice'], action: 'user-disabled' }), [middle])
    assert.deepEqual(await list({ about: ['r'] }), [late])
    assert.deepEqual(await list({ about: ['r', 'bob'] }), [acted, late])
    assert.deepEqual(await list({ about: ['nobody'] }), [])
    assert.deepEqual(await list({ about: [] }), [])
  })

  test('pages through audit records of the same moment without losing or repeating any', async t => {
    const records = Array.from({ length: 25 }, (_, index) =>
      sampleAudit({ at: at(Math.floor(index / 9)), subject: index % 2 === 0 ? 'even' : 'odd' }),
    )
    const { store } = await openWith(t, records)
    for (const about of [null, ['even', 'odd']]) {
      const seen: number[] = []
      for (let before: number | null = null; ; ) {
        const page = await store.reader.listAuditRecords({ ...all, about, before, limit: 4 })
        seen.push(...page.map(({ number }) => number))
        before = page.at(-1)?.number ?? null
        if (before === null) break
      }
      const whole = await store.reader.listAuditRecords({ ...all, about })
      assert.equal(whole.length, 25)
      assert.deepEqual(
        seen,
        whole.map(({ number }) => number),
      )
    }
    await assert.rejects(
      store.reader.listAuditRecords({ ...all, before: 999_999 }),
      withCode('InvalidParameter'),
    )
  })
}
