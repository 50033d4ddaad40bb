import type { Organisation } from './organisation.ts'

/** What the local directory takes as names: each function returns what is wrong, as a part of a sentence, or null. */

/** Characters that sAMAccountName must not have (MS-SAMR 3.1.1.6), and @, which would make a user principal name of it. */
const forbiddenInAccounts = /["/\\[\]:;|=,+*?<>@]/
const forbiddenInGroups = /["/\\[\]:;|=,+*?<>]/
/** MS-ADA3 2.222: sAMAccountName has at most 256 characters; ours stay below a common name's 64 (RFC 5280 Appendix A). */
const longestAccountName = 64
const longestGroupName = 256
/** MS-ADA1 2.175. */
const longestDisplayName = 256
/** MS-ADA3 2.349. */
const longestUserPrincipalName = 1024
/** RFC 5321 §4.5.3.1.3. */
const longestMail = 256

export function findAccountNameFault(name: string): string | null {
  if (name === '') return 'is empty'
  if (isLonger(name, longestAccountName)) return `has more than ${longestAccountName} characters`
  if (isBroken(name) || /\s/u.test(name)) return 'has blanks or control characters'
  const forbidden = forbiddenInAccounts.exec(name)?.[0]
  if (forbidden !== undefined) return `has the character ${forbidden}`
  if (/^\.+$/.test(name)) return 'consists of periods'
  return isLikeSid(name) ? 'looks like a security identifier' : null
}

export function findGroupNameFault(name: string): string | null {
  if (name.trim() !== name || name === '') return 'is empty or begins or ends with a blank'
  if (isLonger(name, longestGroupName)) return `has more than ${longestGroupName} characters`
  if (isBroken(name)) return 'has control characters'
  const forbidden = forbiddenInGroups.exec(name)?.[0]
  if (forbidden !== undefined) return `has the character ${forbidden}`
  if (/^[. ]+$/.test(name)) return 'consists of periods and blanks'
  return isLikeSid(name) ? 'looks like a security identifier' : null
}

export function findDisplayNameFault(name: string): string | null {
  if (name.trim() === '') return 'is empty'
  if (isLonger(name, longestDisplayName)) return `has more than ${longestDisplayName} characters`
  return isBroken(name) ? 'has control characters' : null
}

/** `alice@contoso.com`: one @, and something on both sides of it (RFC 822 addr-spec, as MS-ADA3 2.349 asks for). */
export function findUserPrincipalNameFault(name: string): string | null {
  if (isLonger(name, longestUserPrincipalName)) return `has more than ${longestUserPrincipalName} characters`
  if (isBroken(name) || /\s/u.test(name)) return 'has blanks or control characters'
  return /^[^@\\]+@[^@\\]+$/.test(name) ? null : 'is not of the form account@domain'
}

export function findMailFault(mail: string): string | null {
  if (isLonger(mail, longestMail)) return `has more than ${longestMail} characters`
  if (isBroken(mail) || /\s/u.test(mail)) return 'has blanks or control characters'
  return /^.+@[^@]+$/u.test(mail) ? null : 'is not of the form name@domain'
}

export function defaultUserPrincipalName(accountName: string, { dnsName }: Organisation): string {
  return `${accountName}@${dnsName}`
}

/** In the container where Active Directory keeps people whom nobody moved. RFC 4514; a common name has 64 characters. */
export function defaultDistinguishedName(displayName: string, { dnsName }: Organisation): string {
  const domainComponents = dnsName.split('.').map(label => `DC=${label}`)
  const commonName = [...displayName.trim()].slice(0, 64).join('').trimEnd()
  return [`CN=${escapeNamePart(commonName)}`, 'CN=Users', ...domainComponents].join(',')
}

/** RFC 4514 §2.4. */
function escapeNamePart(value: string): string {
  return value.replaceAll(/[\\,+"<>;=]/g, '\\$&').replace(/^#/, '\\#')
}

function isLonger(text: string, maximum: number): boolean {
  return text.length > maximum && [...text].length > maximum
}

function isBroken(text: string): boolean {
  return !text.isWellFormed() || /\p{Cc}/u.test(text)
}

/** Wherever somebody is named, a security identifier may stand instead. */
function isLikeSid(name: string): boolean {
  return /^S-1-\d/i.test(name)
}
