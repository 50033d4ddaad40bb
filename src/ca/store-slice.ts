import type { Reader, Transaction } from '../workflows/ports/store.ts'

/** As much of the store as these methods of a transaction need; a `Store` is one for any of them. */
export interface StoreSlice<Method extends keyof Transaction> {
  readonly reader: Pick<Reader, Method & keyof Reader>
  readonly transactor: {
    transaction<Result>(work: (transaction: Pick<Transaction, Method>) => Promise<Result>): Promise<Result>
  }
}
