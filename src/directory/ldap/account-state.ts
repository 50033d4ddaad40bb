import type { LdapEntry } from './ldap-entry.ts'

export type AccountRefusal = 'disabled' | 'locked' | 'expired'

/** MS-ADTS 2.2.16. */
const accountDisabled = 0x2
const lockedOut = 0x10

/** MS-ADA1, accountExpires: 0 and this value stand for an account that never expires. */
const neverExpires = 0x7fff_ffff_ffff_ffffn
const fileTimeOf1970 = 116_444_736_000_000_000n
const fileTimePerMillisecond = 10_000n

/** An entry without userAccountControl, which only an account without the right to read it sees, counts as disabled. */
export function activeDirectoryRefusal(entry: LdapEntry, now: Date): AccountRefusal | null {
  const control = integer(entry.text('userAccountControl'))
  if (control === null || (control & BigInt(accountDisabled)) !== 0n) return 'disabled'
  // The stored bits do not say that an account is locked; the computed ones do (MS-ADTS 3.1.1.4.5.17).
  const computed = integer(entry.text('msDS-User-Account-Control-Computed'))
  const isLocked =
    computed === null
      ? (integer(entry.text('lockoutTime')) ?? 0n) !== 0n
      : (computed & BigInt(lockedOut)) !== 0n
  if (isLocked) return 'locked'
  const expiry = integer(entry.text('accountExpires')) ?? 0n
  const isExpired = expiry !== 0n && expiry !== neverExpires && expiry <= fileTime(now)
  return isExpired ? 'expired' : null
}

/** Which attributes a server has depends on its kind and overlays; one that is absent refuses nobody. */
export function openLdapRefusal(entry: LdapEntry, now: Date): AccountRefusal | null {
  // 389 Directory Server and FreeIPA.
  if (entry.text('nsAccountLock')?.toLowerCase() === 'true') return 'disabled'
  // draft-behera-ldap-password-policy §5.3.3. The server takes it away when the account is unlocked.
  if (entry.text('pwdAccountLockedTime') !== null) return 'locked'
  // Days since 1970, the first on which the account is no longer good; -1 stands for never (shadow(5)).
  const expiry = integer(entry.text('shadowExpire')) ?? -1n
  const days = BigInt(Math.floor(now.getTime() / 86_400_000))
  return expiry >= 0n && expiry <= days ? 'expired' : null
}

function fileTime(time: Date): bigint {
  return BigInt(time.getTime()) * fileTimePerMillisecond + fileTimeOf1970
}

function integer(text: string | null): bigint | null {
  return text !== null && /^-?[0-9]{1,20}$/.test(text) ? BigInt(text) : null
}
