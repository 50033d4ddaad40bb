import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  activeDirectoryMapping,
  openLdapMapping,
} from '../../../src/directory/ldap/attributes/attribute-mapping.ts'
import { formatObjectGuid } from '../../../src/directory/ldap/attributes/object-guid.ts'
import { parseUserName } from '../../../src/directory/ldap/attributes/user-name.ts'
import { discoverDomain } from '../../../src/directory/ldap/domain-facts.ts'
import { findUserByParsedName } from '../../../src/directory/ldap/find-users.ts'
import { LdapFault } from '../../../src/directory/ldap/ldap-fault.ts'
import {
  completeOptions,
  type LdapEvent,
  type LdapOptions,
} from '../../../src/directory/ldap/ldap-options.ts'
import { listGroupSids } from '../../../src/directory/ldap/list-groups.ts'
import { readRangedValues } from '../../../src/directory/ldap/read-ranged-values.ts'
import { randomness } from '../../testbed/environment.ts'
import { start } from './contoso.ts'
import { type Answer, scriptedConnection } from './scripted-connection.ts'

const facts = {
  rootDn: 'DC=contoso,DC=test',
  baseDn: 'DC=contoso,DC=test',
  groupBaseDn: 'DC=contoso,DC=test',
  domain: 'CONTOSO',
  dnsName: 'contoso.test',
}
const uuid = '00112233-4455-6677-8899-aabbccddeeff'
const sid = (relativeIdentifier: number) =>
  Buffer.from(`010500000000000515000000010000000200000003000000${hex(relativeIdentifier)}`, 'hex')
const entry = {
  dn: 'CN=Carol,DC=contoso,DC=test',
  objectGUID: formatObjectGuid(uuid),
  objectSid: sid(1000),
  sAMAccountName: 'carol',
  userPrincipalName: 'carol@contoso.test',
  userAccountControl: '512',
}

function settle(options: Partial<LdapOptions> = {}) {
  const events: LdapEvent[] = []
  const settings = completeOptions({
    urls: ['ldaps://dc1'],
    mapping: activeDirectoryMapping,
    clock: { now: () => start },
    randomness,
    onEvent: event => events.push(event),
    ...options,
  })
  return { settings, events }
}

function find(name: string, answers: Parameters<typeof scriptedConnection>[1], { settings } = settle()) {
  const parsed = parseUserName(name, 'CONTOSO')
  assert.ok(parsed !== null)
  const connection = scriptedConnection('dc1', answers)
  return { user: findUserByParsedName({ connection, settings, facts }, parsed), asked: connection.asked }
}

describe('a user found by name', () => {
  test('is the one on whose account the principal name is written, before one whose name implies it', async () => {
    const { user, asked } = find('carol@contoso.test', [[{ ...entry, sAMAccountName: 'carol2' }]])
    assert.equal((await user)?.accountName, 'carol2')
    assert.equal(asked.length, 1)
    const implied = find('carol@contoso.test', [[], [entry]])
    assert.equal((await implied.user)?.accountName, 'carol')
  })

  test('is nobody where two entries match', async () => {
    const settled = settle()
    assert.equal(await find('carol', [[entry, { ...entry, dn: 'CN=Carol2' }]], settled).user, null)
    assert.deepEqual(settled.events, [{ kind: 'ambiguous' }])
  })

  for (const [what, name] of [
    ['without accents', 'cárol'],
    ['without blanks', 'carol '],
  ] as const) {
    test(`is nobody where the server compared ${what}`, async () => {
      assert.equal(await find(name, [[entry]]).user, null)
    })
  }

  for (const lacking of ['objectGUID', 'objectSid'] as const) {
    test(`is nobody where we may not read ${lacking}`, async () => {
      const settled = settle()
      assert.equal(await find('carol', [[{ ...entry, [lacking]: [] }]], settled).user, null)
      assert.deepEqual(settled.events, [{ kind: 'incomplete-entry', distinguishedName: entry.dn }])
    })
  }
})

describe('groups', () => {
  for (const [what, answer] of [
    ['will not compute them', new LdapFault('operation', 'no global catalogue', 1)],
    ['shows none', [{ dn: entry.dn, tokenGroups: [] }]],
  ] satisfies [string, Answer][]) {
    test(`are searched for where the server ${what}`, async () => {
      const { settings, events } = settle()
      const user = [{ ...entry, primaryGroupID: '513' }]
      const group = (relativeIdentifier: number) => ({
        dn: `CN=${relativeIdentifier}`,
        objectSid: sid(relativeIdentifier),
      })
      const answers = [user, answer, [group(513)], [group(1101), group(1102)]]
      const connection = scriptedConnection('dc1', answers)
      const sids = await listGroupSids({ connection, settings, facts }, uuid)
      assert.deepEqual(sids, new Set([1000, 513, 1101, 1102].map(number => `S-1-5-21-1-2-3-${number}`)))
      assert.deepEqual(events, [{ kind: 'no-token-groups' }])
    })
  }

  test('are not searched for where the server broke', async () => {
    const broken = new LdapFault('disconnected', 'gone')
    const connection = scriptedConnection('dc1', [[entry], broken])
    await assert.rejects(listGroupSids({ connection, settings: settle().settings, facts }, uuid), broken)
  })
})

