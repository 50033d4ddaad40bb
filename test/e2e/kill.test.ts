import assert from 'node:assert/strict'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, test } from 'node:test'
import { setImmediate as nextTurn, setTimeout as passing } from 'node:timers/promises'
import { isInterrupted } from '../../src/client/executable-request.ts'
import { createCardinalClient } from '../../src/client/library/create-cardinal-client.ts'
import { runWalkthrough } from '../../src/client/walkthrough/run-walkthrough.ts'
import type { WalkthroughResult } from '../../src/client/walkthrough/walkthrough-result.ts'
import { newWalkthroughState } from '../../src/client/walkthrough/walkthrough-state.ts'
import { WalkthroughError } from '../../src/client/walkthrough/walkthrough-step.ts'
import { leftOutWithout } from '../testbed/left-out.ts'
import { type Postgresql, startPostgresql } from '../testbed/postgresql.ts'
import { startServer, type TestServer } from '../testbed/server.ts'
import { type Ask, askPostgresql, askSqlite, assertBooksBalance, serialNumbersOf } from './books.ts'
import { assertOpensslVerifies } from './openssl-verify.ts'
import { beginSession } from './session.ts'
import { walkthroughWith } from './walkthrough-client.ts'

/** The calls of a walkthrough, its final checks included, two of which it has sent before. */
const callsOfWalkthrough = 16
const differentCalls = 14
const callsThatChangeSomething = 7

/** Stands between client and server; may do with the server what it wants. */
type Interference = (call: Call) => Promise<Response>

interface Call {
  /** The same for the same call of a later attempt. */
  readonly name: string
  readonly changesSomething: boolean
  readonly send: () => Promise<Response>
}

describe('with SQLite', () => {
  let server: TestServer
  let ask: Ask
  before(async () => {
    server = await startServer()
    ask = askSqlite(path.join(server.dataDir, 'cardinal.sqlite'))
  })
  after(() => server?.remove())

  test('a walkthrough does not notice that the server dies between any two of its calls', async () => {
    let calls = 0
    const { attempts } = await walkThrough(server, ask, async ({ send }) => {
      if (calls++ > 0) {
        await server.kill()
        await server.restart()
      }
      return await send()
    })
    assert.equal(attempts, 1)
    assert.equal(calls, callsOfWalkthrough)
  })

  test('a walkthrough goes on after the server died in each of its calls', async () => {
    const { killed } = await killInFlight(server, ask, () => true)
    assert.equal(killed, differentCalls)
  })

  test('a certificate that was kept but not signed when the server died is signed by the next start', async () => {
    const database = new DatabaseSync(path.join(server.dataDir, 'cardinal.sqlite'), { timeout: 5000 })
    after(() => database.close())
    // Where the server keeps what it has signed, it now counts and counts.
    database.exec(`
      create view endless as with recursive n(i) as (select 1 union all select i + 1 from n) select i from n;
      create trigger stall before update on certificates begin select count(*) from endless; end`)
    const isPrepared = database.prepare(
      "select serial_number as serial from certificates where state = 'prepared'",
    )
    let serialNumber: unknown
    const { result, attempts } = await walkThrough(server, ask, async ({ name, send }) => {
      if (!name.endsWith('certificatedata') || serialNumber !== undefined) return await send()
      const answer = send()
      answer.catch(() => {})
      for (;;) {
        ;({ serial: serialNumber } = isPrepared.get() ?? {})
        if (serialNumber !== undefined) break
        await nextTurn()
      }
      await server.kill()
      database.exec('drop trigger stall; drop view endless')
      await server.restart()
      await assertBooksBalance(ask)
      return await answer
    })
    assert.equal(attempts, 2)
    assert.equal(result.serialNumber, serialNumber)
    assert.match(server.output(), /"finished":1,"msg":"signed certificates that had been left unsigned"/)
  })
})

describe('with PostgreSQL', { skip: leftOutWithout('postgresql') }, () => {
  let postgresql: Postgresql
  let server: TestServer
  let ask: Ask
  before(async () => {
    postgresql = await startPostgresql()
    const url = await postgresql.createDatabase()
    server = await startServer({ settings: { CARDINAL_DATABASE_URL: url } })
    ask = askPostgresql(url)
  })
  after(async () => {
    await server?.remove()
    await postgresql?.stop()
  })

  test('a walkthrough goes on after the server died in each of its calls that change something', async () => {
    const { killed } = await killInFlight(server, ask, call => call.changesSomething)
    assert.equal(killed, callsThatChangeSomething)
  })
})

/** Kills the server in the midst of the first attempt at each of the calls that are meant. */
async function killInFlight(
  server: TestServer,
  ask: Ask,
  isMeant: (call: Call) => boolean,
): Promise<{ killed: number }> {
  const killed = new Set<string>()
  await walkThrough(server, ask, async call => {
    if (!isMeant(call) || killed.has(call.name)) return await call.send()
    killed.add(call.name)
    const answer = call.send()
    answer.catch(() => {})
    await passing(Math.random() * 10)
    await server.kill()
    await server.restart()
    await assertBooksBalance(ask)
    return await answer
  })
  return { killed: killed.size }
}

/** Goes on until the walkthrough is through, and checks that it ended with one certificate, properly issued. */
async function walkThrough(
  server: TestServer,
  ask: Ask,
  interfere: Interference,
): Promise<{ result: WalkthroughResult; attempts: number }> {
  const cookie = await beginSession(server, 'alice')
  const options = walkthroughWith(
    createCardinalClient({
      baseUrl: server.url,
      credentials: { cookie },
      retries: 0,
      fetch: (input, init) => interfere(callOf(input, init)),
    }),
    { state: newWalkthroughState() },
  )
  for (let attempts = 1; ; attempts++) {
    try {
      const result = await runWalkthrough(options)
      assert.deepEqual(await serialNumbersOf(ask, result.requestUuid), [result.serialNumber])
      await assertBooksBalance(ask)
      await assertOpensslVerifies(result)
      return { result, attempts }
    } catch (error) {
      if (!(error instanceof WalkthroughError) || !isInterrupted(error.cause)) throw error
    }
  }
}

function callOf(input: Parameters<typeof fetch>[0], init: RequestInit | undefined): Call {
  const { pathname, searchParams } = new URL(String(input))
  return {
    name: `${init?.method} ${searchParams.get('diversified') ?? ''} ${pathname}`,
    changesSomething: init?.method !== 'GET' || /diversifiedkey|authenticationresponse/.test(pathname),
    send: () => fetch(input, init),
  }
}
