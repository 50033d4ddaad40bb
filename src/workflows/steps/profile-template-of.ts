import { CardinalError } from '../../domain/error.ts'
import type { Policy } from '../../domain/policy.ts'
import type { ProfileTemplate } from '../../domain/profile-template.ts'
import type { Request } from '../../domain/request.ts'
import type { Reader } from '../ports/store.ts'

/** The profile template in the version that governs the request. */
export async function profileTemplateOf(
  reader: Pick<Reader, 'findProfileTemplateVersion'>,
  of: { readonly profileTemplateUuid: string; readonly profileTemplateVersion: number },
): Promise<ProfileTemplate> {
  const template = await reader.findProfileTemplateVersion(of.profileTemplateUuid, of.profileTemplateVersion)
  if (template === null) {
    throw new CardinalError(
      'ProfileTemplateNotFound',
      `Version ${of.profileTemplateVersion} of the profile template ${of.profileTemplateUuid} is missing.`,
    )
  }
  return template
}

/** The policy that governs the request. */
export function policyOf(template: ProfileTemplate, request: Pick<Request, 'type'>): Policy {
  const policy = template.policies[request.type]
  if (policy === undefined) {
    throw new CardinalError(
      'PolicyForbids',
      `The profile template "${template.name}" has no ${request.type} policy.`,
    )
  }
  return policy
}
