import { AndFilter, EqualityFilter, type Filter, FilterParser } from 'ldapts'
import type { DirectoryUser } from '../../domain/directory-user.ts'
import { isSecurityIdentifier } from '../../domain/security-identifier.ts'
import { endOf } from './attributes/account-state.ts'
import type { AttributeMapping } from './attributes/attribute-mapping.ts'
import {
  parseBinarySecurityIdentifier,
  securityIdentifierOfUuid,
  uuidOfSecurityIdentifier,
} from './attributes/binary-security-identifier.ts'
import type { LdapEntry } from './attributes/ldap-entry.ts'
import { formatObjectGuid, isUuid, parseObjectGuid } from './attributes/object-guid.ts'
import { isSameName, type UserName } from './attributes/user-name.ts'
import type { LdapContext } from './ldap-context.ts'

/** The one entry of a user with this UUID, wherever it lies and whatever it is called now. */
export async function findUserEntry(
  context: LdapContext,
  uuid: string,
  attributes: readonly string[],
): Promise<LdapEntry | null> {
  const { attribute, form } = context.settings.mapping.uuid
  const value = form === 'objectGUID' ? formatObjectGuid(uuid) : uuid
  return findOne(context, new EqualityFilter({ attribute, value }), attributes)
}

export async function findUserByUuid(context: LdapContext, uuid: string): Promise<DirectoryUser | null> {
  const entry = await findUserEntry(context, uuid, userAttributes(context.settings.mapping))
  return entry === null ? null : toUser(entry, context)
}

/**
 * A user principal name that is written on an account wins over one that follows from the account's name and the domain
 * (MS-ADTS 5.1.1.1.1).
 */
export async function findUserByParsedName(
  context: LdapContext,
  name: UserName,
): Promise<DirectoryUser | null> {
  const { settings, facts } = context
  const { accountName, userPrincipalName } = settings.mapping
  const find = async (attribute: string, value: string) => {
    const filter = new EqualityFilter({ attribute, value })
    const entry = await findOne(context, filter, userAttributes(context.settings.mapping))
    // Servers compare without regard to blanks and accents too; we do not.
    if (entry === null || !entry.texts(attribute).some(text => isSameName(text, value))) return null
    return toUser(entry, context)
  }
  if (name.form === 'account') return find(accountName, name.account)
  const written = userPrincipalName === null ? null : await find(userPrincipalName, name.text)
  if (written !== null || !isSameName(name.suffix, facts.dnsName)) return written
  return find(accountName, name.account)
}

/** In a directory that has no security identifiers they are derived from UUIDs, and lead back to them. */
export async function findUserBySid(context: LdapContext, sid: string): Promise<DirectoryUser | null> {
  const { mapping } = context.settings
  if (mapping.sid.form === 'derived') {
    const uuid = uuidOfSecurityIdentifier(sid)
    return uuid === null ? null : findUserByUuid(context, uuid)
  }
  const filter = new EqualityFilter({ attribute: mapping.sid.attribute, value: sid })
  const entry = await findOne(context, filter, userAttributes(mapping))
  return entry === null ? null : toUser(entry, context)
}

/** Null too where several entries match, since nobody can tell which is meant. */
async function findOne(
  context: LdapContext,
  condition: Filter,
  attributes: readonly string[],
): Promise<LdapEntry | null> {
  const { connection, settings, facts } = context
  const { mapping } = settings
  const entries = await connection.search({
    base: facts.baseDn,
    scope: 'sub',
    filter: new AndFilter({ filters: [FilterParser.parseString(mapping.userFilter), condition] }),
    attributes,
    binary: binaryAttributes(mapping),
    limit: 2,
  })
  const [entry, second] = entries
  if (second !== undefined) settings.onEvent({ kind: 'ambiguous' })
  return entry === undefined || second !== undefined ? null : entry
}

function userAttributes(mapping: AttributeMapping): string[] {
  const { uuid, sid, accountName, displayName, userPrincipalName, mail, stateAttributes } = mapping
  const names = [uuid.attribute, sid.attribute, accountName, displayName, userPrincipalName, mail]
  return [...names.filter(name => name !== null), ...stateAttributes]
}

function toUser(entry: LdapEntry, { settings, facts }: LdapContext): DirectoryUser | null {
  const { mapping, clock, onEvent } = settings
  const uuid = uuidOf(entry, mapping)
  const sid = sidOf(entry, mapping)
  const accountName = entry.text(mapping.accountName)
  if (uuid === null || sid === null || accountName === null) {
    onEvent({ kind: 'incomplete-entry', distinguishedName: entry.distinguishedName })
    return null
  }
  const reason = endOf(mapping.refusal(entry, clock.now()))
  if (reason !== null) onEvent({ kind: 'account-refused', uuid, reason })
  return {
    uuid,
    sid,
    domain: facts.domain,
    accountName,
    displayName: entry.text(mapping.displayName) ?? accountName,
    userPrincipalName: mapping.userPrincipalName === null ? null : entry.text(mapping.userPrincipalName),
    mail: entry.text(mapping.mail),
    distinguishedName: entry.distinguishedName,
    enabled: reason === null,
  }
}

function uuidOf(entry: LdapEntry, { uuid }: AttributeMapping): string | null {
  if (uuid.form === 'text') {
    const text = entry.text(uuid.attribute)
    return text !== null && isUuid(text) ? text.toLowerCase() : null
  }
  const bytes = entry.bytes(uuid.attribute)
  return bytes === null ? null : parseObjectGuid(bytes)
}

/** Of a user or a group. */
export function sidOf(entry: LdapEntry, mapping: AttributeMapping): string | null {
  const { sid } = mapping
  if (sid.form === 'derived') {
    const uuid = uuidOf(entry, mapping)
    return uuid === null ? null : securityIdentifierOfUuid(uuid)
  }
  if (sid.form === 'text') {
    const text = entry.text(sid.attribute)
    return text !== null && isSecurityIdentifier(text) ? text : null
  }
  const bytes = entry.bytes(sid.attribute)
  return bytes === null ? null : parseBinarySecurityIdentifier(bytes)
}

export function binaryAttributes({ uuid, sid }: AttributeMapping): string[] {
  const names = uuid.form === 'objectGUID' ? [uuid.attribute] : []
  return sid.form === 'objectSid' ? [...names, sid.attribute] : names
}
