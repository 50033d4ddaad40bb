import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import type { ProfileTemplate } from '../../src/domain/profile-template.ts'
import type { Transaction } from '../../src/workflows/ports/store.ts'
import {
  sampleAudit,
  sampleCertificate,
  sampleProfile,
  sampleRequest,
  sampleSmartcard,
} from '../store/records.ts'
import { as, startServer, type TestServer } from './server.ts'

const path = '/CertificateManagement/api/v1.0'
/** One more than two pages hold. */
const many = 2001

let server: TestServer
let alice: string
let template: ProfileTemplate
before(async () => {
  server = await startServer()
  alice = (await server.store.reader.findUserByName('alice'))?.uuid ?? ''
  const [first] = await server.store.reader.listProfileTemplates()
  template = first ?? assert.fail()
  const owner = { originatorUuid: alice, targetUuid: alice, status: 'pending' as const }
  await write(async transaction => {
    for (let index = 0; index < many; index++) {
      const request = sampleRequest(template, owner)
      const profile = sampleProfile(template, { assignedUserUuid: alice, status: 'active' })
      await transaction.insertRequest(request)
      await transaction.insertProfile(profile)
      await transaction.insertSmartcard(sampleSmartcard(profile))
      await transaction.insertCertificate(
        sampleCertificate(request, profile, { state: 'issued', ownerUuid: alice }),
      )
    }
  })
})
after(() => server?.[Symbol.asyncDispose]())

async function write(work: (transaction: Transaction) => Promise<unknown>): Promise<void> {
  await server.store.transactor.transaction(async transaction => {
    await work(transaction)
    await transaction.audit(sampleAudit())
  })
}

async function get(url: string, account = 'alice') {
  const response = await server.app.inject({ url, headers: as(account) })
  const [, next] = /^<(\?[^>]+)>; rel="next"$/.exec(String(response.headers.link)) ?? []
  return { response, next }
}

for (const [list, key] of [
  ['requests', 'Uuid'],
  ['requests?STATUS=Pending&targetuser=current', 'Uuid'],
  ['profiles', 'Uuid'],
  ['profiles?status=active', 'Uuid'],
  ['smartcards', 'Uuid'],
  ['certificates', 'SerialNumber'],
] as const) {
  test(`GET /${list} comes in pages of 1000, each of which names the next one`, async () => {
    const seen: string[] = []
    const lengths: number[] = []
    for (let url: string | undefined = `${path}/${list}`; url !== undefined; ) {
      const { response, next } = await get(url)
      assert.equal(response.statusCode, 200, response.body)
      assert.equal(Number(response.headers['content-length']), response.rawPayload.length)
      const items: Record<string, string>[] = response.json()
      lengths.push(items.length)
      seen.push(...items.map(item => item[key] ?? ''))
      // The filter goes along.
      if (next !== undefined && list.includes('?')) assert.match(next, /status=(Pending|active)&/)
      url = next === undefined ? undefined : new URL(next, `http://x${url}`).href.slice('http://x'.length)
      // What is added meanwhile stands before all that is still to come.
      if (list === 'requests' && lengths.length === 1) await write(tx => tx.insertRequest(newRequest()))
    }
    assert.deepEqual(lengths, [1000, 1000, 1])
    assert.equal(new Set(seen).size, many)
  })
}

function newRequest() {
  return sampleRequest(template, { originatorUuid: alice, targetUuid: '', submitted: server.clock.at })
}

test('a list that ends with its first page names no other', async () => {
  const { response, next } = await get(`${path}/profiletemplates`)
  assert.equal(response.statusCode, 200)
  assert.equal(response.headers.link, undefined)
  assert.equal(next, undefined)
})

test('a page begins behind nothing but an item of the caller’s own list', async () => {
  const { response } = await get(`${path}/smartcards`)
  const [{ Uuid }] = response.json()
  for (const [after, account] of [
    [Uuid, 'bob'],
    [randomUUID(), 'alice'],
    ['x'.repeat(5000), 'alice'],
    ['1;2', 'alice'],
  ] as const) {
    const refused = await get(`${path}/smartcards?after=${after}`, account)
    assert.equal(refused.response.statusCode, 400)
    assert.match(refused.response.json().Message, /^after: /)
  }
})
