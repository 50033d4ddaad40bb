import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openPostgresStore } from '../../src/store/postgres/open-postgres-store.ts'
import { onPostgresql } from '../testbed/on-postgresql.ts'

for (const [url, said] of [
  ['postgres://u:secret@127.0.0.1:1/db', 'db at 127.0.0.1:1 cannot be used: nothing listens there'],
  ['postgres://u:secret@[::1]:1/db', 'db at [::1]:1 cannot be used: nothing listens there'],
  [
    'postgres://u:secret@db.invalid/db',
    'db at db.invalid:5432 cannot be used: there is no host of this name',
  ],
  ['postgres://u:secret@x/db?host=/no/where', 'db at /no/where cannot be used: there is no such socket'],
] as const) {
  test(`says where ${new URL(url).host} was looked for and why it cannot be used, without the password`, async () => {
    await assert.rejects(openPostgresStore({ url }), {
      code: 'ServiceUnavailable',
      message: `The database ${said}. Mend that, or set CARDINAL_DATABASE_URL to another one.`,
    })
  })
}

onPostgresql(createDatabase => {
  test("gives PostgreSQL's own reason where it has one", async () => {
    const url = new URL(await createDatabase())
    url.pathname = '/nothing'
    await assert.rejects(openPostgresStore({ url: url.href }), {
      code: 'ServiceUnavailable',
      message: /^The database nothing at \S+ cannot be used: database "nothing" does not exist\. Mend /,
    })
  })
})
