import { hasTemplateRight, mayInitiate } from '../../domain/permission.ts'
import type { ProfileTemplate, ProfileTemplateRight } from '../../domain/profile-template.ts'
import { isRefusal } from '../../domain/refusal.ts'
import { isSupportedRequestType, type RequestType } from '../../domain/request.ts'
import type { Environment } from '../environment.ts'
import type { Caller } from '../ports/caller.ts'
import { gatherInitiationFacts } from '../steps/gather-initiation-facts.ts'

/**
 * The profile templates that the caller may start a workflow of the given type with, for themselves.
 * With a permission, those of them on which the caller holds it.
 */
export async function listProfileTemplates(
  environment: Pick<Environment, 'store' | 'directory'>,
  caller: Caller,
  filter: { readonly workflow: RequestType; readonly permission: ProfileTemplateRight | null },
): Promise<readonly ProfileTemplate[]> {
  const { workflow, permission } = filter
  if (!isSupportedRequestType(workflow)) return []
  const listed: ProfileTemplate[] = []
  for (const template of await environment.store.reader.listProfileTemplates()) {
    if (permission !== null && !hasTemplateRight(template, caller.principal.sids, permission)) continue
    const facts = await gatherInitiationFacts(environment, caller, caller.user, template)
    if (!isRefusal(mayInitiate({ type: workflow, ...facts }))) listed.push(template)
  }
  return listed
}
