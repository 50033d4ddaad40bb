import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { Client, EqualityFilter } from 'ldapts'
import { activeDirectoryMapping } from '../../../src/directory/ldap/attributes/attribute-mapping.ts'
import { parseBinarySecurityIdentifier } from '../../../src/directory/ldap/attributes/binary-security-identifier.ts'
import { parseObjectGuid } from '../../../src/directory/ldap/attributes/object-guid.ts'
import { openLdapConnection } from '../../../src/directory/ldap/connection/ldap-connection.ts'
import { createLdapDirectory } from '../../../src/directory/ldap/ldap-directory.ts'
import {
  completeOptions,
  type LdapEvent,
  type LdapOptions,
} from '../../../src/directory/ldap/ldap-options.ts'
import type { DirectoryUser } from '../../../src/domain/directory-user.ts'
import { randomness, settableClock } from '../../testbed/environment.ts'
import { addMember, createGroup, createUser } from '../../testbed/samba/people.ts'
import { type SambaDomain, startSamba } from '../../testbed/samba.ts'

export const start = new Date('2030-01-01T00:00:00Z')

type GroupName = 'staff' | 'branch' | 'company' | 'others' | 'big'
type UserName = 'alice' | 'bob' | 'dora' | 'locke' | 'exeter' | 'andré (of &)'

/** A domain with people in it. */
export interface Contoso {
  readonly samba: SambaDomain
  readonly alice: DirectoryUser
  readonly uuids: Readonly<Record<UserName, string>>
  readonly groups: Readonly<Record<GroupName, string>>
  /** The account that reads, and may write certificates. */
  readonly service: { readonly bindDn: string; readonly password: string }
}

/**
 * alice, with a mail address and a name that follows from nothing else; bob; dora, disabled; locke, locked out; exeter,
 * whose account ended. `big` holds alice and more than 1,500 others: all that the configuration consists of.
 */
export async function startContoso(): Promise<Contoso> {
  const samba = await startSamba()
  try {
    const password = randomBytes(12).toString('base64url')
    const made = await samba.administer(client => people(client, samba.baseDn, password))
    await lockOut(samba, 'locke')
    const facts = await samba.administer(client => readFacts(client, samba.baseDn))
    const uuidOf = (name: string) => facts.get(name)?.uuid ?? ''
    const sidOf = (name: string) => facts.get(name)?.sid ?? ''
    const alice: DirectoryUser = {
      uuid: uuidOf('alice'),
      sid: sidOf('alice'),
      domain: 'CONTOSO',
      accountName: 'alice',
      displayName: 'Alice Adams',
      userPrincipalName: 'a.adams@contoso.example',
      mail: 'alice@contoso.test',
      distinguishedName: made.alice,
      enabled: true,
    }
    return {
      samba,
      alice,
      uuids: {
        alice: uuidOf('alice'),
        bob: uuidOf('bob'),
        dora: uuidOf('dora'),
        locke: uuidOf('locke'),
        exeter: uuidOf('exeter'),
        'andré (of &)': uuidOf('andré (of &)'),
      },
      groups: {
        staff: sidOf('staff'),
        branch: sidOf('branch'),
        company: sidOf('company'),
        others: sidOf('others'),
        big: sidOf('big'),
      },
      service: { bindDn: made.service, password },
    }
  } catch (error) {
    await samba.stop()
    throw error
  }
}

