import { CardinalError } from '../../../src/domain/error.ts'
import { openSqliteStore } from '../../../src/store/sqlite/open-sqlite-store.ts'
import { sampleAudit, sampleUser } from '../records.ts'

/** Runs with a limit on the size of files: commits until the limit is met, and tells what then happens. */
const store = await openSqliteStore({ file: process.argv[2] ?? '' })
await store.migrate()
const saved: string[] = []
const codes: string[] = []
while (codes.length < 3) {
  const user = sampleUser({ displayName: 'x'.repeat(100_000) })
  try {
    await store.transactor.transaction(async tx => {
      await tx.audit(sampleAudit())
      await tx.saveUser(user)
    })
    saved.push(user.uuid)
  } catch (error) {
    codes.push(error instanceof CardinalError ? error.code : String(error))
  }
}
const found = await Promise.all(saved.map(uuid => store.reader.findUser(uuid)))
const readable = found.filter(user => user !== null).length
process.stdout.write(JSON.stringify({ codes, saved: saved.length, readable }))
