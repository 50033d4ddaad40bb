import type { TransactionBuilder } from 'kysely'
import { CardinalError } from '../domain/error.ts'
import type { Transaction, Transactor } from '../workflows/ports.ts'
import { AuditGuard } from './audit-guard.ts'
import type { Database } from './database.ts'
import type { RowLock } from './row-lock.ts'
import { SerializationConflict } from './serialization-conflict.ts'
import { createTransaction } from './transaction.ts'

const maximumAttempts = 5

/**
 * @param begin makes the engine's transaction, not yet begun
 */
export function createTransactor(begin: () => TransactionBuilder<Database>, rowLock: RowLock): Transactor {
  function attempt<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    return begin().execute(async database => {
      const guard = new AuditGuard()
      const result = await work(createTransaction(database, guard, rowLock))
      guard.requireAuditRecord()
      return result
    })
  }

  return {
    async transaction(work) {
      for (let attempts = 1; ; attempts++) {
        try {
          return await attempt(work)
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
