import { isOperationPossible, type OperationType, operationTypes } from '../../domain/operation.ts'
import { mayInitiate } from '../../domain/permission.ts'
import type { Profile } from '../../domain/profile.ts'
import { isRefusal } from '../../domain/refusal.ts'
import type { Smartcard } from '../../domain/smartcard.ts'
import type { Environment } from '../environment.ts'
import type { Caller } from '../ports/caller.ts'
import { gatherInitiationFacts } from '../steps/gather-initiation-facts.ts'

export interface ProfileWithOperations {
  readonly profile: Profile
  readonly operations: readonly OperationType[]
}

/** What the caller may ask for of one profile or card, by its state and every permission that the request would need. */
export async function operationsOn(
  environment: Pick<Environment, 'store' | 'directory'>,
  caller: Caller,
  subject: Pick<Profile | Smartcard, 'status' | 'flags' | 'assignedUserUuid' | 'profileTemplateUuid'>,
): Promise<readonly OperationType[]> {
  const template = await environment.store.reader.findProfileTemplate(subject.profileTemplateUuid)
  const owner = await environment.directory.findUser(subject.assignedUserUuid)
  if (template === null || owner === null) return []
  const possible = operationTypes.filter(type => isOperationPossible(type, subject, template))
  if (possible.length === 0) return []
  const facts = await gatherInitiationFacts(environment, caller, owner, template)
  return possible.filter(type => !isRefusal(mayInitiate({ type, ...facts })))
}
