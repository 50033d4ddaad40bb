import type { DirectoryUser } from '../../domain/directory-user.ts'
import { CardinalError } from '../../domain/error.ts'
import { isSecurityIdentifier } from '../../domain/security-identifier.ts'
import type {
  AccountDirectory,
  CertificateDirectory,
  CompanyDirectory,
  PasswordDirectory,
  TrusteeDirectory,
} from '../../workflows/ports/directory.ts'
import { isUuid } from './attributes/object-guid.ts'
import { nameKey, parseUserName } from './attributes/user-name.ts'
import { checkBases } from './check-bases.ts'
import { createConnectionPool } from './connection/connection-pool.ts'
import { createOwnConnections } from './connection/own-connections.ts'
import { createServerList } from './connection/server-list.ts'
import { describeAccount } from './describe-account.ts'
import { type DomainFacts, discoverDomain } from './domain-facts.ts'
import { findUserByParsedName, findUserBySid, findUserByUuid, findUserEntry } from './find-users.ts'
import type { LdapContext } from './ldap-context.ts'
import { LdapFault, ldapResult } from './ldap-fault.ts'
import { completeOptions, type LdapOptions } from './ldap-options.ts'
import { findGroup, listGroupSids } from './list-groups.ts'
import { listMissingSids } from './list-missing-sids.ts'
import { createLookupCache } from './lookup-cache.ts'
import { readDomainSid } from './read-domain-sid.ts'
import { createPasswordVerification } from './verify-password.ts'

/** Every method throws CardinalError ServiceUnavailable while no server can be asked and the cache does not help. */
export interface LdapDirectory
  extends CompanyDirectory,
    AccountDirectory,
    CertificateDirectory,
    PasswordDirectory,
    TrusteeDirectory {
  close(): Promise<void>
}

/**
 * People and groups of an LDAP directory, read on demand. Nothing is asked of it before the first lookup.
 *
 * Whoever is known goes on working from the cache for `graceSeconds` while the directory is down, which `findUserNow`
 * asks all the same. Finding somebody by name begins a sign-in, and there is no grace for that.
 *
 * @throws TypeError for options that do not go together
 */
export function createLdapDirectory(options: LdapOptions): LdapDirectory {
  const settings = completeOptions(options)
  const { clock, mapping, onEvent } = settings
  const own = createOwnConnections(settings)
  const servers = createServerList({ urls: settings.urls, clock, ...own, onEvent })
  const pool = createConnectionPool(servers, settings.maximumConnections)
  const caching = {
    clock,
    capacity: settings.cacheCapacity,
    lifetimeSeconds: settings.cacheSeconds,
    negativeLifetimeSeconds: settings.negativeCacheSeconds,
    graceSeconds: settings.graceSeconds,
    onServedFromCache: (fault: LdapFault) => onEvent({ kind: 'served-from-cache', fault }),
  }
  const users = createLookupCache<DirectoryUser>(caching)
  const names = createLookupCache<DirectoryUser>(caching)
  const groups = createLookupCache<ReadonlySet<string>>(caching)

  /** They do not change while a directory lives. */
  let facts: DomainFacts | null = null
  const ask = <Result>(work: (context: LdapContext) => Promise<Result>) =>
    pool.run(async connection => {
      facts ??= await discoverDomain(connection, settings)
      return work({ connection, settings, facts })
    })

  const passwords = createPasswordVerification({ settings, servers, ask })

  async function findUser(uuid: string): Promise<DirectoryUser | null> {
    if (!isUuid(uuid)) return null
    const key = uuid.toLowerCase()
    return users.get(key, true, () => ask(context => findUserByUuid(context, key)))
  }

  async function findUserNow(uuid: string): Promise<DirectoryUser | null> {
    if (!isUuid(uuid)) return null
    const key = uuid.toLowerCase()
    return users.getNow(key, () => ask(context => findUserByUuid(context, key)))
  }

  async function findUserByName(text: string): Promise<DirectoryUser | null> {
    const { domain } = facts ?? (await ask(async context => context.facts))
    const name = parseUserName(text, domain)
    if (name === null) return null
    const key = name.form === 'account' ? name.account : name.text
    return names.get(nameKey(key), false, async () => {
      const question = users.ask()
      const user = await ask(context => findUserByParsedName(context, name))
      if (user !== null) users.put(user.uuid, user, question)
      return user
    })
  }

  async function bySid(sid: string): Promise<DirectoryUser | null> {
    if (!isSecurityIdentifier(sid)) return null
    // Keys that are names have a blank in them, so none is a security identifier.
    return names.get(sid, false, async () => {
      const question = users.ask()
      const user = await ask(context => findUserBySid(context, sid))
      if (user !== null) users.put(user.uuid, user, question)
      return user
    })
  }

  async function findGroupByName(text: string): Promise<{ sid: string; name: string } | null> {
    const { domain } = facts ?? (await ask(async context => context.facts))
    const name = parseUserName(text, domain)
    if (name === null || name.form !== 'account') return null
    return ask(context => findGroup(context, name.account))
  }

  async function listSids(user: DirectoryUser): Promise<ReadonlySet<string>> {
    const key = user.uuid.toLowerCase()
    const found = await groups.get(key, true, async () =>
      isUuid(key) ? ask(context => listGroupSids(context, key)) : null,
    )
    return found ?? new Set([user.sid])
  }

  async function changeCertificate(
    uuid: string,
    operation: 'add' | 'delete',
    der: Uint8Array,
  ): Promise<boolean> {
    const done = operation === 'add' ? ldapResult.attributeOrValueExists : ldapResult.noSuchAttribute
    return ask(async context => {
      const entry = isUuid(uuid)
        ? await findUserEntry(context, uuid.toLowerCase(), [mapping.uuid.attribute])
        : null
      if (entry === null) return false
      try {
        await context.connection.changeValue(entry.distinguishedName, operation, mapping.certificate, der)
      } catch (error) {
        if (!(error instanceof LdapFault) || error.resultCode !== done) throw error
      }
      return true
    })
  }

  return {
    findUser: uuid => reported(findUser(uuid)),
    findUserNow: uuid => reported(findUserNow(uuid)),
    findUserByName: name => reported(findUserByName(name)),
    findUserBySid: sid => reported(bySid(sid)),
    findGroupByName: name => reported(findGroupByName(name)),
    listSids: user => reported(listSids(user)),
    listMissingSids: sids => reported(ask(context => listMissingSids(context, sids))),
    check: () => reported(ask(checkBases)),
    verifyPassword: (user, password) => reported(passwords.verify(user, password)),
    describe: () =>
      reported(
        ask(async context => {
          const { domain, dnsName } = context.facts
          return { domain, dnsName, domainSid: await readDomainSid(context) }
        }),
      ),
    describeAccount: async uuid =>
      isUuid(uuid) ? reported(ask(context => describeAccount(context, uuid.toLowerCase()))) : null,
    async publishCertificate(user, der) {
      if (await reported(changeCertificate(user.uuid, 'add', der))) return
      throw new CardinalError('UserNotFound', 'The directory has no such user.')
    },
    async withdrawCertificate(user, der) {
      await reported(changeCertificate(user.uuid, 'delete', der))
    },
    close: () => pool.close(),
  }
}

/** What went wrong is for the log; a caller learns only that it did. */
async function reported<Result>(lookup: Promise<Result>): Promise<Result> {
  try {
    return await lookup
  } catch (error) {
    if (!(error instanceof LdapFault)) throw error
    throw new CardinalError('ServiceUnavailable', 'The directory cannot be asked at the moment.', {
      cause: error,
    })
  }
}
