import type { Smartcard } from '../../domain/smartcard.ts'
import type { Environment } from '../environment.ts'
import type { Caller } from '../ports/caller.ts'
import { type Page, readPage } from './page.ts'

/** The caller's cards, newest first. Throws InvalidParameter where `after` is none of them. */
export async function listSmartcards(
  environment: Pick<Environment, 'store'>,
  caller: Caller,
  after: string | null = null,
): Promise<Page<Smartcard>> {
  const { reader } = environment.store
  return await readPage(after, page => reader.listSmartcardsOfUser(caller.user.uuid, page))
}
