import { access, constants, stat, statfs } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { type Dialect, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'
import { CardinalError } from '../../domain/error.ts'
import { assembleStore, type OpenStore } from '../assemble-store.ts'
import { sqliteColumnTypes } from '../column-types.ts'
import type { Database } from '../database.ts'
import { DiskFaults } from '../disk-faults.ts'
import { fenceDialect, type TranslateError } from '../fenced-driver.ts'
import { createFile } from './create-file.ts'
import { NodeSqliteDriver } from './node-sqlite-driver.ts'
import { isSqliteDiskFault, translateSqliteError } from './sqlite-errors.ts'

export interface SqliteStoreOptions {
  /** Path of the database; made where it is missing, in a folder that exists, on a disk of this machine. */
  readonly file: string
  /** Milliseconds to wait for another process that writes. */
  readonly busyTimeout?: number
}

/**
 * Opens the embedded database: one connection that writes, and one that only reads and so never sees what is not
 * committed. Other processes may open the same file (docs/adr/0003-sqlite-and-postgresql.md).
 *
 * @throws CardinalError ServiceUnavailable where the file cannot be used
 */
export async function openSqliteStore({ file, busyTimeout = 5000 }: SqliteStoreOptions): Promise<OpenStore> {
  const { writer, reader } = openConnections(file, busyTimeout)
  const { ino } = await stat(file)
  const diskFaults = new DiskFaults(isSqliteDiskFault)
  const translate = diskFaults.noting(translateSqliteError)
  const writing = new Kysely<Database>({ dialect: createDialect(writer, busyTimeout, translate) })
  const reading = new Kysely<Database>({ dialect: createDialect(reader, busyTimeout, translate) })
  return assembleStore({
    reading,
    begin: () => writing.transaction(),
    rowLock: 'none',
    columnTypes: sqliteColumnTypes,
    // BEGIN IMMEDIATE has already shut every other writer out.
    async lockMigrations() {},
    async check() {
      const there = await stat(file).catch(() => null)
      if (there?.ino !== ino) {
        throw new CardinalError(
          'ServiceUnavailable',
          'The database file was moved or deleted; restart the server.',
        )
      }
      diskFaults.check()
      await requireWritable(file)
    },
    async close() {
      await reading.destroy()
      await writing.destroy()
    },
  })
}

/** Less may not hold what one transaction writes (the log of SQLite grows to some 4 MiB before its place is used again). */
const leastFreeBytes = 4 * 1024 * 1024

async function requireWritable(file: string): Promise<void> {
  const { bavail, bsize } = await statfs(file)
  if (bavail * bsize < leastFreeBytes) {
    throw new CardinalError('ServiceUnavailable', `The disk of ${file} is full, or nearly so; make room.`)
  }
  await access(file, constants.W_OK).catch((cause: unknown) => {
    throw new CardinalError('ServiceUnavailable', `${file} can only be read.`, { cause })
  })
}

function openConnections(file: string, busyTimeout: number): { writer: DatabaseSync; reader: DatabaseSync } {
  let writer: DatabaseSync | null = null
  try {
    createFile(file)
    writer = new DatabaseSync(file, { timeout: busyTimeout, enableForeignKeyConstraints: true })
    // FULL: what a transaction was acknowledged for survives a loss of power; fullfsync is what that takes on macOS.
    writer.exec('pragma journal_mode = wal; pragma synchronous = full; pragma fullfsync = on')
    // The driver waits for other processes itself, without blocking the event loop.
    writer.exec('pragma busy_timeout = 0')
    return { writer, reader: new DatabaseSync(file, { timeout: busyTimeout, readOnly: true }) }
  } catch (error) {
    writer?.close()
    if (error instanceof Error && 'syscall' in error) {
      throw new CardinalError('ServiceUnavailable', `The database ${file} cannot be made.`, { cause: error })
    }
    throw translateSqliteError(error)
  }
}

function createDialect(database: DatabaseSync, busyTimeout: number, translate: TranslateError): Dialect {
  const dialect: Dialect = {
    createDriver: () => new NodeSqliteDriver(database, { busyTimeout }),
    createAdapter: () => new NodeSqliteAdapter(),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createIntrospector: db => new SqliteIntrospector(db),
  }
  return fenceDialect(dialect, new NodeSqliteAdapter(), translate)
}

class NodeSqliteAdapter extends SqliteAdapter {
  /** The driver queues by itself, and fairly. */
  override get supportsMultipleConnections(): boolean {
    return true
  }

  override get supportsTransactionalDdl(): boolean {
    return true
  }
}
