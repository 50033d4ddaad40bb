import { createHmac } from 'node:crypto'
import type { DirectoryUser } from '../../domain/directory-user.ts'
import type { PasswordAnswer, PasswordRefusal } from '../../workflows/ports/password-answer.ts'
import { openLdapConnection } from './connection/ldap-connection.ts'
import type { ServerList } from './connection/server-list.ts'
import { findUserEntry } from './find-users.ts'
import type { LdapContext } from './ldap-context.ts'
import { LdapFault } from './ldap-fault.ts'
import type { LdapSettings } from './ldap-options.ts'
import { isLastTry, type LockoutPolicy, lastTryAttributes, readLockoutPolicy } from './lockout-policy.ts'
import { passwordRefusalOf } from './password-refusal.ts'

/** Windows clients repeat a wrong password for longer than this; domains commonly forget wrong ones after half an hour. */
const rememberedMilliseconds = 5 * 60_000
const mostRemembered = 10_000
const policyMilliseconds = 5 * 60_000
const longestPasswordBytes = 512

export interface PasswordVerification {
  /** @param user null for a name that nobody has: nearly the same work is done. Throws LdapFault. */
  verify(user: Pick<DirectoryUser, 'uuid'> | null, password: string): Promise<PasswordAnswer>
}

/**
 * Verifies passwords by a simple bind (RFC 4513 §5.1.3) on a connection of its own, after a look at where the account
 * lies now and whether it may be used.
 *
 * A password that was refused is not sent for that account again for five minutes, unless the account got another one:
 * clients repeat themselves, and each time would count towards locking the account. None is sent where one more wrong
 * one would lock the account: whoever guesses here locks nobody out of the domain. Where there is nothing to send it for, it
 * is sent for an account that does not exist, so that refusals take nearly the same work; who answers them evens out the rest.
 */
export function createPasswordVerification(options: {
  readonly settings: LdapSettings
  readonly servers: Pick<ServerList, 'use'>
  ask<Result>(work: (context: LdapContext) => Promise<Result>): Promise<Result>
}): PasswordVerification {
  const { settings, servers, ask } = options
  const { clock, randomness, mapping } = settings
  const key = randomness.bytes(32)
  /** Until when; what was refused longest ago comes first. */
  const refused = new Map<string, number>()
  /** By UUID, how many are being verified. */
  const underWay = new Map<string, number>()
  let policy: { readonly of: LockoutPolicy; readonly at: number } | null = null

  function remember(fingerprint: string): void {
    refused.delete(fingerprint)
    refused.set(fingerprint, clock.now().getTime() + rememberedMilliseconds)
    if (refused.size <= mostRemembered) return
    for (const oldest of refused.keys()) {
      refused.delete(oldest)
      return
    }
  }

  /** Null where the directory has none that we can read. */
  async function lockoutPolicy(context: LdapContext): Promise<LockoutPolicy | null> {
    if (!mapping.hasLockoutPolicy) return null
    const now = clock.now().getTime()
    if (policy === null || now < policy.at || now >= policy.at + policyMilliseconds) {
      policy = { of: await readLockoutPolicy(context), at: now }
    }
    return policy.of
  }

  /** @param others how many passwords for the same account were being verified when this one came */
  async function look(uuid: string, password: string, others: number) {
    return await ask(async context => {
      const lockout = await lockoutPolicy(context)
      const counters = lockout === null ? [] : lastTryAttributes
      const attributes = [
        mapping.uuid.attribute,
        mapping.passwordChanged,
        ...mapping.stateAttributes,
        ...counters,
      ]
      const entry = await findUserEntry(context, uuid, attributes)
      const changed = entry?.text(mapping.passwordChanged) ?? ''
      const fingerprint = createHmac('sha256', key)
        .update(JSON.stringify([uuid, changed, password]))
        .digest('base64')
      const state = entry === null ? 'forbidden' : mapping.refusal(entry, clock.now())
      const isRefused = clock.now().getTime() < (refused.get(fingerprint) ?? 0)
      const isLast = entry !== null && lockout !== null && isLastTry(entry, lockout, others, clock.now())
      const obstacle: PasswordRefusal | null =
        state ?? (isRefused ? 'refused-before' : isLast ? 'last-try-kept' : null)
      const nobody = `CN=${randomness.uuid()},${context.facts.baseDn}`
      const dn = entry === null || obstacle !== null ? nobody : entry.distinguishedName
      return { dn, fingerprint, obstacle }
    })
  }

  async function bind(dn: string, password: string): Promise<PasswordRefusal | null> {
    const credentials = { bindDn: dn, readPassword: () => password }
    const answer = await servers.use(async url => {
      try {
        await (await openLdapConnection(url, { ...settings, credentials })).close()
        return null
      } catch (error) {
        if (!(error instanceof LdapFault)) throw error
        const refusal = passwordRefusalOf(error)
        if (refusal !== null) return refusal
        // The server works, and what it would not do for this one user says nothing of the others.
        if (error.kind === 'operation') return error
        throw error
      }
    })
    if (answer instanceof LdapFault) throw answer
    return answer
  }

  async function verify(
    isUser: boolean,
    uuid: string,
    password: string,
    others: number,
  ): Promise<PasswordAnswer> {
    const { dn, fingerprint, obstacle } = await look(uuid, password, others)
    const answer = await bind(dn, password)
    if (!isUser) return 'unknown-name'
    const reason = obstacle ?? answer
    if (reason === 'wrong-password') remember(fingerprint)
    return reason ?? 'accepted'
  }

  return {
    async verify(user, password) {
      // RFC 4513 §5.1.2: a bind without a password is one by nobody, and succeeds.
      if (!canBePassword(password)) return user === null ? 'unknown-name' : 'impossible-password'
      const uuid = user?.uuid.toLowerCase() ?? randomness.uuid()
      const others = underWay.get(uuid) ?? 0
      underWay.set(uuid, others + 1)
      try {
        return await verify(user !== null, uuid, password, others)
      } finally {
        const left = (underWay.get(uuid) ?? 1) - 1
        if (left === 0) underWay.delete(uuid)
        else underWay.set(uuid, left)
      }
    },
  }
}

function canBePassword(password: string): boolean {
  return (
    password !== '' &&
    password.isWellFormed() &&
    !password.includes('\0') &&
    Buffer.byteLength(password) <= longestPasswordBytes
  )
}
