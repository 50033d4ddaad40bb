import type { Randomness } from '../../workflows/ports/randomness.ts'
import type { SignInStore } from '../sign-in-store.ts'
import type { PasswordAccounts } from './password-accounts.ts'
import { unmatchableHash, verifyPassword } from './password-hash.ts'

/** No user has it: looked up for unknown names, so that they take as many queries as known ones. */
const nobody = '00000000-0000-0000-0000-000000000000'

/** The passwords that the server itself keeps, as hashes. */
export function createLocalPasswordAccounts(options: {
  readonly reader: Pick<SignInStore['reader'], 'findLocalAccount'>
  readonly randomness: Pick<Randomness, 'bytes'>
  readonly verifyPassword?: (password: string, passwordHash: string) => Promise<boolean>
}): PasswordAccounts {
  const verify = options.verifyPassword ?? verifyPassword
  const dummyHash = unmatchableHash(length => options.randomness.bytes(length))
  return {
    async find(user) {
      const account = await options.reader.findLocalAccount(user?.uuid ?? nobody)
      const passwordHash = account?.passwordHash ?? dummyHash
      return {
        version: passwordHash,
        verifiedBy: 'server',
        async verify(password) {
          if (await verify(password, passwordHash)) return 'accepted'
          if (user === null) return 'unknown-name'
          return account === null ? 'no-password' : 'wrong-password'
        },
        isUnchanged: async reader =>
          (await reader.findLocalAccount(user?.uuid ?? nobody))?.passwordHash === passwordHash,
      }
    },
  }
}
