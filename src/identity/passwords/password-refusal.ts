import type { DirectoryUser } from '../../domain/directory-user.ts'
import type { PasswordRefusal } from '../../workflows/ports/password-answer.ts'
import { SignInRefusal } from '../sign-in-refusal.ts'

const longestShown = 64

const sentences: Readonly<Record<PasswordRefusal, string>> = {
  'unknown-name': 'Nobody has this name.',
  'wrong-password': 'The password is wrong.',
  'impossible-password': 'The password is longer than any, so that the directory was not asked.',
  'no-password': 'The server keeps no password for this account. Set one, or sign in otherwise.',
  'refused-before': 'The same password was refused before, and was not sent to the directory again.',
  'last-try-kept': 'One more wrong password would lock the account in the domain, so that none was sent.',
  disabled: 'The account is disabled.',
  expired: 'The account has expired.',
  locked: 'The directory has locked the account after wrong passwords.',
  'logon-hours': 'The directory does not let the account sign in at this hour.',
  workstation: 'The directory does not let the account sign in from this machine.',
  'password-expired': 'The password has expired. Its owner changes it in the domain first.',
  'password-must-change': 'The password must be changed in the domain first.',
  forbidden: 'The directory does not let the account sign in.',
}

/**
 * Tells the administrator why a name and a password were refused, and whoever sent them always the same: otherwise the
 * answer would say whose names are known.
 *
 * @param accountName as it was given
 */
export function passwordRefusal(
  reason: PasswordRefusal,
  accountName: string,
  user: Pick<DirectoryUser, 'uuid'> | null,
): SignInRefusal {
  return new SignInRefusal(reason, sentences[reason], undefined, {
    account: shownAccount(accountName),
    ...(user !== null && { user: user.uuid }),
    answer: 'The name or the password is wrong.',
  })
}

/** A name as it was given, fit for the log: cut, by characters, and none of them able to break or turn a line. */
export function shownAccount(accountName: string): string {
  return Array.from(accountName)
    .slice(0, longestShown)
    .join('')
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?')
}
