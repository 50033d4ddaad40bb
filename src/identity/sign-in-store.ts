import type { Reader, Transaction } from '../workflows/ports.ts'

/** What signing in writes. */
export type SignInTransaction = Pick<
  Transaction,
  'audit' | 'findSession' | 'insertSession' | 'touchSession' | 'deleteSession' | 'deleteSessionsBefore'
>

/** The part of the store that signing in needs. */
export interface SignInStore {
  readonly reader: Pick<Reader, 'findLocalAccount' | 'findSession' | 'listRoleAssignments'>
  readonly transactor: {
    transaction<Result>(work: (transaction: SignInTransaction) => Promise<Result>): Promise<Result>
  }
}
