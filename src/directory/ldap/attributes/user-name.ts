import { canBeName } from '../../name.ts'

/** A name that somebody typed, taken apart. */
export type UserName =
  | { readonly form: 'account'; readonly account: string }
  | { readonly form: 'principal'; readonly account: string; readonly suffix: string; readonly text: string }

/**
 * Reads `alice`, `CONTOSO\alice` and `alice@contoso.com`.
 *
 * @param domain the only NetBIOS name that may stand before the backslash
 * @returns null for what can be no user's name
 */
export function parseUserName(name: string, domain: string): UserName | null {
  if (!canBeName(name)) return null
  const [first = '', second, ...rest] = name.split('\\')
  if (second !== undefined) {
    const isOurs = rest.length === 0 && isSameName(first, domain) && second !== '' && !second.includes('@')
    return isOurs ? { form: 'account', account: second } : null
  }
  const at = first.lastIndexOf('@')
  if (at < 0) return first === '' ? null : { form: 'account', account: first }
  const [account, suffix] = [first.slice(0, at), first.slice(at + 1)]
  return account === '' || suffix === '' ? null : { form: 'principal', account, suffix, text: first }
}

export function isSameName(left: string, right: string): boolean {
  return nameKey(left) === nameKey(right)
}

/**
 * The same for names that differ in case alone. Neither case by itself would do: the sign of the unit kelvin becomes a k
 * in lower case, a long s an S in upper case, and directories hold them for other letters.
 */
export function nameKey(name: string): string {
  return `${name.toLowerCase()} ${name.toUpperCase()}`
}
