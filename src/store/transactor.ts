import { AsyncLocalStorage } from 'node:async_hooks'
import type { TransactionBuilder } from 'kysely'
import { CardinalError } from '../domain/error.ts'
import type { Transaction, Transactor } from '../workflows/ports/store.ts'
import { AuditGuard } from './audit-guard.ts'
import type { Database } from './database.ts'
import { FairMutex } from './locks/fair-mutex.ts'
import type { RowLock } from './locks/row-lock.ts'
import { SerializationConflict } from './locks/serialization-conflict.ts'
import { createTransaction } from './transaction.ts'

const maximumAttempts = 5

/**
 * @param begin makes the engine's transaction, not yet begun
 */
export function createTransactor(begin: () => TransactionBuilder<Database>, rowLock: RowLock): Transactor {
  const running = new AsyncLocalStorage<true>()
  const repetition = new FairMutex()

  function attempt<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    return begin().execute(async database => {
      const guard = new AuditGuard()
      const result = await running.run(true, () => work(createTransaction(database, guard, rowLock)))
      guard.requireAuditRecord()
      return result
    })
  }

  /** One at a time, so that those that met once do not meet again. */
  async function repeat<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    await repetition.lock()
    try {
      return await attempt(work)
    } finally {
      repetition.unlock()
    }
  }

  return {
    async transaction(work) {
      // It would wait for a connection that the outer one does not give back before it ends.
      if (running.getStore()) throw new Error('A transaction cannot run within another one.')
      for (let attempts = 1; ; attempts++) {
        try {
          return await (attempts === 1 ? attempt(work) : repeat(work))
        } catch (error) {
          if (!(error instanceof SerializationConflict)) throw error
          if (attempts === maximumAttempts) {
            throw new CardinalError(
              'ConcurrentChange',
              'Others keep changing the same objects; try again later.',
              {
                cause: error,
              },
            )
          }
        }
      }
    },
  }
}
