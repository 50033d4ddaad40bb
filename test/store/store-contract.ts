import { describe, type TestContext } from 'node:test'
import { CardinalError, type ErrorCode } from '../../src/domain/error.ts'
import type { OpenStore } from '../../src/store/assemble-store.ts'
import type { Transaction } from '../../src/workflows/ports/store.ts'
import { auditRecordsContract } from './contract/audit-records.ts'
import { cardsContract } from './contract/cards.ts'
import { certificatesContract } from './contract/certificates.ts'
import { concurrencyContract } from './contract/concurrency.ts'
import { peopleContract } from './contract/people.ts'
import { requestsContract } from './contract/requests.ts'
import { templatesContract } from './contract/templates.ts'
import { transactionsContract } from './contract/transactions.ts'
import { sampleAudit } from './records.ts'

/** One empty, migrated database, which ends with the test. */
export interface TestDatabase {
  readonly store: OpenStore
  /** Opens the same database once more, as another process would. */
  openAgain(): Promise<OpenStore>
}

export type OpenTestDatabase = (t: TestContext) => Promise<TestDatabase>

/** What every store does, whichever engine is below. */
export function describeStore(engine: string, open: OpenTestDatabase): void {
  describe(`the store on ${engine}`, () => {
    peopleContract(open)
    templatesContract(open)
    requestsContract(open)
    cardsContract(open)
    certificatesContract(open)
    transactionsContract(open)
    concurrencyContract(open)
    auditRecordsContract(open)
  })
}

/** Runs `work` in a transaction that also writes an audit record. */
export function audited<Result>(
  store: OpenStore,
  work: (transaction: Transaction) => Promise<Result>,
): Promise<Result> {
  return store.transactor.transaction(async transaction => {
    await transaction.audit(sampleAudit())
    return await work(transaction)
  })
}

/** For assert.rejects. */
export function withCode(code: ErrorCode): (error: unknown) => boolean {
  return error => error instanceof CardinalError && error.code === code
}
