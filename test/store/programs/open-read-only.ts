import { CardinalError } from '../../../src/domain/error.ts'
import { openSqliteStore } from '../../../src/store/sqlite/open-sqlite-store.ts'

/** Opens the database as a user who may only read it, which root is not; tells how that ended. */
if (process.getuid?.() === 0) process.setuid?.(65_534)
const outcome = await openSqliteStore({ file: process.argv[2] ?? '' }).then(
  () => 'opened',
  error => (error instanceof CardinalError ? error.code : String(error)),
)
process.stdout.write(outcome)
