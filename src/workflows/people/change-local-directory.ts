import type { Environment } from '../environment.ts'
import type { Transaction } from '../ports/store.ts'

/**
 * One transaction on the people and groups that the server keeps, one after the other: names and security identifiers
 * are of one space, of which no index of the users or of the groups knows the whole.
 */
export async function changeLocalDirectory<Result>(
  { store }: Pick<Environment, 'store'>,
  work: (transaction: Transaction) => Promise<Result>,
): Promise<Result> {
  return await store.transactor.transaction(async transaction => {
    await transaction.lockLocalDirectory()
    return await work(transaction)
  })
}
