import type { DirectoryUser } from '../../domain/directory-user.ts'
import type { StillCounts } from '../../workflows/ports/authenticator.ts'
import type { PasswordAnswer } from '../../workflows/ports/password-answer.ts'

/** Whoever can say whether a password is right for one user. */
export interface PasswordAccount {
  /** Another one once the password was changed, as far as is known here; holds no password. */
  readonly version: string
  /** Who does the work: this server, or the directory, which may be slow. Neither has to wait for the other. */
  readonly verifiedBy: 'server' | 'directory'
  /** @throws CardinalError ServiceUnavailable where it cannot be found out */
  verify(password: string): Promise<PasswordAnswer>
  /** Whether the password is the same still; left out where it is not kept here. */
  readonly isUnchanged?: StillCounts
}

export interface PasswordAccounts {
  /**
   * Where the user is unknown or has no password, an account that takes as much work as others and accepts nothing.
   *
   * @param user null where nobody has the name
   * @param name as it was given
   */
  find(user: DirectoryUser | null, name: string): Promise<PasswordAccount>
}
