import type { Policy } from '../../domain/policy.ts'
import type { RequestType } from '../../domain/request.ts'
import type { Environment } from '../environment.ts'
import type { Caller } from '../ports/caller.ts'
import { readProfileTemplate } from './read-profile-template.ts'

/** The policy of a profile template for one workflow; null where the template is unknown or has no such policy. */
export async function readPolicy(
  environment: Pick<Environment, 'store'>,
  caller: Caller,
  profileTemplateUuid: string,
  type: RequestType,
): Promise<Policy | null> {
  const template = await readProfileTemplate(environment, caller, profileTemplateUuid)
  return template?.policies[type] ?? null
}
