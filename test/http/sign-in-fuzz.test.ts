import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import type { Answer } from './authorization/answer.ts'
import { inject, ticketFor } from './authorization/schemes.ts'
import { startServerOfSchemes } from './authorization/server-of-schemes.ts'
import { hostileAuthorizations, hostileCookies } from './sign-in-fuzz-credentials.ts'

const server = await startServerOfSchemes()
after(() => server[Symbol.asyncDispose]())
const { app } = server
const authorizations = await hostileAuthorizations(server)

const read = '/CertificateManagement/api/v2.0/session'
const write = '/CertificateManagement/api/v1.0/requests'
const alice = `Basic ${Buffer.from(`alice:${server.passwordOf('alice')}`).toString('base64')}`

/** A refusal in the form of every refusal, which says nothing of what it refuses. */
function assertRefused({ status, headers, body }: Answer, shown: string): void {
  assert.ok([400, 401].includes(status), `${status} for ${shown}: ${body}`)
  assert.deepEqual(Object.keys(JSON.parse(body)), ['Message', 'ErrorCode', 'CorrelationId'], shown)
  assert.ok(body.length < 500, shown)
  assert.equal(headers['set-cookie'], undefined, shown)
  if (status === 401) assert.equal([headers['www-authenticate']].flat().length, 3, shown)
}

test('refuses every Authorization header that it did not give rise to', async () => {
  await fc.assert(
    fc.asyncProperty(authorizations, fc.boolean(), async (authorization, isWrite) => {
      const call = isWrite ? { method: 'POST' as const, url: write, payload: {} } : { url: read }
      assertRefused(await inject(app, { ...call, headers: { authorization } }), authorization)
    }),
    { numRuns: 2000 },
  )
})

test('refuses every cookie that it did not set', async () => {
  await fc.assert(
    fc.asyncProperty(hostileCookies, async cookie => {
      assertRefused(await inject(app, { url: read, headers: { cookie } }), cookie)
    }),
    { numRuns: 1500 },
  )
})

test('lets nobody in by the header because of the cookie, or the other way round', async () => {
  const begun = await inject(app, {
    method: 'POST',
    url: read,
    headers: { authorization: alice },
    payload: {},
  })
  const cookie = String(begun.headers['set-cookie']).split(';', 1)[0] ?? ''
  await fc.assert(
    fc.asyncProperty(authorizations, async authorization => {
      assertRefused(await inject(app, { url: read, headers: { authorization, cookie } }), authorization)
    }),
    { numRuns: 300 },
  )
  const [name = ''] = cookie.split('=')
  const counts: Record<string, number> = {
    [`${name}=${'A'.repeat(43)}; ${cookie}`]: 401,
    [`${cookie}; ${name}=${'A'.repeat(43)}`]: 200,
    [`${name}=; ${cookie}`]: 401,
    [`${'a=b; '.repeat(8000)}${cookie}`]: 200,
    [cookie.replace('=', '="').concat('"')]: 401,
    [cookie.toUpperCase()]: 401,
    [`x${cookie}`]: 401,
  }
  for (const [several, status] of Object.entries(counts)) {
    const answer = await inject(app, { url: read, headers: { cookie: several } })
    assert.equal(answer.status, status, several.slice(-200))
  }
})

test('holds no more memory after ten thousand hostile calls than after two thousand', async () => {
  setFlagsFromString('--expose-gc')
  const collectGarbage: () => void = runInNewContext('gc')
  const heap = () => {
    collectGarbage()
    return process.memoryUsage().heapUsed + process.memoryUsage().external
  }
  const sample = fc.sample(fc.tuple(authorizations, hostileCookies), 400)
  let calls = 0
  const run = async (times: number) => {
    for (const until = calls + times; calls < until; calls++) {
      const [authorization = '', cookie = ''] = sample[calls % sample.length] ?? []
      // No two alike, so that whatever is remembered of one is no other's.
      const own = calls.toString(36).padStart(4, 'A')
      const headers =
        calls % 2 === 0 ? { authorization: `${authorization}${own}` } : { cookie: `${cookie}${own}` }
      assert.ok((await inject(app, { url: read, headers })).status < 500)
    }
  }
  // What is still under way when the collector runs is no leak: a leak is there each time.
  const leastHeap = async (rounds: number) => {
    const heaps: number[] = []
    for (let round = 0; round < rounds; round++) {
      await run(400)
      heaps.push(heap())
    }
    return Math.min(...heaps)
  }
  const before = await leastHeap(5)
  await run(4000)
  const after = await leastHeap(10)
  const ratio = after / before
  assert.ok(ratio < 1.15, `${ratio.toFixed(2)} times as much`)
})

test('lets in whoever shows good ones, afterwards too', async () => {
  for (const authorization of [alice, `Negotiate ${ticketFor(server, 'alice')}`]) {
    assert.equal((await inject(app, { url: read, headers: { authorization } })).status, 200)
  }
})
