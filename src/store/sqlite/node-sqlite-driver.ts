import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { setTimeout as wait } from 'node:timers/promises'
import type { CompiledQuery, DatabaseConnection, Driver, QueryResult } from 'kysely'
import { FairMutex } from '../locks/fair-mutex.ts'
import { isSqliteBusy } from './sqlite-errors.ts'

/** Far more than the store has statements: only the lists of parameters vary. */
const cachedStatements = 500
const pauseBetweenAttempts = 5

export interface NodeSqliteDriverOptions {
  /** Milliseconds that a transaction waits for another process to end its own. */
  readonly busyTimeout: number
}

/** One connection of `node:sqlite`, which one transaction or one query after the other has to itself. */
export class NodeSqliteDriver implements Driver {
  readonly #database: DatabaseSync
  readonly #connection: NodeSqliteConnection
  readonly #busyTimeout: number
  readonly #turn = new FairMutex()

  constructor(database: DatabaseSync, options: NodeSqliteDriverOptions) {
    this.#database = database
    this.#connection = new NodeSqliteConnection(database)
    this.#busyTimeout = options.busyTimeout
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    await this.#turn.lock()
    return this.#connection
  }

  async releaseConnection(): Promise<void> {
    this.#turn.unlock()
  }

  /**
   * Takes the write lock at once: a transaction that began by reading could find that it may no longer write. Waits
   * without blocking the event loop, as SQLite's own busy handler would.
   */
  async beginTransaction(): Promise<void> {
    const deadline = performance.now() + this.#busyTimeout
    for (;;) {
      try {
        return this.#database.exec('begin immediate')
      } catch (error) {
        if (!isSqliteBusy(error) || performance.now() >= deadline) throw error
        await wait(pauseBetweenAttempts)
      }
    }
  }

  async commitTransaction(): Promise<void> {
    this.#database.exec('commit')
  }

  /** After some errors (a full disk) SQLite has already rolled back by itself (sqlite.org/lang_transaction.html §3.1). */
  async rollbackTransaction(): Promise<void> {
    if (this.#database.isTransaction) this.#database.exec('rollback')
  }

  async destroy(): Promise<void> {
    this.#database.close()
  }
}

interface CachedStatement {
  readonly statement: StatementSync
  readonly returnsRows: boolean
}

class NodeSqliteConnection implements DatabaseConnection {
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, CachedStatement>()

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const parameters = query.parameters.map(toInputValue)
    const { statement, returnsRows } = this.#prepare(query.sql)
    if (!returnsRows) {
      return { numAffectedRows: BigInt(statement.run(...parameters).changes), rows: [] }
    }
    const rows: unknown[] = statement.all(...parameters)
    return {
      ...(query.query.kind === 'SelectQueryNode' ? {} : { numAffectedRows: BigInt(rows.length) }),
      // Kysely derives the type of the row from the query that it compiled.
      rows: rows as Row[],
    }
  }

  streamQuery(): never {
    throw new Error('Rows are not streamed from SQLite.')
  }

  #prepare(sql: string): CachedStatement {
    const cached = this.#statements.get(sql)
    if (cached !== undefined) return cached
    const statement = this.#database.prepare(sql)
    const prepared = { statement, returnsRows: statement.columns().length > 0 }
    const [oldest] = this.#statements.keys()
    if (this.#statements.size >= cachedStatements && oldest !== undefined) this.#statements.delete(oldest)
    this.#statements.set(sql, prepared)
    return prepared
  }
}

function toInputValue(value: unknown): SQLInputValue {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint')
    return value
  if (value instanceof Uint8Array) return value
  throw new TypeError(`SQLite takes no ${typeof value}.`)
}
