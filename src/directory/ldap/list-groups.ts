import { AndFilter, EqualityFilter, ExtensibleFilter, type Filter, FilterParser, OrFilter } from 'ldapts'
import { parseBinarySecurityIdentifier } from './attributes/binary-security-identifier.ts'
import type { LdapEntry } from './attributes/ldap-entry.ts'
import { isSameName } from './attributes/user-name.ts'
import type { LdapConnection } from './connection/ldap-connection.ts'
import { binaryAttributes, findUserEntry, sidOf } from './find-users.ts'
import type { LdapContext } from './ldap-context.ts'
import { LdapFault } from './ldap-fault.ts'
import type { LdapSettings } from './ldap-options.ts'
import { readRangedValues } from './read-ranged-values.ts'

/** LDAP_MATCHING_RULE_TRANSITIVE_EVAL (MS-ADTS 3.1.1.3.4.4.3). */
const transitiveRule = '1.2.840.113556.1.4.1941'

/** Distinguished names in one filter; servers bound its size. */
const namesPerSearch = 50

/** The security identifiers of a user and of all its groups, nested ones included; null where there is no such user. */
export async function listGroupSids(context: LdapContext, uuid: string): Promise<ReadonlySet<string> | null> {
  const { connection, settings } = context
  const { mapping } = settings
  const attributes = [
    mapping.uuid.attribute,
    mapping.sid.attribute,
    mapping.accountName,
    mapping.primaryGroup,
  ]
  const names = attributes.filter(name => name !== null)
  const user = await findUserEntry(context, uuid, names)
  const sid = user === null ? null : sidOf(user, mapping)
  if (user === null || sid === null) return null
  const membership = settings.membership ?? mapping.membership
  const computed =
    membership === 'tokenGroups' ? await readTokenGroups(connection, settings, user.distinguishedName) : null
  if (computed !== null) return new Set([sid, ...computed])

  const primary = await findPrimaryGroup(context, user, sid)
  const search = membership === 'walk' ? walk : searchTransitively
  const starts = [user, ...(primary === null ? [] : [primary])]
  const groups = await search(context, starts)
  const found = [...(primary === null ? [] : [primary]), ...groups].map(group => sidOf(group, mapping))
  return new Set([sid, ...found.filter(each => each !== null)])
}

/**
 * Null where the server does not tell: we may lack the right, or its global catalogue is out of reach. Every user has
 * at least a primary group.
 */
async function readTokenGroups(
  connection: LdapConnection,
  settings: LdapSettings,
  dn: string,
): Promise<readonly string[] | null> {
  try {
    const values = await readRangedValues(connection, dn, 'tokenGroups', settings.maximumGroups)
    const sids = values.map(parseBinarySecurityIdentifier).filter(sid => sid !== null)
    if (sids.length > 0) return sids
  } catch (error) {
    const isRefusal = error instanceof LdapFault && error.kind === 'operation' && error.resultCode !== null
    if (!isRefusal) throw error
  }
  settings.onEvent({ kind: 'no-token-groups' })
  return null
}

/** The group that a user is in without being its member (primaryGroupID): the domain's identifier and this number. */
async function findPrimaryGroup(
  context: LdapContext,
  user: LdapEntry,
  userSid: string,
): Promise<LdapEntry | null> {
  const { primaryGroup, sid } = context.settings.mapping
  const identifier = primaryGroup === null ? null : user.text(primaryGroup)
  if (identifier === null || sid.attribute === null) return null
  const value = userSid.replace(/[0-9]+$/, identifier)
  const filter = new EqualityFilter({ attribute: sid.attribute, value })
  const [group] = await searchGroups(context, filter)
  return group ?? null
}

async function searchTransitively(
  context: LdapContext,
  starts: readonly LdapEntry[],
): Promise<readonly LdapEntry[]> {
  const conditions = starts.flatMap(({ distinguishedName }) =>
    context.settings.mapping.memberNames.map(
      matchType => new ExtensibleFilter({ matchType, rule: transitiveRule, value: distinguishedName }),
    ),
  )
  return searchGroups(context, new OrFilter({ filters: conditions }))
}

/** Upwards, level by level. A group is looked at once, so groups that contain each other end the walk too. */
async function walk(context: LdapContext, starts: readonly LdapEntry[]): Promise<readonly LdapEntry[]> {
  const { memberNames, memberAccounts, accountName } = context.settings.mapping
  const { maximumGroups } = context.settings
  const groups = new Map<string, LdapEntry>()
  const account = starts[0]?.text(accountName) ?? null
  const conditions: Filter[] =
    memberAccounts === null || account === null
      ? []
      : [new EqualityFilter({ attribute: memberAccounts, value: account })]
  let level = starts.map(start => start.distinguishedName)
  while (level.length > 0) {
    const next: string[] = []
    for (let start = 0; start < level.length; start += namesPerSearch) {
      const names = level.slice(start, start + namesPerSearch)
      const filters = names.flatMap(value =>
        memberNames.map(attribute => new EqualityFilter({ attribute, value })),
      )
      const filter = new OrFilter({ filters: [...conditions, ...filters] })
      for (const group of await searchGroups(context, filter)) {
        const key = group.distinguishedName.toLowerCase()
        if (groups.has(key)) continue
        groups.set(key, group)
        next.push(group.distinguishedName)
      }
      if (groups.size > maximumGroups) {
        throw new LdapFault('operation', `more than ${maximumGroups} groups`)
      }
    }
    level = next
  }
  return [...groups.values()]
}

/** Null too where several groups go by this name, since nobody can tell which is meant. */
export async function findGroup(
  context: LdapContext,
  name: string,
): Promise<{ readonly sid: string; readonly name: string } | null> {
  const { mapping } = context.settings
  const filter = new EqualityFilter({ attribute: mapping.groupName, value: name })
  const [group, another] = await searchGroups(context, filter)
  if (group === undefined || another !== undefined) return null
  const sid = sidOf(group, mapping)
  // Servers compare without regard to blanks and accents too; we do not.
  const written = group.texts(mapping.groupName).find(text => isSameName(text, name))
  return sid === null || written === undefined ? null : { sid, name: written }
}

export function searchGroups(context: LdapContext, condition: Filter): Promise<readonly LdapEntry[]> {
  const { connection, settings, facts } = context
  const { mapping, maximumGroups } = settings
  const { uuid, sid, groupName } = mapping
  const attributes = [uuid.attribute, sid.attribute, groupName].filter(name => name !== null)
  return connection.searchAll({
    base: facts.groupBaseDn,
    scope: 'sub',
    filter: new AndFilter({ filters: [FilterParser.parseString(mapping.groupFilter), condition] }),
    attributes,
    binary: binaryAttributes(mapping),
    limit: maximumGroups,
  })
}
