import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import type { Request } from '../../../src/domain/request.ts'
import type { RequestFilter } from '../../../src/workflows/ports/store.ts'
import { sampleAudit, sampleProfileTemplate, sampleRequest, someTime } from '../records.ts'
import { audited, type OpenTestDatabase, withCode } from '../store-contract.ts'

const template = sampleProfileTemplate()

export function requestsContract(open: OpenTestDatabase): void {
  test('keeps a request with every field, and its changes', async t => {
    const { store } = await open(t)
    const request = sampleRequest(template)
    await audited(store, async tx => {
      await tx.saveProfileTemplate(template)
      await tx.insertRequest(request)
    })
    assert.deepEqual(await store.reader.findRequest(request.uuid), request)
    const completed: Request = {
      ...request,
      status: 'completed',
      completed: new Date('2026-03-04T05:06:08.001Z'),
      newProfileUuid: randomUUID(),
      newSmartcardUuid: randomUUID(),
      isSmartcard: false,
      isEnrollmentAgentRequired: true,
      dataCollection: [],
      priority: 255,
    }
    await audited(store, async tx => {
      assert.deepEqual(await tx.lockRequest(request.uuid), request)
      await tx.updateRequest(completed)
      assert.deepEqual(await tx.findRequest(request.uuid), completed)
    })
    assert.deepEqual(await store.reader.findRequest(request.uuid), completed)
    assert.equal(await store.reader.findRequest(randomUUID()), null)
    await audited(store, async tx => assert.equal(await tx.lockRequest(randomUUID()), null))
  })

  test('lists what is under way about a profile, oldest first', async t => {
    const { store } = await open(t)
    const about = randomUUID()
    const at = (minute: number) => new Date(Date.UTC(2026, 1, 1, 0, minute))
    const request = (changes: Partial<Request>) => ({
      ...sampleRequest(template),
      oldProfileUuid: about,
      ...changes,
    })
    const executing = request({ status: 'executing', submitted: at(2) })
    const pending = request({ status: 'pending', submitted: at(1) })
    const approved = request({ status: 'approved', submitted: at(3) })
    const others = [
      request({ status: 'completed' }),
      request({ status: 'canceled' }),
      request({ oldProfileUuid: null }),
    ]
    await audited(store, async tx => {
      await tx.saveProfileTemplate(template)
      for (const one of [executing, pending, approved, ...others]) await tx.insertRequest(one)
    })
    assert.deepEqual(await store.reader.listOpenRequestsAbout(about), [pending, executing, approved])
    assert.deepEqual(await store.reader.listOpenRequestsAbout(randomUUID()), [])
  })

  test('refuses a request of a profile template that is not there', async t => {
    const { store } = await open(t)
    const request = sampleRequest(template)
    await assert.rejects(audited(store, tx => tx.insertRequest(request)))
    assert.equal(await store.reader.findRequest(request.uuid), null)
  })

  test('refuses to update a request that is not there', async t => {
    const { store } = await open(t)
    await assert.rejects(
      audited(store, tx => tx.updateRequest(sampleRequest(template))),
      /There is no request/,
    )
  })

  test('lists requests newest first by every combination of filters', async t => {
    const { store } = await open(t)
    const requests = manyRequests()
    await audited(store, async tx => {
      await tx.saveProfileTemplate(template)
      for (const request of requests) await tx.insertRequest(request)
    })
    for (const filter of everyFilter()) {
      assert.deepEqual(
        (await store.reader.listRequests(filter)).map(({ uuid }) => uuid),
        expectedList(requests, filter).map(({ uuid }) => uuid),
        JSON.stringify(filter),
      )
    }
    const [newest] = expectedList(requests, {
      involving: null,
      target: null,
      status: null,
      after: null,
      limit: 1,
    })
    assert.deepEqual(
      await store.reader.listRequests({ involving: null, target: null, status: null, after: null, limit: 1 }),
      [newest],
    )
  })

  test('goes on with any list behind any of its requests, page by page to the end', async t => {
    const { store } = await open(t)
    const requests = manyRequests()
    await audited(store, async tx => {
      await tx.saveProfileTemplate(template)
      for (const request of requests) await tx.insertRequest(request)
    })
    for (const filter of everyFilter().filter(({ limit }) => limit === 5)) {
      const listed: string[] = []
      for (let page: readonly Request[]; ; listed.push(...page.map(({ uuid }) => uuid))) {
        page = await store.reader.listRequests({ ...filter, after: listed.at(-1) ?? null })
        if (page.length === 0) break
      }
      const expected = expectedList(requests, { ...filter, limit: 1000 })
      assert.deepEqual(
        listed,
        expected.map(({ uuid }) => uuid),
        JSON.stringify(filter),
      )
    }
  })

  test('begins a page of requests behind none but those of the people whose list it is', async t => {
    const { store } = await open(t)
    const ofAlice = sampleRequest(template, {
      originatorUuid: 'alice',
      targetUuid: 'bob',
      status: 'completed',
    })
    await audited(store, async tx => {
      await tx.saveProfileTemplate(template)
      await tx.insertRequest(ofAlice)
    })
    const all = { involving: null, target: null, status: null, after: ofAlice.uuid, limit: 9 }
    for (const filter of [
      all,
      { ...all, involving: 'alice' },
      { ...all, involving: 'bob', target: 'bob' },
      // Its status may change between two pages.
      { ...all, status: 'pending' as const },
    ]) {
      assert.deepEqual(await store.reader.listRequests(filter), [], JSON.stringify(filter))
    }
    for (const filter of [
      { ...all, after: randomUUID() },
      { ...all, involving: 'carol' },
      { ...all, involving: 'alice', target: 'alice' },
    ]) {
      await assert.rejects(store.reader.listRequests(filter), withCode('InvalidParameter'))
    }
  })

  test('finds the newest executing request for a card that a user has to do with', async t => {
    const { store } = await open(t)
    const newSmartcardUuid = randomUUID()
    const at = (minute: number) => new Date(Date.UTC(2026, 1, 1, 0, minute))
    const request = (changes: Partial<Request>) =>
      sampleRequest(template, { status: 'executing', newSmartcardUuid, ...changes })
    const older = request({ originatorUuid: 'mona', targetUuid: 'alice', submitted: at(1) })
    const newer = request({ originatorUuid: 'alice', targetUuid: 'alice', submitted: at(2) })
    await audited(store, async tx => {
      await tx.saveProfileTemplate(template)
      for (const each of [
        ...[older, newer],
        request({ originatorUuid: 'alice', status: 'completed', submitted: at(3) }),
        request({ originatorUuid: 'alice', newSmartcardUuid: randomUUID(), submitted: at(4) }),
      ]) {
        await tx.insertRequest(each)
      }
    })
    const { reader } = store
    assert.deepEqual(await reader.findExecutingRequestOfSmartcard(newSmartcardUuid, 'alice'), newer)
    assert.deepEqual(await reader.findExecutingRequestOfSmartcard(newSmartcardUuid, 'mona'), older)
    assert.equal(await reader.findExecutingRequestOfSmartcard(newSmartcardUuid, 'bob'), null)
    assert.equal(await reader.findExecutingRequestOfSmartcard(randomUUID(), 'alice'), null)
  })

  test('takes one decision of each approver, in the order of time', async t => {
    const { store } = await open(t)
    const request = sampleRequest(template)
    const approval = (approverUuid: string, seconds: number) =>
      ({
        requestUuid: request.uuid,
        approverUuid,
        decision: 'approve',
        at: new Date(someTime.getTime() + seconds * 1000),
        comment: 'ok',
      }) as const
    await audited(store, async tx => {
      await tx.saveProfileTemplate(template)
      await tx.insertRequest(request)
      assert.equal(await tx.insertApproval(approval('mona', 2)), true)
      assert.equal(await tx.insertApproval(approval('adam', 1)), true)
      assert.equal(await tx.insertApproval({ ...approval('mona', 3), decision: 'deny' }), false)
    })
    assert.deepEqual(await store.reader.listApprovals(request.uuid), [
      approval('adam', 1),
      approval('mona', 2),
    ])
    assert.deepEqual(await store.reader.listApprovals(randomUUID()), [])
  })

  test('keeps many audit records at once, in their order', async t => {
    const { store } = await open(t)
    const records = Array.from({ length: 1001 }, (_, index) => ({
      ...{ at: new Date(0), action: 'user-added' as const, actorUuid: null, requestUuid: 'many' },
      ...{ subject: `${index}`, facts: {}, correlationId: null },
    }))
    await store.transactor.transaction(tx => tx.auditAll(records))
    assert.deepEqual(await store.reader.listAuditRecordsOfRequest('many'), records)
  })

  test('lists the audit records of a request in the order in which they were written', async t => {
    const { store } = await open(t)
    const requestUuid = randomUUID()
    const first = sampleAudit({ requestUuid })
    const second = sampleAudit({
      requestUuid,
      at: new Date(0),
      actorUuid: null,
      correlationId: null,
      facts: {},
    })
    await store.transactor.transaction(async tx => {
      await tx.audit(first)
      await tx.audit(sampleAudit({ requestUuid: null }))
      await tx.audit(second)
    })
    assert.deepEqual(await store.reader.listAuditRecordsOfRequest(requestUuid), [first, second])
  })
}

