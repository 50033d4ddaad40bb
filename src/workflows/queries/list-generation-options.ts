import type { KeyOptions } from '../../domain/certificate-template.ts'
import { issuingRequestTypes } from '../../domain/permission.ts'
import type { Environment } from '../environment.ts'
import type { Caller } from '../ports/caller.ts'
import { certificateTemplatesOf } from '../steps/gather-initiation-facts.ts'
import { profileTemplateOf } from '../steps/profile-template-of.ts'
import { findVisibleRequest } from '../steps/require-request.ts'

/** One element for each certificate request that the client must make; none for requests that issue nothing. */
export async function listGenerationOptions(
  environment: Pick<Environment, 'store'>,
  caller: Caller,
  requestUuid: string,
): Promise<readonly KeyOptions[]> {
  const { reader } = environment.store
  const request = await findVisibleRequest(reader, caller, requestUuid)
  if (request === null || !issuingRequestTypes.has(request.type)) return []
  const template = await profileTemplateOf(reader, request)
  return (await certificateTemplatesOf(reader, template)).map(certificateTemplate => certificateTemplate.key)
}
