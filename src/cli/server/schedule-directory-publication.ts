import type { LdapDirectory } from '../../directory/ldap/ldap-directory.ts'
import { publishToDirectory } from '../../workflows/publication/publish-to-directory.ts'
import type { OpenEnvironment } from '../environment/open-environment.ts'

/** How often it is looked whether something is due: one query on an index that holds little. */
const lookMilliseconds = 1_000

export interface DirectoryPublication {
  /** Resolves once nothing is under way. */
  stop(): Promise<void>
}

/** Publishes certificates in the company's directory, and goes on doing so. */
export function scheduleDirectoryPublication(
  environment: OpenEnvironment,
  certificateDirectory: LdapDirectory,
): DirectoryPublication {
  let running: Promise<void> | null = null
  const look = async () => {
    try {
      await publishToDirectory({ ...environment, certificateDirectory })
    } catch (error) {
      environment.faults.report('certificates could not be published in the directory', error)
    }
  }
  const timer = setInterval(() => {
    running ??= look().finally(() => {
      running = null
    })
  }, lookMilliseconds)
  timer.unref()
  return {
    async stop() {
      clearInterval(timer)
      await running
    },
  }
}
