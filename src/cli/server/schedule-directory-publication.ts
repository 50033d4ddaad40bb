import type { LdapDirectory } from '../../directory/ldap/ldap-directory.ts'
import { publishToDirectory } from '../../workflows/publication/publish-to-directory.ts'
import type { OpenEnvironment } from '../environment/open-environment.ts'
import { type Repetition, repeatEvery } from './repeat-every.ts'

/** How often it is looked whether something is due: one query on an index that holds little. */
const lookMilliseconds = 1_000

/** Publishes certificates in the company's directory, and goes on doing so. */
export function scheduleDirectoryPublication(
  environment: OpenEnvironment,
  certificateDirectory: LdapDirectory,
): Repetition {
  return repeatEvery(lookMilliseconds, async () => {
    try {
      await publishToDirectory({ ...environment, certificateDirectory })
    } catch (error) {
      environment.faults.report('certificates could not be published in the directory', error)
    }
  })
}