const people = ['alice', 'bob', 'carol']
const statuses = ['pending', 'completed'] as const

/** Three at each moment, so that the second key of the order decides too. */
function manyRequests(): Request[] {
  return Array.from({ length: 72 }, (_, index) =>
    sampleRequest(template, {
      originatorUuid: people[index % 3] ?? '',
      targetUuid: people[Math.floor(index / 3) % 3] ?? '',
      status: index % 5 === 0 ? 'completed' : 'pending',
      submitted: new Date(someTime.getTime() + Math.floor(index / 3)),
    }),
  )
}

function everyFilter(): RequestFilter[] {
  const persons = [null, 'alice', 'bob', 'nobody']
  return persons.flatMap(involving =>
    persons.flatMap(target =>
      [null, ...statuses].flatMap(status =>
        [5, 1000].map(limit => ({ involving, target, status, after: null, limit })),
      ),
    ),
  )
}

/** What the list means, in plain words. */
function expectedList(
  requests: readonly Request[],
  { involving, target, status, limit }: RequestFilter,
): Request[] {
  return requests
    .filter(request => involving === null || [request.originatorUuid, request.targetUuid].includes(involving))
    .filter(request => target === null || request.targetUuid === target)
    .filter(request => status === null || request.status === status)
    .sort((a, b) => b.submitted.getTime() - a.submitted.getTime() || (a.uuid < b.uuid ? -1 : 1))
    .slice(0, limit)
}
