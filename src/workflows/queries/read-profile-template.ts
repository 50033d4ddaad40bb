import { CardinalError } from '../../domain/error.ts'
import { hasTemplateRight, seesEverything } from '../../domain/permission.ts'
import type { ProfileTemplate } from '../../domain/profile-template.ts'
import type { Environment } from '../environment.ts'
import type { Caller } from '../ports/caller.ts'

/** The current version of a profile template; null where there is none. Throws NotPermitted without the right to read it. */
export async function readProfileTemplate(
  environment: Pick<Environment, 'store'>,
  caller: Caller,
  uuid: string,
): Promise<ProfileTemplate | null> {
  const template = await environment.store.reader.findProfileTemplate(uuid)
  if (template === null) return null
  if (!hasTemplateRight(template, caller.principal.sids, 'read') && !seesEverything(caller.principal)) {
    throw new CardinalError(
      'NotPermitted',
      `The caller may not read the profile template "${template.name}".`,
      {
        rule: `profile template ${uuid}: read`,
      },
    )
  }
  return template
}
