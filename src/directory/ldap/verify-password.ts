import { createHmac } from 'node:crypto'
import type { DirectoryUser } from '../../domain/directory-user.ts'
import { findUserEntry } from './find-users.ts'
import { openLdapConnection } from './ldap-connection.ts'
import type { LdapContext } from './ldap-context.ts'
import { LdapFault } from './ldap-fault.ts'
import type { LdapSettings } from './ldap-options.ts'
import { type PasswordRefusal, passwordRefusalOf } from './password-refusal.ts'
import type { ServerList } from './server-list.ts'

/** Windows clients repeat a wrong password for longer than this; domains commonly forget wrong ones after half an hour. */
const rememberedMilliseconds = 5 * 60_000
const mostRemembered = 10_000
const longestPasswordBytes = 512

export interface PasswordVerification {
  /** @param user null for a name that nobody has: the same work is done. Throws LdapFault. */
  verify(user: Pick<DirectoryUser, 'uuid'> | null, password: string): Promise<boolean>
}

/**
 * Verifies passwords by a simple bind (RFC 4513 §5.1.3) on a connection of its own, after a look at where the account
 * lies now and whether it may be used.
 *
 * A password that was refused is not sent for that account again for five minutes, unless the account got another one:
 * clients repeat themselves, and each time would count towards locking the account. Where there is nothing to send
 * it for, it is sent for an account that does not exist, so that all refusals take the same work.
 */
export function createPasswordVerification(options: {
  readonly settings: LdapSettings
  readonly servers: Pick<ServerList, 'use'>
  ask<Result>(work: (context: LdapContext) => Promise<Result>): Promise<Result>
}): PasswordVerification {
  const { settings, servers, ask } = options
  const { clock, randomness, mapping, onEvent } = settings
  const key = randomness.bytes(32)
  /** Until when; what was refused longest ago comes first. */
  const refused = new Map<string, number>()

  function remember(fingerprint: string): void {
    refused.delete(fingerprint)
    refused.set(fingerprint, clock.now().getTime() + rememberedMilliseconds)
    if (refused.size <= mostRemembered) return
    for (const oldest of refused.keys()) {
      refused.delete(oldest)
      return
    }
  }

  async function look(uuid: string, password: string) {
    return await ask(async context => {
      const attributes = [mapping.uuid.attribute, mapping.passwordChanged, ...mapping.stateAttributes]
      const entry = await findUserEntry(context, uuid, attributes)
      const changed = entry?.text(mapping.passwordChanged) ?? ''
      const fingerprint = createHmac('sha256', key)
        .update(JSON.stringify([uuid, changed, password]))
        .digest('base64')
      const state = entry === null ? 'forbidden' : mapping.refusal(entry, clock.now())
      const isRefused = clock.now().getTime() < (refused.get(fingerprint) ?? 0)
      const obstacle: PasswordRefusal | null = state ?? (isRefused ? 'refused-before' : null)
      const nobody = `CN=${randomness.uuid()},${context.facts.baseDn}`
      const dn = entry === null || obstacle !== null ? nobody : entry.distinguishedName
      return { dn, fingerprint, obstacle }
    })
  }

  async function bind(dn: string, password: string): Promise<PasswordRefusal | null> {
    const credentials = { bindDn: dn, readPassword: () => password }
    return await servers.use(async url => {
      try {
        await (await openLdapConnection(url, { ...settings, credentials })).close()
        return null
      } catch (error) {
        const refusal = error instanceof LdapFault ? passwordRefusalOf(error) : null
        if (refusal === null) throw error
        return refusal
      }
    })
  }

  return {
    async verify(user, password) {
      // RFC 4513 §5.1.2: a bind without a password is one by nobody, and succeeds.
      if (!canBePassword(password)) return false
      const uuid = user?.uuid.toLowerCase() ?? randomness.uuid()
      const { dn, fingerprint, obstacle } = await look(uuid, password)
      const answer = await bind(dn, password)
      if (user === null) return false
      const reason = obstacle ?? answer
      if (reason !== null) onEvent({ kind: 'password-refused', uuid, reason })
      if (reason === 'wrong-password') remember(fingerprint)
      return reason === null
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
