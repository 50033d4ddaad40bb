import { PresenceFilter } from 'ldapts'
import { fileTimeOf, integerOf } from './attributes/file-time.ts'
import type { LdapEntry } from './attributes/ldap-entry.ts'
import type { LdapContext } from './ldap-context.ts'

/** After how many wrong passwords, within how long, the domain locks an account. */
export interface LockoutPolicy {
  /** 0 stands for never. */
  readonly threshold: bigint
  /** In the unit of FILETIME: 100 ns. */
  readonly window: bigint
}

/** As much as Kerberos lets clocks differ (RFC 4120 §1.6): the window is measured by the domain's clock, and we have ours. */
const clockTolerance = 5n * 60n * 10_000_000n

/** What users are asked for, so that isLastTry can tell. */
export const lastTryAttributes = ['badPwdCount', 'badPasswordTime']

/** Of the domain itself (MS-ADA1, lockoutThreshold, lockOutObservationWindow). Policies for some users are not read. */
export async function readLockoutPolicy({ connection, facts }: LdapContext): Promise<LockoutPolicy> {
  const [domain] = await connection.search({
    base: facts.rootDn,
    scope: 'base',
    filter: new PresenceFilter({ attribute: 'objectClass' }),
    attributes: ['lockoutThreshold', 'lockOutObservationWindow'],
    limit: 1,
  })
  const window = integerOf(domain?.text('lockOutObservationWindow') ?? null) ?? 0n
  // Active Directory keeps intervals as negative numbers.
  return {
    threshold: integerOf(domain?.text('lockoutThreshold') ?? null) ?? 0n,
    window: window < 0n ? -window : window,
  }
}

/**
 * Whether one more wrong password would lock the account.
 *
 * @param underWay passwords that are being tried, and may be wrong and not counted yet
 */
export function isLastTry(entry: LdapEntry, policy: LockoutPolicy, underWay: number, now: Date): boolean {
  if (policy.threshold <= 0n) return false
  const since = integerOf(entry.text('badPasswordTime')) ?? 0n
  // The domain begins anew at the next attempt, and until then shows what it had counted.
  const isOver = fileTimeOf(now) >= since + policy.window + clockTolerance
  const counted = isOver ? 0n : (integerOf(entry.text('badPwdCount')) ?? 0n)
  return counted + BigInt(underWay) >= policy.threshold - 1n
}
