import type { Smartcard } from '../../domain/smartcard.ts'
import type { Environment } from '../environment.ts'
import type { Caller } from '../ports/caller.ts'
import { longestList } from './list-requests.ts'

/** The caller's cards, newest first. */
export async function listSmartcards(
  environment: Pick<Environment, 'store'>,
  caller: Caller,
): Promise<readonly Smartcard[]> {
  return await environment.store.reader.listSmartcardsOfUser(caller.user.uuid, longestList)
}
