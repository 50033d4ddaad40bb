import type { Smartcard } from '../../domain/smartcard.ts'
import type { Environment } from '../environment.ts'
import type { Caller } from '../ports/caller.ts'
import { requireVisibleSmartcard } from './require-visible-smartcard.ts'

/** One assignment; null where there is none. Throws NotPermitted. */
export async function readSmartcard(
  environment: Pick<Environment, 'store'>,
  caller: Caller,
  uuid: string,
): Promise<Smartcard | null> {
  return requireVisibleSmartcard(caller, await environment.store.reader.findSmartcard(uuid))
}
