import type { Reader, Transaction } from '../workflows/ports/store.ts'

/** What signing in writes. */
export type SignInTransaction = Pick<
  Transaction,
  | 'audit'
  | 'findUser'
  | 'findLocalAccount'
  | 'findSession'
  | 'lockSession'
  | 'lockUser'
  | 'listSessionsOfUser'
  | 'insertSession'
  | 'updateSession'
  | 'deleteSession'
  | 'deleteSessionsBefore'
  | 'touchApiToken'
>

/** The part of the store that signing in needs. */
export interface SignInStore {
  readonly reader: Pick<
    Reader,
    'findLocalAccount' | 'findSessionAndOwner' | 'findApiToken' | 'listRoleAssignments'
  >
  readonly transactor: {
    transaction<Result>(work: (transaction: SignInTransaction) => Promise<Result>): Promise<Result>
  }
}
