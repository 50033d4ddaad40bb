import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { mostSessionsOfUser } from '../../src/domain/session.ts'
import { createSessions, type Sessions } from '../../src/identity/session.ts'
import type { OpenStore } from '../../src/store/assemble-store.ts'
import { openPostgresStore } from '../../src/store/postgres/open-postgres-store.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import { disableUser } from '../../src/workflows/people/disable-user.ts'
import type { PeopleEnvironment } from '../../src/workflows/people/people-environment.ts'
import { setPassword } from '../../src/workflows/people/set-password.ts'
import type { StillCounts } from '../../src/workflows/ports/authenticator.ts'
import { onPostgresql } from '../testbed/on-postgresql.ts'
import { alice } from './alice.ts'
import { createClockFake } from './clock-fake.ts'

/** The sessions of two servers that share one database. */
interface TwoServers {
  readonly servers: readonly [Sessions, Sessions]
  readonly store: OpenStore
  readonly clock: ReturnType<typeof createClockFake>
}

type Open = () => Promise<OpenStore>

async function start(t: TestContext, open: Open): Promise<TwoServers> {
  const clock = createClockFake()
  const stores = [await open(), await open()] as const
  t.after(() => Promise.all(stores.map(store => store.close())))
  await stores[0].migrate()
  const sessionsOf = (store: OpenStore) =>
    createSessions({
      store,
      clock,
      randomness: { bytes: randomBytes, uuid: randomUUID },
      rules: { idleSeconds: 1800, absoluteSeconds: 36_000, renewalSeconds: 900 },
    })
  return { servers: [sessionsOf(stores[0]), sessionsOf(stores[1])], store: stores[0], clock }
}

/** Runs `work` so many times at once, on the two servers in turn. */
function atOnce<Result>(
  servers: readonly [Sessions, Sessions],
  times: number,
  work: (sessions: Sessions, index: number) => Promise<Result>,
): Promise<Result[]> {
  const each = (_: unknown, index: number) => work(index % 2 === 0 ? servers[0] : servers[1], index)
  return Promise.all(Array.from({ length: times }, each))
}

const address = '192.0.2.1'
const newPassword = { hash: 'new', deliver: async () => undefined }
const noRandomness = {
  bytes: () => assert.fail('nothing is made up'),
  uuid: () => assert.fail('nothing is made up'),
  integer: () => assert.fail('nothing is made up'),
}
const nextTurn = () => new Promise(setImmediate)

async function saveAlice({ transactor, reader }: OpenStore): Promise<void> {
  await transactor.transaction(async transaction => {
    await transaction.saveUser(alice)
    await transaction.saveLocalAccount({ userUuid: alice.uuid, passwordHash: 'old' })
    await transaction.audit({
      ...{ at: new Date(), action: 'user-added', actorUuid: null, requestUuid: null },
      ...{ subject: alice.uuid, facts: {}, correlationId: null },
    })
  })
  assert.deepEqual(await reader.findUser(alice.uuid), alice)
}

function describeConcurrency(engine: string, open: (t: TestContext) => Promise<Open>): void {
  describe(`sessions of two servers on ${engine}`, () => {
    test('offer one new token, whichever server is asked, and sign nobody out by it', async t => {
      const { servers, clock } = await start(t, await open(t))
      let { token } = await servers[0].begin(randomUUID(), 'basic', address)
      for (let round = 0; round < 5; round++) {
        clock.advance(900)
        const found = await atOnce(servers, 40, sessions => sessions.find(token, address))
        assert.ok(found.every(each => each !== null))
        const offered = found.flatMap(each => each?.newToken ?? [])
        assert.equal(offered.length, 1)
        // Calls that are under way bring the old one, others the new one.
        const [newToken = ''] = offered
        const mixed = await atOnce(servers, 40, (sessions, index) =>
          sessions.find(index % 3 === 0 ? token : newToken, address),
        )
        assert.ok(mixed.every(each => each !== null && each.newToken === null))
        token = newToken
      }
    })

    test('end once where a copied token is used by many at once', async t => {
      const { servers, store, clock } = await start(t, await open(t))
      const userUuid = randomUUID()
      const { token, session } = await servers[0].begin(userUuid, 'basic', address)
      clock.advance(900)
      const newToken = (await servers[0].find(token, address))?.newToken ?? ''
      assert.notEqual(await servers[1].find(newToken, address), null)
      clock.advance(60)
      const found = await atOnce(servers, 20, sessions => sessions.find(token, address))
      assert.ok(found.every(each => each === null))
      assert.equal(await store.reader.findSession(session.tokenHash), null)
      assert.equal(await servers[1].find(newToken, address), null)
    })

    for (const [what, end] of [
      ['changes their password', (people: PeopleEnvironment) => setPassword(people, 'alice', newPassword)],
      ['disables them', (people: PeopleEnvironment) => disableUser(people, 'alice')],
    ] as const) {
      test(`of a user do not outlive that somebody ${what} while they sign in`, async t => {
        const { servers, store, clock } = await start(t, await open(t))
        const people = { store, clock, operator: 'root', randomness: noRandomness }
        for (let round = 0; round < 10; round++) {
          await saveAlice(store)
          const stillCounts: StillCounts = async reader =>
            (await reader.findLocalAccount(alice.uuid))?.passwordHash === 'old'
          const begun = Promise.allSettled(
            Array.from({ length: 10 }, (_, index) =>
              (index % 2 === 0 ? servers[0] : servers[1]).begin(alice.uuid, 'basic', address, stillCounts),
            ),
          )
          for (let turn = 0; turn < round; turn++) await nextTurn()
          await end(people)
          const reasons = (await begun).filter(each => each.status === 'rejected').map(({ reason }) => reason)
          assert.ok(reasons.every(({ code }) => code === 'NotSignedIn'))
          assert.deepEqual(await store.reader.listSessionsOfUser(alice.uuid, 1000), [])
        }
      })
    }

    test('never are more than a hundred of one user', async t => {
      const { servers, store, clock } = await start(t, await open(t))
      const userUuid = randomUUID()
      for (let n = 0; n < mostSessionsOfUser - 5; n++) await servers[0].begin(userUuid, 'basic', address)
      clock.advance(1)
      const begun = await atOnce(servers, 20, sessions => sessions.begin(userUuid, 'basic', address))
      const left = await store.reader.listSessionsOfUser(userUuid, 1000)
      assert.equal(left.length, mostSessionsOfUser)
      const uuids = new Set(left.map(({ uuid }) => uuid))
      assert.ok(begun.every(({ session }) => uuids.has(session.uuid)))
    })
  })
}

describeConcurrency('SQLite', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'sessions-'))
  t.after(() => rm(folder, { recursive: true }))
  return () => openSqliteStore({ file: join(folder, 'cardinal.db') })
})

onPostgresql(createDatabase =>
  describeConcurrency('PostgreSQL', async () => {
    const url = await createDatabase()
    return () => openPostgresStore({ url })
  }),
)
