import type {
  CompiledQuery,
  DatabaseConnection,
  Dialect,
  DialectAdapter,
  Driver,
  QueryResult,
  TransactionSettings,
} from 'kysely'
import { CardinalError } from '../domain/error.ts'

/** Makes of what the engine threw what the callers of the store understand. */
export type TranslateError = (error: unknown) => unknown

/** A dialect whose connections are fenced by {@link FencedDriver}. */
export function fenceDialect(dialect: Dialect, adapter: DialectAdapter, translate: TranslateError): Dialect {
  return {
    createDriver: () => new FencedDriver(dialect.createDriver(), translate),
    createAdapter: () => adapter,
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createIntrospector: db => dialect.createIntrospector(db),
  }
}

/**
 * Hands out connections that work only until their transaction begins to end, so that a query that nobody awaited cannot
 * run after COMMIT or ROLLBACK, on its own or in somebody else's transaction; and translates errors on the way out.
 */
export class FencedDriver implements Driver {
  readonly #driver: Driver
  readonly #translate: TranslateError
  /** Fences are kept until a transaction closes them: Kysely remembers every one that it ever saw, and a query is quick. */
  readonly #fences = new WeakMap<DatabaseConnection, FencedConnection>()

  constructor(driver: Driver, translate: TranslateError) {
    this.#driver = driver
    this.#translate = translate
  }

  init(): Promise<void> {
    return this.#translated(() => this.#driver.init())
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    const connection = await this.#translated(() => this.#driver.acquireConnection())
    const known = this.#fences.get(connection)
    if (known?.isClosed === false) return known
    const fenced = new FencedConnection(connection, this.#translate)
    this.#fences.set(connection, fenced)
    return fenced
  }

  beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    return this.#translated(() => this.#driver.beginTransaction(unwrap(connection), settings))
  }

  commitTransaction(connection: DatabaseConnection): Promise<void> {
    return this.#translated(() => this.#driver.commitTransaction(close(connection)))
  }

  /** Never throws, so that the error that led here is the one that is seen: what is not committed is rolled back anyway. */
  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await this.#driver.rollbackTransaction(close(connection)).catch(() => undefined)
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    await this.#driver.releaseConnection(unwrap(connection))
  }

  destroy(): Promise<void> {
    return this.#driver.destroy()
  }

  async #translated<Result>(action: () => Promise<Result>): Promise<Result> {
    try {
      return await action()
    } catch (error) {
      throw this.#translate(error)
    }
  }
}

class FencedConnection implements DatabaseConnection {
  readonly inner: DatabaseConnection
  isClosed = false
  readonly #translate: TranslateError

  constructor(inner: DatabaseConnection, translate: TranslateError) {
    this.inner = inner
    this.#translate = translate
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    if (this.isClosed) throw new Error('A query came after the end of its transaction.')
    refuseZeroCharacters(query.parameters)
    try {
      return await this.inner.executeQuery<Row>(query)
    } catch (error) {
      throw this.#translate(error)
    }
  }

  streamQuery(): never {
    throw new Error('The store reads whole, bounded lists.')
  }
}

function unwrap(connection: DatabaseConnection): DatabaseConnection {
  return asFenced(connection).inner
}

function close(connection: DatabaseConnection): DatabaseConnection {
  const fenced = asFenced(connection)
  fenced.isClosed = true
  return fenced.inner
}

function asFenced(connection: DatabaseConnection): FencedConnection {
  if (connection instanceof FencedConnection) return connection
  throw new Error('The connection came from another driver.')
}

/** PostgreSQL cannot keep U+0000 in a text (its manual, §8.3); refused here so that both engines answer alike. */
function refuseZeroCharacters(parameters: readonly unknown[]): void {
  if (parameters.some(parameter => typeof parameter === 'string' && parameter.includes('\0'))) {
    throw new CardinalError('InvalidParameter', 'A text must not hold the character U+0000.')
  }
}
