import type { OperationType } from '../../domain/operation.ts'
import type { Environment } from '../environment.ts'
import type { Caller } from '../ports/caller.ts'
import { operationsOn } from './operations-on.ts'
import { readProfile } from './read-profile.ts'
import { readSmartcard } from './read-smartcard.ts'

type OperationsEnvironment = Pick<Environment, 'store' | 'directory'>

/** What the caller may ask for of a smart card; empty for an unknown one. Throws NotPermitted. */
export async function listSmartcardOperations(
  environment: OperationsEnvironment,
  caller: Caller,
  smartcardUuid: string,
): Promise<readonly OperationType[]> {
  const smartcard = await readSmartcard(environment, caller, smartcardUuid)
  return smartcard === null ? [] : await operationsOn(environment, caller, smartcard)
}

/** What the caller may ask for of a profile; empty for an unknown one. Throws NotPermitted. */
export async function listProfileOperations(
  environment: OperationsEnvironment,
  caller: Caller,
  profileUuid: string,
): Promise<readonly OperationType[]> {
  return (await readProfile(environment, caller, profileUuid))?.operations ?? []
}
