import { join } from 'node:path'
import type { Configuration } from '../../config/configuration.ts'
import { hashPassword, randomPassword } from '../../identity/passwords/password-hash.ts'
import type { NewPassword } from '../../workflows/people/set-password.ts'
import { systemRandomness } from '../environment/system-randomness.ts'
import { writeAccountsFile } from '../organisation/accounts-file.ts'
import { readPassword } from '../terminal/read-password.ts'
import { UsageError } from '../usage-error.ts'
import { askNewPassword } from './ask-password.ts'

/** NIST SP 800-63B-4 §3.1.1.2, for a password beside other factors; one that stands alone should have 15. */
const fewestCharacters = 8

/** A password to be set, and what is said of it when it was. */
export interface ChosenPassword extends NewPassword {
  readonly notes: readonly string[]
}

/**
 * The password that the options ask for: one from a file, or made up; otherwise the terminal is asked. It never comes
 * from the command line, which other users of the machine can see. Throws UsageError, CardinalError InvalidParameter.
 */
export async function chooseNewPassword(
  account: string,
  values: { readonly 'password-file'?: string | undefined; readonly 'generate-password': boolean },
  { dataDir }: Pick<Configuration, 'dataDir'>,
): Promise<ChosenPassword> {
  const { 'password-file': file, 'generate-password': isGenerated } = values
  if (file !== undefined && isGenerated) {
    throw new UsageError('Give --password-file or --generate-password, not both.')
  }
  if (isGenerated) {
    const password = randomPassword(systemRandomness.integer)
    const accountsFile = join(dataDir, 'new-accounts.json')
    return {
      hash: await hashPassword(password, systemRandomness.bytes),
      deliver: user => writeAccountsFile(accountsFile, [{ user: user.accountName, password, roles: [] }]),
      notes: [`It is in ${accountsFile}; delete the file once you have it.`],
    }
  }
  const password =
    file === undefined ? await askNewPassword(account) : await readPassword(file, '--password-file')
  if ([...password].length < fewestCharacters) {
    throw new UsageError(`A password has at least ${fewestCharacters} characters; nothing was changed.`)
  }
  return {
    hash: await hashPassword(password, systemRandomness.bytes),
    deliver: async () => undefined,
    notes: [],
  }
}
