import { isLocalName } from '../../domain/local-name.ts'
import type { PasswordDirectory } from '../../workflows/ports/directory.ts'
import type { PasswordAccounts } from './password-accounts.ts'

/**
 * Passwords of the company's directory, and of the server's own accounts, which need no directory to be up. Which of the
 * two is asked follows from the name alone, so that unknown names take the work that known ones of their kind take.
 */
export function createDirectoryPasswordAccounts(options: {
  readonly directory: PasswordDirectory
  readonly local: PasswordAccounts
}): PasswordAccounts {
  const { directory, local } = options
  return {
    async find(user, name) {
      if (isLocalName(name)) return await local.find(user, name)
      return {
        version: `directory ${user?.uuid ?? 'nobody'}`,
        verifiedBy: 'directory',
        verify: password => directory.verifyPassword(user, password),
      }
    },
  }
}
