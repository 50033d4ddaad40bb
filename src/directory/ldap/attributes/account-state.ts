import { fileTimeOf, integerOf } from './file-time.ts'
import type { LdapEntry } from './ldap-entry.ts'

/** Somebody decided so: whoever has such an account is not let in, however they come. */
export type AccountEnd = 'disabled' | 'expired'

/** `locked`: somebody guessed passwords, which says nothing about whose account it is. Only passwords are refused then. */
export type AccountRefusal = AccountEnd | 'locked'

export function endOf(refusal: AccountRefusal | null): AccountEnd | null {
  return refusal === 'locked' ? null : refusal
}

/** MS-ADTS 2.2.16. */
const accountDisabled = 0x2
const lockedOut = 0x10

/** MS-ADA1, accountExpires: 0 and this value stand for an account that never expires. */
const neverExpires = 0x7fff_ffff_ffff_ffffn

/**
 * What ends an account comes before its being locked. An entry without userAccountControl, which only an account
 * without the right to read it sees, counts as disabled.
 */
export function activeDirectoryRefusal(entry: LdapEntry, now: Date): AccountRefusal | null {
  const control = integerOf(entry.text('userAccountControl'))
  if (control === null || (control & BigInt(accountDisabled)) !== 0n) return 'disabled'
  const expiry = integerOf(entry.text('accountExpires')) ?? 0n
  const isExpired = expiry !== 0n && expiry !== neverExpires && expiry <= fileTimeOf(now)
  if (isExpired) return 'expired'
  // The stored bits do not say that an account is locked; the computed ones do (MS-ADTS 3.1.1.4.5.17).
  const computed = integerOf(entry.text('msDS-User-Account-Control-Computed'))
  const isLocked =
    computed === null
      ? (integerOf(entry.text('lockoutTime')) ?? 0n) !== 0n
      : (computed & BigInt(lockedOut)) !== 0n
  return isLocked ? 'locked' : null
}

/** Which attributes a server has depends on its kind and overlays; one that is absent refuses nobody. */
export function openLdapRefusal(entry: LdapEntry, now: Date): AccountRefusal | null {
  // 389 Directory Server and FreeIPA.
  if (entry.text('nsAccountLock')?.toLowerCase() === 'true') return 'disabled'
  // Days since 1970, the first on which the account is no longer good; -1 stands for never (shadow(5)).
  const expiry = integerOf(entry.text('shadowExpire')) ?? -1n
  const days = BigInt(Math.floor(now.getTime() / 86_400_000))
  if (expiry >= 0n && expiry <= days) return 'expired'
  // draft-behera-ldap-password-policy §5.3.3. The server takes it away when the account is unlocked.
  return entry.text('pwdAccountLockedTime') === null ? null : 'locked'
}
