import type { SmartcardConfiguration } from '../../domain/profile-template.ts'
import type { Environment } from '../environment.ts'
import type { Caller } from '../ports/caller.ts'
import { readProfileTemplate } from './read-profile-template.ts'

/** How the template's cards are prepared; null for an unknown or a software template. */
export async function readSmartcardConfiguration(
  environment: Pick<Environment, 'store'>,
  caller: Caller,
  profileTemplateUuid: string,
): Promise<SmartcardConfiguration | null> {
  const template = await readProfileTemplate(environment, caller, profileTemplateUuid)
  return template?.smartcard ?? null
}