async function people(client: Client, baseDn: string, password: string) {
  const user = (name: string, attributes: Record<string, string> = {}, secret: string | null = 'alright') =>
    createUser(client, baseDn, { name, attributes, ...(secret !== null && { password: secret }) })
  const alice = await user('alice', {
    displayName: 'Alice Adams',
    userPrincipalName: 'a.adams@contoso.example',
    mail: 'alice@contoso.test',
  })
  const bob = await user('bob', { userPrincipalName: 'bob@contoso.test' })
  await user('dora', {}, null)
  await user('locke')
  // 2020-01-01, in tenths of microseconds since 1601.
  await user('exeter', { accountExpires: '132223104000000000' })
  await user('andré (of &)')
  const staff = await createGroup(client, baseDn, 'staff', [alice])
  const branch = await createGroup(client, baseDn, 'branch', [staff])
  const company = await createGroup(client, baseDn, 'company', [branch])
  await addMember(client, staff, company)
  await createGroup(client, baseDn, 'others', [bob])
  await createGroup(client, baseDn, 'big', [alice, ...(await configurationNames(client, baseDn))])
  const service = await user('service-cardinal', {}, password)
  await addMember(client, `CN=Domain Admins,CN=Users,${baseDn}`, service)
  return { alice, service }
}

async function configurationNames(client: Client, baseDn: string): Promise<string[]> {
  const base = `CN=Configuration,${baseDn}`
  const { searchEntries } = await client.search(base, { paged: { pageSize: 500 }, attributes: ['1.1'] })
  return searchEntries.map(entry => entry.dn)
}

/** As whoever guesses passwords does. */
async function lockOut(samba: SambaDomain, name: string): Promise<void> {
  for (let attempt = 0; attempt < 3; attempt++) {
    const client = new Client({
      url: `ldaps://${samba.address}`,
      tlsOptions: { ca: samba.authorities.trusted },
    })
    await assert.rejects(client.bind(`${name}@${samba.dnsName}`, 'wrong'))
    await client.unbind()
  }
}

async function readFacts(client: Client, baseDn: string) {
  const binary = ['objectGUID', 'objectSid']
  const { searchEntries } = await client.search(`CN=Users,${baseDn}`, {
    attributes: ['sAMAccountName', ...binary],
    explicitBufferAttributes: binary,
  })
  return new Map(
    searchEntries.map(({ sAMAccountName, objectGUID, objectSid }) => [
      String(sAMAccountName),
      {
        uuid: (Buffer.isBuffer(objectGUID) && parseObjectGuid(objectGUID)) || '',
        sid: (Buffer.isBuffer(objectSid) && parseBinarySecurityIdentifier(objectSid)) || '',
      },
    ]),
  )
}

/** A directory over this domain whose clock stands still, and what it told an administrator. */
export function openDirectory(
  contoso: Contoso,
  options: Partial<LdapOptions> = {},
  { isAnonymous = false } = {},
) {
  const clock = settableClock(start)
  const events: LdapEvent[] = []
  const { credentials, ...anonymous } = optionsFor(contoso)
  const directory = createLdapDirectory({
    ...anonymous,
    ...(!isAnonymous && { credentials }),
    clock,
    onEvent: event => events.push(event),
    ...options,
  })
  return { directory, clock, events }
}

/** What a directory asks over. */
export function openConnection(contoso: Contoso, options: Partial<LdapOptions> = {}) {
  const settings = completeOptions({ ...optionsFor(contoso), ...options })
  return openLdapConnection(settings.urls[0] ?? '', settings)
}

function optionsFor({ samba, service }: Contoso) {
  return {
    urls: [`ldaps://${samba.address}`],
    mapping: activeDirectoryMapping,
    clock: { now: () => start },
    randomness,
    tls: { certificationAuthorities: samba.authorities.trusted },
    credentials: { bindDn: service.bindDn, readPassword: () => service.password },
  }
}

/** The values of an attribute as the domain has them. */
export async function valuesOf(contoso: Contoso, name: string, attribute: string): Promise<Buffer[]> {
  const { searchEntries } = await contoso.samba.administer(client =>
    client.search(contoso.samba.baseDn, {
      filter: new EqualityFilter({ attribute: 'sAMAccountName', value: name }),
      attributes: [attribute],
      explicitBufferAttributes: [attribute],
    }),
  )
  const value = searchEntries[0]?.[attribute] ?? []
  return (Array.isArray(value) ? value : [value]).map(each => Buffer.from(each))
}
