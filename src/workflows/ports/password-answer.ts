/** Why a password was not accepted; for the log and the audit records alone. */
export type PasswordRefusal =
  | 'unknown-name'
  | 'wrong-password'
  /** No account has such a one: it is too long, or not text. The directory was not asked. */
  | 'impossible-password'
  /** The server keeps none for this account. */
  | 'no-password'
  /** The same one was refused before, and was not sent to the directory again. */
  | 'refused-before'
  /** One more wrong one would lock the account in the whole domain, so that none was sent. */
  | 'last-try-kept'
  | 'disabled'
  | 'expired'
  | 'locked'
  | 'logon-hours'
  | 'workstation'
  | 'password-expired'
  | 'password-must-change'
  /** The directory has some other rule against this account. */
  | 'forbidden'

export type PasswordAnswer = 'accepted' | PasswordRefusal
