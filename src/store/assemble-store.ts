import { type Kysely, sql, type Transaction, type TransactionBuilder } from 'kysely'
import type { Store } from '../workflows/ports/store.ts'
import type { ColumnTypes } from './column-types.ts'
import type { Database } from './database.ts'
import type { RowLock } from './locks/row-lock.ts'
import { migrate } from './migrate.ts'
import { createReader } from './reader.ts'
import { createTransactor } from './transactor.ts'

export interface OpenStore extends Store {
  /** Brings the schema up to date; the names of the migrations that were applied. Several processes may do so at once. */
  migrate(): Promise<readonly string[]>
  /** @throws CardinalError ServiceUnavailable where the store cannot work */
  check(): Promise<void>
  close(): Promise<void>
}

/** What differs between the engines. */
export interface Engine {
  /** Sees what is committed. */
  readonly reading: Kysely<Database>
  begin(): TransactionBuilder<Database>
  readonly rowLock: RowLock
  readonly columnTypes: ColumnTypes
  /** Keeps other processes from migrating until the transaction ends. */
  lockMigrations(transaction: Transaction<Database>): Promise<void>
  /** @throws CardinalError ServiceUnavailable */
  check(): Promise<void>
  close(): Promise<void>
}

export function assembleStore(engine: Engine): OpenStore {
  return {
    reader: createReader(engine.reading),
    transactor: createTransactor(engine.begin, engine.rowLock),
    migrate: () =>
      engine.begin().execute(async transaction => {
        await engine.lockMigrations(transaction)
        return await migrate(transaction, engine.columnTypes)
      }),
    async check() {
      await sql`select 1 from organisation limit 1`.execute(engine.reading)
      await engine.check()
    },
    close: () => engine.close(),
  }
}
