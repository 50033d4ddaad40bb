import { distinguishedNameKey } from '../../domain/distinguished-name-key.ts'
import type {
  FileFault,
  GroupEntry,
  MemberReference,
  PeopleFile,
  PersonEntry,
} from '../../domain/people-file.ts'
import { isSecurityIdentifier } from '../../domain/security-identifier.ts'
import {
  type AttributeMapping,
  activeDirectoryMapping,
  openLdapMapping,
} from '../ldap/attributes/attribute-mapping.ts'
import {
  parseBinarySecurityIdentifier,
  securityIdentifierOfUuid,
} from '../ldap/attributes/binary-security-identifier.ts'
import type { LdapEntry } from '../ldap/attributes/ldap-entry.ts'
import { isUuid, parseObjectGuid } from '../ldap/attributes/object-guid.ts'
import { ldifAttributes } from './ldif-attributes.ts'
import { decodeUtf8, type LdifEntry, readLdifEntries } from './ldif-entries.ts'
import { readUtf8Text } from './utf8-text.ts'

const groupClasses = ['group', 'groupofnames', 'groupofuniquenames', 'posixgroup']

/**
 * People and groups of an LDIF export (RFC 2849): those of Active Directory by its own attributes, all others as
 * OpenLDAP and 389 Directory Server have them. Entries of other classes are passed over. Never throws: the answer holds
 * the faults.
 *
 * @param now decides which accounts have expired
 */
export function readLdifPeople(bytes: Uint8Array, now: Date): PeopleFile {
  const read = readUtf8Text(bytes)
  if ('fault' in read) return { people: [], groups: [], passedOver: new Set(), faults: [read.fault] }
  const { entries, faults: syntaxFaults } = readLdifEntries(read.text)
  const faults = [...syntaxFaults]
  const people: PersonEntry[] = []
  const groups: GroupEntry[] = []
  const passedOver = new Set<string>()
  for (const entry of entries) {
    const attributes = ldifAttributes(entry)
    const classes = attributes.texts('objectClass').map(name => name.toLowerCase())
    const isActiveDirectory = attributes.bytes('objectGUID') !== null || classes.includes('user')
    const mapping = isActiveDirectory ? activeDirectoryMapping : openLdapMapping
    if (groupClasses.some(name => classes.includes(name))) {
      groups.push(readGroup(entry, attributes, mapping, faults))
    } else if (isPerson(classes)) people.push(readPerson(entry, attributes, mapping, now, faults))
    else passedOver.add(distinguishedNameKey(entry.distinguishedName))
  }
  if (entries.length === 0 && faults.length === 0) {
    faults.push({ line: 1, message: 'The file has no entries.' })
  }
  return { people, groups, passedOver, faults }
}

/** The class of computers is derived from that of users (MS-ADSC). */
function isPerson(classes: readonly string[]): boolean {
  return (classes.includes('user') && !classes.includes('computer')) || classes.includes('inetorgperson')
}

function readPerson(
  entry: LdifEntry,
  attributes: LdapEntry,
  mapping: AttributeMapping,
  now: Date,
  faults: FileFault[],
): PersonEntry {
  const account = attributes.text(mapping.accountName)
  if (account === null) faults.push(missing(entry, mapping.accountName))
  const { userPrincipalName } = mapping
  return {
    line: entry.line,
    account: account ?? '',
    displayName: attributes.text(mapping.displayName) ?? attributes.text('cn') ?? undefined,
    userPrincipalName: (userPrincipalName && attributes.text(userPrincipalName)) ?? undefined,
    mail: attributes.text(mapping.mail) ?? undefined,
    distinguishedName: entry.distinguishedName,
    enabled: readEnabled(attributes, mapping, now),
    ...readIdentity(entry, attributes, mapping, faults),
    groups: undefined,
  }
}

/** Not stated where the export has none of the attributes that tell. Who is only locked for a while is enabled. */
function readEnabled(attributes: LdapEntry, mapping: AttributeMapping, now: Date): boolean | undefined {
  if (!mapping.stateAttributes.some(name => attributes.text(name) !== null)) return undefined
  const refusal = mapping.refusal(attributes, now)
  return refusal !== 'disabled' && refusal !== 'expired'
}

function readGroup(
  entry: LdifEntry,
  attributes: LdapEntry,
  mapping: AttributeMapping,
  faults: FileFault[],
): GroupEntry {
  const name = attributes.text(mapping.groupName) ?? attributes.text('cn')
  if (name === null) faults.push(missing(entry, mapping.groupName))
  return {
    line: entry.line,
    name: name ?? '',
    distinguishedName: entry.distinguishedName,
    ...readIdentity(entry, attributes, mapping, faults),
    members: readMembers(entry, mapping, faults),
  }
}

function readMembers(entry: LdifEntry, mapping: AttributeMapping, faults: FileFault[]): MemberReference[] {
  const byName = mapping.memberNames.map(name => name.toLowerCase())
  const byAccount = mapping.memberAccounts?.toLowerCase()
  return entry.values.flatMap(({ line, attribute, options, bytes }): MemberReference[] => {
    const isByName = byName.includes(attribute)
    if (!isByName && attribute !== byAccount) return []
    if (options.some(option => option.startsWith('range='))) {
      faults.push({ line, message: 'Only a part of the members is here ("range="). Export all of them.' })
      return []
    }
    const name = decodeUtf8(bytes)
    if (name === null) {
      faults.push({ line, message: `The value of ${attribute} is not UTF-8.` })
      return []
    }
    return [{ line, by: isByName ? 'distinguished-name' : 'account', name }]
  })
}

/** What makes somebody the same after the move. */
function readIdentity(
  entry: LdifEntry,
  attributes: LdapEntry,
  { uuid, sid }: AttributeMapping,
  faults: FileFault[],
): Pick<PersonEntry, 'uuid' | 'sid' | 'sidIfNew'> {
  const lineOf = (attribute: string) =>
    entry.values.find(value => value.attribute === attribute.toLowerCase())?.line ?? entry.line
  const guid = attributes.bytes(uuid.attribute)
  const readUuid = guid === null ? undefined : (parseObjectGuidOf(uuid.form, guid) ?? readUuidText(guid))
  if (readUuid === null) {
    faults.push({ line: lineOf(uuid.attribute), message: `${uuid.attribute} is not a uuid.` })
  }
  const known = readUuid ?? undefined
  if (sid.form === 'derived') {
    return {
      uuid: known,
      sid: undefined,
      sidIfNew: known === undefined ? undefined : securityIdentifierOfUuid(known),
    }
  }
  const value = attributes.bytes(sid.attribute)
  const readSid = value === null ? undefined : (parseBinarySecurityIdentifier(value) ?? readSidText(value))
  if (readSid === null) {
    faults.push({ line: lineOf(sid.attribute), message: `${sid.attribute} is not a security identifier.` })
  }
  return { uuid: known, sid: readSid ?? undefined, sidIfNew: undefined }
}

/** Samba's own tools write both identifiers in text. */
function parseObjectGuidOf(form: AttributeMapping['uuid']['form'], bytes: Uint8Array): string | null {
  return form === 'objectGUID' ? parseObjectGuid(bytes) : null
}

function readSidText(bytes: Uint8Array): string | null {
  const text = decodeUtf8(bytes)
  return text !== null && isSecurityIdentifier(text) ? text : null
}

function readUuidText(bytes: Uint8Array): string | null {
  const text = decodeUtf8(bytes)
  return text !== null && isUuid(text) ? text.toLowerCase() : null
}

function missing(entry: LdifEntry, attribute: string): FileFault {
  return { line: entry.line, message: `${attribute} is missing.` }
}
