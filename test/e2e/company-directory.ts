import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { EqualityFilter } from 'ldapts'
import { parseBinarySecurityIdentifier } from '../../src/directory/ldap/attributes/binary-security-identifier.ts'
import { parseObjectGuid } from '../../src/directory/ldap/attributes/object-guid.ts'
import {
  type OrganisationFile,
  parseOrganisationFile,
} from '../../src/workflows/organisation/organisation-file.ts'
import { addMember, createGroup, createUser } from '../testbed/samba/people.ts'
import { type SambaDomain, startSamba } from '../testbed/samba.ts'
import type { Settings } from '../testbed/server.ts'

/** A company that has Active Directory, and what Cardinal is told of it. */
export interface Company {
  readonly samba: SambaDomain
  readonly password: string
  /** Holds the files that the settings name. */
  readonly folder: string
  readonly settings: Settings
  stop(): Promise<void>
}

/**
 * alice and bob are in PKI Users by way of All Staff, mona in PKI Managers by way of Bosses; ada administers; admin is
 * an ordinary account. The account that Cardinal reads by has no rights but those of the group Cert Publishers.
 */
export async function startCompany(): Promise<Company> {
  const samba = await startSamba()
  const folder = await mkdtemp(path.join(os.tmpdir(), 'cardinal-company-'))
  const password = `Pa55 ${randomBytes(9).toString('base64url')}`
  const bindPassword = randomBytes(18).toString('base64url')
  const { baseDn } = samba
  await samba.administer(async client => {
    const user = (name: string, attributes: Record<string, string> = {}) =>
      createUser(client, baseDn, { name, password, attributes })
    const alice = await user('alice', {
      displayName: 'Alice Adams',
      userPrincipalName: 'alice@contoso.test',
      mail: 'alice@contoso.test',
    })
    const bob = await user('bob', { mail: 'bob@contoso.test' })
    const mona = await user('mona')
    const ada = await user('ada')
    await user('admin', { userPrincipalName: 'admin@contoso.test' })
    const staff = await createGroup(client, baseDn, 'All Staff', [alice, bob])
    await createGroup(client, baseDn, 'PKI Users', [staff])
    const bosses = await createGroup(client, baseDn, 'Bosses', [mona])
    await createGroup(client, baseDn, 'PKI Managers', [bosses])
    await createGroup(client, baseDn, 'PKI Help Desk', [])
    await createGroup(client, baseDn, 'PKI Administrators', [ada])
    const service = await createUser(client, baseDn, { name: 'svc-cardinal', password: bindPassword })
    await addMember(client, `CN=Cert Publishers,CN=Users,${baseDn}`, service)
  })
  await writeFile(path.join(folder, 'bind-password'), `${bindPassword}\n`, { mode: 0o600 })
  await writeFile(path.join(folder, 'authorities.pem'), samba.authorities.trusted)
  return {
    samba,
    password,
    folder,
    settings: {
      CARDINAL_LDAP_URLS: `ldaps://${samba.address}`,
      CARDINAL_LDAP_BIND_DN: `CN=svc-cardinal,CN=Users,${baseDn}`,
      CARDINAL_LDAP_BIND_PASSWORD_FILE: path.join(folder, 'bind-password'),
      CARDINAL_LDAP_AUTHORITIES_FILE: path.join(folder, 'authorities.pem'),
      CARDINAL_LDAP_CACHE_SECONDS: '1',
    },
    async stop() {
      await samba.stop()
      await rm(folder, { recursive: true })
    },
  }
}

const groupNames: Readonly<Record<string, string>> = {
  Subscribers: 'CONTOSO\\PKI Users',
  Managers: 'CONTOSO\\PKI Managers',
  HelpDesk: 'CONTOSO\\PKI Help Desk',
  EnrollmentAgents: 'CONTOSO\\PKI Help Desk',
  Administrators: 'CONTOSO\\PKI Administrators',
}

/** The demo's templates for the groups of the company; one account of the server's own; software certificates published. */
export async function companyOrganisation(): Promise<OrganisationFile> {
  const text = await readFile(new URL('../../demo/contoso.json', import.meta.url), 'utf8')
  const demo: unknown = JSON.parse(text, (_key, value: unknown) =>
    typeof value === 'string' ? (groupNames[value] ?? value) : value,
  )
  const file = parseOrganisationFile(JSON.stringify(demo))
  return {
    ...file,
    organisation: { name: 'Contoso' },
    users: [{ account: 'admin', displayName: 'Break glass', generatePassword: true }],
    groups: [],
    roles: [...file.roles, { role: 'administrator', trustees: ['LOCAL\\admin'] }],
    certificateTemplates: file.certificateTemplates.map(template => ({
      ...template,
      publishToDirectory: template.commonName === 'User',
    })),
  }
}

export interface CompanyAccount {
  readonly dn: string
  readonly uuid: string
  readonly sid: string
  readonly badPasswords: number
  readonly certificates: readonly Buffer[]
}

/** An account as the domain itself has it. */
export async function readAccount({ samba }: Company, name: string): Promise<CompanyAccount> {
  const binary = ['objectGUID', 'objectSid', 'userCertificate']
  const { searchEntries } = await samba.administer(client =>
    client.search(samba.baseDn, {
      filter: new EqualityFilter({ attribute: 'sAMAccountName', value: name }),
      attributes: ['badPwdCount', ...binary],
      explicitBufferAttributes: binary,
    }),
  )
  const [entry] = searchEntries
  if (entry === undefined) throw new Error(`The domain has no account ${name}.`)
  const { badPwdCount } = entry
  const bytesOf = (attribute: string) => {
    const value = entry[attribute] ?? []
    return (Array.isArray(value) ? value : [value]).map(each => Buffer.from(each))
  }
  const [guid = Buffer.alloc(0)] = bytesOf('objectGUID')
  const [sid = Buffer.alloc(0)] = bytesOf('objectSid')
  return {
    dn: entry.dn,
    uuid: parseObjectGuid(guid) ?? '',
    sid: parseBinarySecurityIdentifier(sid) ?? '',
    badPasswords: Number(badPwdCount ?? 0),
    certificates: bytesOf('userCertificate'),
  }
}
