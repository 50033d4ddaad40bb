import type { PasswordRefusal } from '../../workflows/ports/password-answer.ts'
import type { LdapFault } from './ldap-fault.ts'

/** The code of Windows that a domain controller writes behind `data`, in hexadecimal (MS-ERREF 2.2). */
const windowsCodes: ReadonlyMap<string, PasswordRefusal> = new Map([
  ['530', 'logon-hours'],
  ['531', 'workstation'],
  ['532', 'password-expired'],
  ['533', 'disabled'],
  ['701', 'expired'],
  ['773', 'password-must-change'],
  ['775', 'locked'],
])

/** RFC 4511 §4.2.2, §4.1.9: results of a bind that are about the account, not about the server. */
const results: ReadonlyMap<number | null, PasswordRefusal> = new Map([
  // constraintViolation: 389 Directory Server, after too many wrong ones.
  [19, 'locked'],
  // noSuchObject: removed or moved since it was found.
  [32, 'forbidden'],
  // inappropriateAuthentication: the account has no password.
  [48, 'forbidden'],
  // unwillingToPerform: 389 Directory Server, for an account that is switched off.
  [53, 'forbidden'],
])

/** Null where a fault says nothing about the password. */
export function passwordRefusalOf({ kind, resultCode, message }: LdapFault): PasswordRefusal | null {
  if (kind !== 'credentials') return results.get(resultCode) ?? null
  const code = /\bdata ([0-9a-f]{1,8})\b/i.exec(message)?.[1]?.toLowerCase() ?? ''
  return windowsCodes.get(code) ?? 'wrong-password'
}
