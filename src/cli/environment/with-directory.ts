import type { Configuration } from '../../config/configuration.ts'
import type { PeopleEnvironment } from '../../workflows/people/people-environment.ts'
import { createLogger } from './create-logger.ts'
import { withDirectoryReason } from './directory-reason.ts'
import { type OpenDirectory, openDirectory } from './open-directory.ts'
import { withPeopleEnvironment } from './open-people-environment.ts'

/** The same with the company's directory beside it, which is asked for nothing before it is needed. Throws UsageError. */
export async function withDirectory<Result>(
  configuration: Configuration,
  work: (environment: PeopleEnvironment & OpenDirectory) => Promise<Result>,
): Promise<Result> {
  return await withPeopleEnvironment(configuration, async environment => {
    // What goes wrong is said once, in the error.
    const logger = createLogger('silent')
    const opened = await openDirectory(configuration.ldap, environment.store.reader, logger)
    try {
      return await work({ ...environment, ...opened })
    } catch (error) {
      throw withDirectoryReason(error)
    } finally {
      await opened.ldap?.close()
    }
  })
}
