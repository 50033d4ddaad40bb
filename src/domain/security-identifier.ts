import { CardinalError } from './error.ts'

/** MS-DTYP 2.4.2: who or what a right is given to. */
export interface SecurityIdentifier {
  /** 48 bits. */
  readonly identifierAuthority: number
  /** One to fifteen, 32 bits each. */
  readonly subAuthorities: readonly number[]
}

/** The first that no domain has from its beginning: lower ones belong to Windows (MS-SAMR 3.1.1.9.2). */
export const serviceAccountRelativeIdentifier = 1000

/** Room for accounts of the service, should it ever have more than one. */
const firstDrawnRelativeIdentifier = 1100

/** Active Directory gives out 31 bits at most. */
const relativeIdentifierLimit = 2 ** 31
const subAuthorityLimit = 2 ** 32
const mostSubAuthorities = 15

/** `1*10DIGIT` for a 32-bit number, without the leading zeros that would give one identifier several spellings. */
const decimal = /^(?:0|[1-9][0-9]{0,9})$/

/**
 * Reads the string form of a security identifier (MS-DTYP 2.4.2.1), in its one canonical spelling: identifiers are
 * compared as strings everywhere else.
 *
 * @throws CardinalError InvalidParameter
 */
export function parseSecurityIdentifier(text: string): SecurityIdentifier {
  // S-1-0x and twelve digits, then fifteen times eleven characters: nothing longer can be right.
  const parts = text.length <= 190 ? text.split('-') : []
  const [prefix, revision, authority = '', ...rest] = parts
  const identifierAuthority = parseAuthority(authority)
  const subAuthorities = rest.map(part => (decimal.test(part) ? Number(part) : Number.NaN))
  if (
    prefix !== 'S' ||
    revision !== '1' ||
    identifierAuthority === null ||
    subAuthorities.length === 0 ||
    subAuthorities.length > mostSubAuthorities ||
    !subAuthorities.every(number => number < subAuthorityLimit)
  ) {
    throw new CardinalError(
      'InvalidParameter',
      'This is not a security identifier. One looks like S-1-5-21-1004336348-1177238915-682003330-1001.',
    )
  }
  return { identifierAuthority, subAuthorities }
}

/** The inverse of {@link parseSecurityIdentifier}. */
export function formatSecurityIdentifier(identifier: SecurityIdentifier): string {
  const { identifierAuthority, subAuthorities } = identifier
  const authority =
    identifierAuthority < 2 ** 32
      ? String(identifierAuthority)
      : `0x${identifierAuthority.toString(16).toUpperCase().padStart(12, '0')}`
  return ['S', '1', authority, ...subAuthorities].join('-')
}

export function isSecurityIdentifier(text: string): boolean {
  try {
    parseSecurityIdentifier(text)
    return true
  } catch {
    return false
  }
}

/** Whether this is a domain's own identifier, `S-1-5-21-a-b-c` (MS-DTYP 2.4.2.4). */
export function isDomainSecurityIdentifier(text: string): boolean {
  return /^S-1-5-21(?:-[0-9]+){3}$/.test(text) && isSecurityIdentifier(text)
}

/**
 * The identifier of an account or group: its domain's, and a relative identifier below it.
 *
 * @param domainSid `S-1-5-21-a-b-c`
 * @param relativeIdentifier 1 to 2³¹ − 1
 * @throws CardinalError InvalidParameter
 */
export function accountSecurityIdentifier(domainSid: string, relativeIdentifier: number): string {
  if (!isDomainSecurityIdentifier(domainSid)) {
    throw new CardinalError(
      'InvalidParameter',
      'This is not the security identifier of a domain: S-1-5-21-a-b-c.',
    )
  }
  if (
    !Number.isInteger(relativeIdentifier) ||
    relativeIdentifier < 1 ||
    relativeIdentifier >= relativeIdentifierLimit
  ) {
    throw new CardinalError(
      'InvalidParameter',
      'A relative identifier is a whole number from 1 to 2147483647.',
    )
  }
  return `${domainSid}-${relativeIdentifier}`
}

/**
 * An identifier for somebody new: one drawn at random or, where somebody has that one, the next above it that nobody
 * has. Random, so that whatever still names an account or group that is gone does not name the next newcomer.
 *
 * @param domainSid `S-1-5-21-a-b-c`
 * @param randomInteger uniform in 0 ≤ n < limit
 * @param isTaken whether somebody has this identifier
 * @throws CardinalError InvalidParameter
 */
export function drawSecurityIdentifier(
  domainSid: string,
  randomInteger: (limit: number) => number,
  isTaken: (sid: string) => boolean,
): string {
  const count = relativeIdentifierLimit - firstDrawnRelativeIdentifier
  for (let number = randomInteger(count); ; number = (number + 1) % count) {
    const sid = accountSecurityIdentifier(domainSid, firstDrawnRelativeIdentifier + number)
    if (!isTaken(sid)) return sid
  }
}

/**
 * A new domain's identifier: 96 random bits, so that no two domains share one.
 *
 * @param randomInteger uniform in 0 ≤ n < limit
 */
export function randomDomainSecurityIdentifier(randomInteger: (limit: number) => number): string {
  const random = () => randomInteger(subAuthorityLimit)
  return formatSecurityIdentifier({
    identifierAuthority: 5,
    subAuthorities: [21, random(), random(), random()],
  })
}

function parseAuthority(text: string): number | null {
  if (decimal.test(text)) return Number(text) < 2 ** 32 ? Number(text) : null
  const hexadecimal = /^0x([0-9A-F]{12})$/.exec(text)?.[1]
  if (hexadecimal === undefined) return null
  const number = Number.parseInt(hexadecimal, 16)
  return number >= 2 ** 32 ? number : null
}