describe('values in ranges', () => {
  const values = (from: number, count: number) =>
    Array.from({ length: count }, (_, index) => `v${from + index}`)

  test('are read on to the last', async () => {
    const connection = scriptedConnection('dc1', [
      [{ dn: '', member: [], 'member;range=0-1499': values(0, 1500) }],
      [{ dn: '', 'member;range=1500-2999': values(1500, 1500) }],
      [{ dn: '', 'member;range=3000-*': values(3000, 7) }],
    ])
    const read = await readRangedValues(connection, 'CN=big', 'member', 5000)
    assert.deepEqual(read.map(String), values(0, 3007))
    assert.deepEqual(
      connection.asked.map(each => each.attributes),
      [['member'], ['member;range=1500-*'], ['member;range=3000-*']],
    )
  })

  test('that go round in a circle end', async () => {
    const answer = [{ dn: '', 'member;range=0-1': values(0, 2) }]
    await assert.rejects(
      readRangedValues(scriptedConnection('dc1', [answer, answer, answer]), 'CN=big', 'member', 9),
    )
  })
})

describe('what holds for a whole directory', () => {
  const rootDse = {
    dn: '',
    supportedCapabilities: ['1.2.840.113556.1.4.1670', '1.2.840.113556.1.4.800'],
    defaultNamingContext: 'DC=child,DC=contoso,DC=test',
    configurationNamingContext: 'CN=C',
  }

  test('is asked of Active Directory', async () => {
    const connection = scriptedConnection('dc1', [[rootDse], [{ dn: '', nETBIOSName: 'KID' }]])
    assert.deepEqual(await discoverDomain(connection, settle().settings), {
      rootDn: 'DC=child,DC=contoso,DC=test',
      baseDn: 'DC=child,DC=contoso,DC=test',
      groupBaseDn: 'DC=child,DC=contoso,DC=test',
      domain: 'KID',
      dnsName: 'child.contoso.test',
    })
  })

  test('is what the administrator says, first of all', async () => {
    const { settings } = settle({ baseDn: 'OU=a', groupBaseDn: 'OU=b', domain: 'MINE' })
    const found = await discoverDomain(scriptedConnection('dc1', [[rootDse]]), settings)
    assert.deepEqual(
      { ...found, dnsName: '' },
      {
        rootDn: rootDse.defaultNamingContext,
        baseDn: 'OU=a',
        groupBaseDn: 'OU=b',
        domain: 'MINE',
        dnsName: '',
      },
    )
  })

  test('follows from the one naming context of another directory', async () => {
    const connection = scriptedConnection('dc1', [[{ dn: '', namingContexts: 'dc=contoso,dc=test' }]])
    const found = await discoverDomain(connection, settle({ mapping: openLdapMapping }).settings)
    const dn = 'dc=contoso,dc=test'
    assert.deepEqual(found, { ...facts, rootDn: dn, baseDn: dn, groupBaseDn: dn })
  })

  for (const [said, settings] of [
    ['LOCAL', {}],
    ['CONTOSO', { domain: 'Local' }],
  ] as const) {
    test(`must not be called as our own accounts are: ${JSON.stringify({ said, ...settings })}`, async () => {
      const connection = scriptedConnection('dc1', [[rootDse], [{ dn: '', nETBIOSName: said }]])
      await assert.rejects(
        discoverDomain(connection, settle(settings).settings),
        /set ldap.domain to another/,
      )
      const renamed = scriptedConnection('dc1', [[rootDse]])
      assert.equal((await discoverDomain(renamed, settle({ domain: 'LOCALS' }).settings)).domain, 'LOCALS')
    })
  }

  test('must be said where there are several', async () => {
    const connection = scriptedConnection('dc1', [[{ dn: '', namingContexts: ['dc=a', 'dc=b'] }]])
    const { settings } = settle({ mapping: openLdapMapping })
    await assert.rejects(discoverDomain(connection, settings), /configure one: ldap\.baseDn/)
  })
})

describe('options', () => {
  for (const [what, options] of [
    ['no server', { urls: [] }],
    ['no URL', { urls: ['dc1'] }],
    ['a URL of something else', { urls: ['https://dc1'] }],
    ['StartTLS within TLS', { urls: ['ldaps://dc1'], startTls: true }],
    ['no encryption', { urls: ['ldap://dc1'] }],
    ['no encryption of one server', { urls: ['ldaps://dc1', 'ldap://dc2'] }],
  ] as const) {
    test(`that name ${what} are refused`, () => assert.throws(() => settle(options), TypeError))
  }

  test('that allow it may name a server without encryption', () => {
    settle({ urls: ['ldap://dc1'], allowUnencrypted: true })
  })
})

function hex(number: number): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(number)
  return bytes.toString('hex')
}
