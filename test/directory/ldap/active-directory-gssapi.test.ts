import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, describe, type TestContext, test } from 'node:test'
import { inspect, promisify } from 'node:util'
import { Attribute, Change, EqualityFilter } from 'ldapts'
import { createDirectoryGssapi } from '../../../src/cli/environment/create-directory-gssapi.ts'
import type { LdapOptions } from '../../../src/directory/ldap/ldap-options.ts'
import { CardinalError } from '../../../src/domain/error.ts'
import { makeKeytab } from '../../testbed/kerberos/ticket.ts'
import { leftOutWithout } from '../../testbed/left-out.ts'
import { createUser, replaceAttributes } from '../../testbed/samba/people.ts'
import { type Contoso, openDirectory, startContoso } from './contoso.ts'
import { startTcpProxy } from './tcp-proxy.ts'

const principal = 'svc-cardinal@CONTOSO.TEST'
/** For a ticket of its own, where pre-authentication is asked for first, and for one for the service. */
const callsForTickets = 3

describe('signing in to Active Directory by a keytab', {
  skip: leftOutWithout('samba', 'kerberos'),
  timeout: 120_000,
}, () => {
  let contoso: Contoso
  let dn: string
  const file = (name: string) => path.join(path.dirname(contoso.samba.krb5Configuration), name)
  const service = () => `ldap/${contoso.samba.address}`

  before(async () => {
    contoso = await startContoso()
    dn = await contoso.samba.administer(client =>
      createUser(client, contoso.samba.baseDn, {
        name: 'svc-cardinal',
        password: newPassword(),
        attributes: { 'msDS-SupportedEncryptionTypes': '24' },
      }),
    )
    await changeServices('DC1$', 'add', service())
    await exportKeytab('svc.keytab')
  })
  after(() => contoso?.samba.stop())

  async function exportKeytab(name: string): Promise<void> {
    await rm(file(name), { force: true })
    const args = ['domain', 'exportkeytab', file(name), '--principal=svc-cardinal']
    await promisify(execFile)('/usr/bin/samba-tool', [...args, `--configfile=${file('smb.conf')}`])
  }

  async function changeServices(account: string, operation: 'add' | 'delete', name: string): Promise<void> {
    await contoso.samba.administer(async client => {
      const filter = new EqualityFilter({ attribute: 'sAMAccountName', value: account })
      const { searchEntries } = await client.search(contoso.samba.baseDn, { filter, attributes: ['1.1'] })
      const modification = new Attribute({ type: 'servicePrincipalName', values: [name] })
      await client.modify(searchEntries[0]?.dn ?? '', new Change({ operation, modification }))
    })
  }

  async function setPassword(password: string): Promise<void> {
    const quoted = Buffer.from(`"${password}"`, 'utf16le')
    const modification = new Attribute({ type: 'unicodePwd', values: [quoted] })
    await contoso.samba.administer(client =>
      client.modify(dn, new Change({ operation: 'replace', modification })),
    )
  }

  /** A KDC that can be counted and broken, of which this process knows from now on. */
  async function startKdc(t: TestContext) {
    const kdc = await startTcpProxy({ host: contoso.samba.address, port: 88 })
    t.after(kdc.close)
    await useKdc(kdc.port)
    return kdc
  }

  async function useKdc(port: number, host = '127.0.0.1'): Promise<void> {
    const text = `
[libdefaults]
default_realm = CONTOSO.TEST
dns_lookup_realm = false
dns_lookup_kdc = false
dns_canonicalize_hostname = false
udp_preference_limit = 1
[realms]
CONTOSO.TEST = {
  kdc = ${host}:${port}
}
`
    const name = file(`krb5-${port}.conf`)
    await writeFile(name, text)
    Object.assign(process.env, { KRB5_CONFIG: name })
  }

  const signIn = (keytab = {}) =>
    createDirectoryGssapi({ kind: 'keytab', keytabFile: file('svc.keytab'), principal, ...keytab })

  function open(t: TestContext, credentials: LdapOptions['credentials'], options: Partial<LdapOptions> = {}) {
    const opened = openDirectory(contoso, {
      ...(credentials && { credentials }),
      cacheSeconds: 0,
      ...options,
    })
    t.after(opened.directory.close)
    return opened
  }

  /** Over a connection of its own. */
  async function connect(credentials: LdapOptions['credentials'], options: Partial<LdapOptions> = {}) {
    const { directory } = openDirectory(contoso, { ...(credentials && { credentials }), ...options })
    try {
      await directory.check()
    } finally {
      await directory.close()
    }
  }

  test('reads what nobody may read without, and fetches tickets once for all connections', async t => {
    const kdc = await startKdc(t)
    const { alice } = contoso
    const { directory } = open(t, await signIn())
    await Promise.all([directory.check(), directory.findUserByName('bob'), directory.listSids(alice)])
    assert.deepEqual(await directory.findUser(alice.uuid), alice)
    assert.equal(kdc.count, callsForTickets)
    const nobody = openDirectory(contoso, {}, { isAnonymous: true })
    t.after(nobody.directory.close)
    await assert.rejects(nobody.directory.findUser(alice.uuid), CardinalError)
  })

  test('verifies the passwords of people as ever', async t => {
    await startKdc(t)
    const { directory } = open(t, await signIn())
    assert.equal(await directory.verifyPassword(contoso.alice, 'alright'), 'accepted')
    assert.equal(await directory.verifyPassword(contoso.alice, 'wrong'), 'wrong-password')
  })

  test('goes with StartTLS, and not without TLS', async t => {
    await startKdc(t)
    const credentials = await signIn()
    const urls = [`ldap://${contoso.samba.address}`]
    const { directory } = open(t, credentials, { urls, startTls: true })
    assert.deepEqual(await directory.findUser(contoso.alice.uuid), contoso.alice)
    assert.throws(() => open(t, credentials, { urls, allowUnencrypted: true }), /needs TLS/)
  })

  test('goes on at the next controller where one is dead, or has no service principal', async t => {
    await startKdc(t)
    const { samba, alice } = contoso
    const urls = [samba.address.replace(/1$/, '3'), samba.unnamedAddress, samba.address].map(
      address => `ldaps://${address}`,
    )
    const { directory, events } = open(t, await signIn(), { urls, tls: { checkCertificate: false } })
    assert.deepEqual(await directory.findUser(alice.uuid), alice)
    const told = inspect(events, { depth: 5 })
    assert.match(told, new RegExp(`no service principal ldap/${samba.unnamedAddress}.*full name`))
    assert.deepEqual(
      events.map(event => event.kind),
      ['server-failed', 'server-failed', 'connected'],
    )
  })

  test('goes on with its tickets after the controller was started again', async t => {
    const kdc = await startKdc(t)
    const { samba, alice } = contoso
    const { directory, clock } = open(t, await signIn())
    await directory.check()
    await samba.kill()
    await failureOf(directory.findUserByName('alice'))
    await samba.restart()
    clock.advance(1_000)
    assert.deepEqual(await directory.findUser(alice.uuid), alice)
    assert.equal(kdc.count, callsForTickets)
  })

  test('fetches new tickets after a controller did not accept one', async t => {
    await startKdc(t)
    const { unnamedAddress } = contoso.samba
    const name = `ldap/${unnamedAddress}`
    const elsewhere = { urls: [`ldaps://${unnamedAddress}`], tls: { checkCertificate: false } }
    const credentials = await signIn()
    // For a key that the controller does not have, as when it was set up anew.
    await changeServices('alice', 'add', name)
    await connect(credentials)
    assert.match(await faultOf(connect(credentials, elsewhere)), /does not accept the ticket.*result 49/)
    await changeServices('alice', 'delete', name)
    await changeServices('DC1$', 'add', name)
    await connect(credentials, elsewhere)
    await changeServices('DC1$', 'delete', name)
  })

  for (const [what, faulty, said] of [
    ['an unknown name', 'svd-cardinal', /no account of this name/],
    ['a wrong key', 'svc-cardinal', /does not take the key .* new password/],
  ] as const) {
    test(`asks the domain once in five minutes with ${what}, and says what to do`, async t => {
      const keytabFile = file('wrong.keytab')
      const key = { principal: faulty, realm: 'CONTOSO.TEST', version: 1, key: randomBytes(32) }
      await writeFile(keytabFile, makeKeytab([key]))
      const kdc = await startKdc(t)
      const name = `${faulty}@CONTOSO.TEST`
      const { directory, clock } = open(t, await signIn({ keytabFile, principal: name }))
      const fault = await faultOf(directory.check())
      assert.match(fault, said)
      assert.ok(fault.includes(`Kerberos as ${name}:`) && fault.includes(`kinit -k -t ${keytabFile} ${name}`))
      const { count } = kdc
      clock.advance(299_000)
      await failureOf(directory.check())
      assert.equal(kdc.count, count)
      await contoso.samba.administer(client => replaceAttributes(client, dn, { lockoutTime: '0' }))
    })
  }

  test('says that the account is disabled, also while it has tickets', async t => {
    const { samba } = contoso
    await startKdc(t)
    const credentials = await signIn()
    await connect(credentials)
    const enable = (userAccountControl: number) =>
      samba.administer(client =>
        replaceAttributes(client, dn, { userAccountControl: String(userAccountControl) }),
      )
    await enable(0x10202)
    try {
      assert.match(await faultOf(connect(await signIn())), /disabled, expired or locked/)
    } finally {
      await enable(0x10200)
    }
  })

  test('takes a new keytab without a restart', async t => {
    await startKdc(t)
    const { directory, clock } = open(t, await signIn())
    await setPassword(newPassword())
    assert.match(await faultOf(directory.check()), /Make a new keytab/)
    await exportKeytab('svc.keytab')
    clock.advance(300_000)
    await directory.check()
  })

  test('says where the keytab is gone', async t => {
    await startKdc(t)
    const credentials = await signIn()
    await rm(file('svc.keytab'))
    try {
      assert.match(await faultOf(connect(credentials)), /svc\.keytab cannot be read or holds no key/)
    } finally {
      await exportKeytab('svc.keytab')
    }
  })

  test('tries again soon after no KDC answered', async t => {
    const kdc = await startTcpProxy({ host: contoso.samba.address, port: 88 })
    await useKdc(kdc.port)
    await kdc.close()
    const { directory, clock } = open(t, await signIn())
    assert.match(await faultOf(directory.check()), /no domain controller answers for Kerberos/)
    await useKdc(88, contoso.samba.address)
    clock.advance(1_000)
    await directory.check()
  })

  test('keeps one thread at most in wait for a KDC, and asks nothing for those who gave up', async t => {
    const kdc = await startKdc(t)
    kdc.swallow()
    const credentials = await signIn()
    const options = { operationTimeoutMilliseconds: 300 }
    const attempts = Array.from({ length: 8 }, () => faultOf(connect(credentials, options)))
    for (const fault of await Promise.all(attempts)) assert.match(fault, /no answer in time/)
    assert.equal(kdc.count, 1)
    await kdc.close()
    await useKdc(88, contoso.samba.address)
    await connect(credentials)
  })

  test('needs what Samba calls allow_sasl_over_tls', async t => {
    const { samba } = contoso
    await startKdc(t)
    const credentials = await signIn()
    const restart = async (required: 'yes' | 'allow_sasl_over_tls') => {
      await samba.requireStrongAuthentication(required)
      await samba.kill()
      await samba.restart()
    }
    await restart('yes')
    assert.match(await faultOf(connect(credentials)), /"allow_sasl_over_tls" in smb.conf/)
    await restart('allow_sasl_over_tls')
    await connect(credentials)
  })
})

function newPassword(): string {
  return `Aa1-${randomBytes(12).toString('base64url')}`
}

async function failureOf(work: Promise<unknown>): Promise<CardinalError> {
  try {
    await work
  } catch (error) {
    assert.ok(error instanceof CardinalError, inspect(error))
    assert.equal(error.code, 'ServiceUnavailable')
    return error
  }
  assert.fail('It did not fail.')
}

/** What an administrator reads. */
async function faultOf(work: Promise<unknown>): Promise<string> {
  const { cause } = await failureOf(work)
  return cause instanceof Error ? cause.message : inspect(cause)
}
