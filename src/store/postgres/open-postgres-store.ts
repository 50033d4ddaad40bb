import { Kysely, PostgresAdapter, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import { assembleStore, type OpenStore } from '../assemble-store.ts'
import { postgresColumnTypes } from '../column-types.ts'
import type { Database } from '../database.ts'
import { DiskFaults } from '../disk-faults.ts'
import { fenceDialect } from '../fenced-driver.ts'
import { isPostgresDiskFault, sayWhichDatabase, translatePostgresError } from './postgres-errors.ts'

export interface PostgresStoreOptions {
  /** `postgres://user:password@host:port/database?sslmode=…` */
  readonly url: string
  /** Connections at most; whoever finds none free waits. */
  readonly poolSize?: number
}

const secondsToConnect = 5
const secondsPerStatement = 30
const secondsForLock = 10
const secondsIdleInTransaction = 60

/** Any number that no other program takes for its lock on this database: "Cardinal" in ASCII. */
const migrationLock = 0x43617264696e616cn

/**
 * Opens a pool of connections. Transactions run at READ COMMITTED and lock the rows that they decide on
 * (docs/adr/0003-sqlite-and-postgresql.md).
 *
 * @throws Error where the URL is none, CardinalError ServiceUnavailable, which says why, where the database is out of reach
 */
export async function openPostgresStore({ url, poolSize = 10 }: PostgresStoreOptions): Promise<OpenStore> {
  // The parser's own error would carry the URL, and the password in it, into the log.
  if (!URL.canParse(url)) throw new Error('The URL of the database is not a URL.')
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    application_name: 'cardinal',
    connectionTimeoutMillis: secondsToConnect * 1000,
    statement_timeout: secondsPerStatement * 1000,
    lock_timeout: secondsForLock * 1000,
    idle_in_transaction_session_timeout: secondsIdleInTransaction * 1000,
    keepAlive: true,
    types: columnParsers(),
  })
  // A connection that breaks is replaced by the pool, and whoever waits for its answer is told. The events say no more,
  // but without listeners, one for idle connections and one for those in use, they would end the process.
  pool.on('error', () => undefined)
  pool.on('connect', client => client.on('error', () => undefined))
  const diskFaults = new DiskFaults(isPostgresDiskFault)
  const db = new Kysely<Database>({
    dialect: fenceDialect(
      new PostgresDialect({ pool }),
      new TransactionPostgresAdapter(),
      diskFaults.noting(translatePostgresError),
    ),
  })
  try {
    await sql`select 1`.execute(db)
  } catch (error) {
    await db.destroy()
    throw sayWhichDatabase(error, new pg.Client({ connectionString: url }))
  }
  return assembleStore({
    reading: db,
    begin: () => db.transaction().setIsolationLevel('read committed'),
    rowLock: 'for update',
    columnTypes: postgresColumnTypes,
    async lockMigrations(transaction) {
      // A migration may take longer than a statement of the daily work, and so may waiting for another process's.
      await sql`select set_config('statement_timeout', '0', true), set_config('lock_timeout', '0', true)`.execute(
        transaction,
      )
      await sql`select pg_advisory_xact_lock(${sql.lit(migrationLock)})`.execute(transaction)
    },
    check: async () => diskFaults.check(),
    close: () => db.destroy(),
  })
}

/** Whole numbers as numbers (none of ours is beyond 2^53) and bytes as plain arrays, as SQLite gives them. */
function columnParsers(): pg.TypeOverrides {
  const parsers = new pg.TypeOverrides()
  const parseBytes: (text: string) => Buffer = pg.types.getTypeParser(pg.types.builtins.BYTEA)
  parsers.setTypeParser(pg.types.builtins.INT8, Number)
  parsers.setTypeParser(pg.types.builtins.BYTEA, text => Uint8Array.from(parseBytes(text)))
  return parsers
}

/** Migrations run in a transaction that holds its own lock, which ends with it. */
class TransactionPostgresAdapter extends PostgresAdapter {
  override async acquireMigrationLock(): Promise<void> {}
  override async releaseMigrationLock(): Promise<void> {}
}
