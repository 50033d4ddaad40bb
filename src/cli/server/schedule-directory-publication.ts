import type { CertificateDirectory } from '../../workflows/ports/directory.ts'
import { publishToDirectory } from '../../workflows/publication/publish-to-directory.ts'
import type { OpenEnvironment } from '../environment/open-environment.ts'
import { type Repetition, repeatEvery } from './repeat-every.ts'

/** How often it is looked whether something is due: one query on an index that holds little. */
const lookMilliseconds = 1_000

/** What the directory does not take is reported where it is published. */
const whatBroke = 'the database fails while certificates are published in the directory; they wait'

/** Publishes certificates in the company's directory, and goes on doing so. */
export function scheduleDirectoryPublication(
  environment: Pick<OpenEnvironment, 'store' | 'clock' | 'faults'>,
  certificateDirectory: CertificateDirectory,
): Repetition {
  let isBroken = false
  return repeatEvery(lookMilliseconds, async () => {
    try {
      await publishToDirectory({ ...environment, certificateDirectory })
      isBroken = false
    } catch (error) {
      // Once, and not each second for as long as it lasts.
      if (!isBroken) environment.faults.report(whatBroke, error)
      isBroken = true
    }
  })
}
