import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as passing } from 'node:timers/promises'
import { type CardinalClient, createCardinalClient } from '../../src/client/library/create-cardinal-client.ts'
import { runWalkthrough } from '../../src/client/walkthrough/run-walkthrough.ts'
import { end } from '../client/enrollment/enrollment-bench.ts'
import { enrollSoftwareProfile, type SoftwareEnrollment } from '../client/enrollment/software-enrollment.ts'
import { startTcpProxy } from '../directory/ldap/tcp-proxy.ts'
import { leftOutWithout } from '../testbed/left-out.ts'
import { replaceAttributes } from '../testbed/samba/people.ts'
import { freePort, parseAccounts, startServer, type TestServer } from '../testbed/server.ts'
import { runCardinal } from './command.ts'
import { type Company, companyOrganisation, readAccount, startCompany } from './company-directory.ts'
import { basic } from './session.ts'
import { walkthroughWith } from './walkthrough-client.ts'

const skip = leftOutWithout('samba')
const sessionPath = '/CertificateManagement/api/v2.0/session'
/** Two Windows constants of userAccountControl (MS-ADTS 2.2.16). */
const normalAccount = String(0x200 + 0x10000)
const disabledAccount = String(0x200 + 0x10000 + 0x2)

let company: Company
let server: TestServer
let breakGlass: string

describe('beside Active Directory', { skip }, () => {
  before(async () => {
    company = await startCompany()
    const settings = { ...company.settings, CARDINAL_PORT: String(await freePort()) }
    const dataDir = path.join(company.folder, 'data')
    const file = path.join(company.folder, 'organisation.json')
    await writeFile(file, JSON.stringify(await companyOrganisation()))
    const imported = await runCardinal(['import', file], {
      ...settings,
      CARDINAL_DATA_DIR: dataDir,
      CARDINAL_CERTIFICATION_AUTHORITY_KEY_ALGORITHM: 'EC-P256',
    })
    assert.deepEqual({ code: imported.code, stderr: imported.stderr }, { code: 0, stderr: '' })
    const accounts = parseAccounts(await readFile(path.join(dataDir, 'new-accounts.json'), 'utf8'))
    breakGlass = accounts[0]?.password ?? ''
    server = await startServer({ settings, dataDir })
  })
  after(async () => {
    await server?.remove()
    await company?.stop()
  })

  test('what an administrator gets wrong is said, and nothing is set up', async () => {
    const settings = newSettings('refused')
    const file = path.join(company.folder, 'wrong.json')
    const organisation = await companyOrganisation()
    organisation.roles.push({ role: 'auditor', trustees: ['CONTOSO\\Nobodies'] })
    await writeFile(file, JSON.stringify(organisation))
    const unknown = await runCardinal(['import', file], settings)
    assert.equal(unknown.code, 1)
    assert.match(unknown.stderr, /roles\.\d+\.trustees\.0: "CONTOSO\\Nobodies" is neither a user nor a group/)
    const down = await runCardinal(['import', file], {
      ...settings,
      CARDINAL_LDAP_URLS: 'ldaps://127.0.0.1:1',
    })
    assert.equal(down.code, 1)
    assert.match(down.stderr, /cardinal: The directory cannot be asked at the moment.*nothing listens there/)
    const init = ['init', '--organisation', 'Contoso']
    assert.equal((await runCardinal([...init, '--domain', 'FABRIKAM'], settings)).code, 1)
    const good = await runCardinal(init, settings)
    assert.deepEqual([good.code, good.stderr], [0, ''])
    assert.match(good.stdout, /The password of LOCAL\\admin is in /)
  })

  test('a group of the directory may administer from the beginning', async () => {
    const settings = newSettings('of-company')
    const administrator = 'CONTOSO\\PKI Administrators'
    const args = ['init', '--organisation', 'Contoso', '--administrator', administrator]
    const { code, stdout, stderr } = await runCardinal(args, settings)
    assert.deepEqual([code, stderr], [0, ''])
    assert.match(stdout, /CONTOSO\\PKI Administrators of the directory is its administrator/)
  })

  test('the organisation file of the manual can be imported', async () => {
    const manual = await readFile(new URL('../../docs/organisation.md', import.meta.url), 'utf8')
    const [, example = ''] = /```json\n(.*?)```/s.exec(manual) ?? []
    const file = path.join(company.folder, 'manual.json')
    await writeFile(file, example)
    const { code, stdout, stderr } = await runCardinal(['import', file], newSettings('manual'))
    assert.deepEqual([code, stderr], [0, ''])
    assert.match(stdout, /passwords of 1 new accounts/)
  })

  test('a user is who the directory says, with the roles of nested groups', async () => {
    for (const name of ['alice', 'CONTOSO\\alice', 'ALICE@contoso.test']) {
      const { status, body } = await signIn(name)
      assert.equal(status, 200, JSON.stringify(body))
      const { uuid } = await readAccount(company, 'alice')
      assert.deepEqual(body.user, { uuid, account: 'CONTOSO\\alice', displayName: 'Alice Adams' })
      assert.deepEqual(body.roles, ['subscriber'])
    }
    assert.deepEqual((await signIn('mona')).body.roles, ['manager'])
    assert.deepEqual((await signIn('ada')).body.roles, ['administrator'])
  })

  test('an administrator is shown who somebody of the directory is, and by which groups they have their roles', async () => {
    const settings = { ...server.settings, ...company.settings }
    const show = async (name: string) => {
      const { code, stdout, stderr } = await runCardinal(['user', 'show', name, '--json'], settings)
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
      return JSON.parse(stdout)
    }
    const { uuid, sid, dn } = await readAccount(company, 'alice')
    for (const name of ['alice', 'CONTOSO\\alice', 'alice@contoso.test', uuid, sid]) {
      const shown = await show(name)
      assert.deepEqual(
        [shown.qualifiedName, shown.uuid, shown.sid, shown.distinguishedName, shown.keptBy, shown.state],
        ['CONTOSO\\alice', uuid, sid, dn, 'directory', 'enabled'],
        name,
      )
      assert.deepEqual(shown.roles, [{ role: 'subscriber', by: ['PKI Users'] }])
      assert.deepEqual(
        ['All Staff', 'Domain Users', 'PKI Users'].filter(group => !shown.groups.includes(group)),
        [],
      )
    }
    const admin = await show('LOCAL\\admin')
    assert.deepEqual(
      [admin.qualifiedName, admin.keptBy, admin.roles],
      ['LOCAL\\admin', 'cardinal', [{ role: 'administrator', by: ['LOCAL\\admin'] }]],
    )
    assert.equal((await show('admin')).qualifiedName, 'CONTOSO\\admin')
  })

  test('people of the directory are not disabled here, and it is said where they are and how their sessions end', async () => {
    const { code, stderr } = await runCardinal(['user', 'disable', 'CONTOSO\\alice'], server.settings)
    assert.equal(code, 1)
    assert.match(stderr, /Disable people of an LDAP directory there: .*DELETE \S+\/sessions\?user=NAME/)
  })

  test('a directory that is down is said with its reason, and keeps nobody from being shown who is kept here', async () => {
    const settings = { ...server.settings, CARDINAL_LDAP_URLS: 'ldaps://127.0.0.1:1' }
    const { code, stderr } = await runCardinal(['user', 'show', 'alice'], settings)
    assert.deepEqual(
      [code, /^cardinal: The directory cannot be asked.*nothing listens there/.test(stderr)],
      [1, true],
      stderr,
    )
    const { stdout } = await runCardinal(['user', 'show', 'LOCAL\\admin'], settings)
    assert.match(stdout, /^keptBy {16}Cardinal itself$/m)
    assert.match(stdout, /^roles {17}administrator \(by LOCAL\\admin\)$/m)
  })

  test('the walkthrough makes a certificate of the account in the directory', async () => {
    const { certificatePem } = await runWalkthrough(walkthroughWith(await clientOf('alice')))
    const certificate = new X509Certificate(certificatePem)
    const { sid } = await readAccount(company, 'alice')
    assert.ok(certificate.raw.includes(sid, 0, 'ascii'))
    assert.equal(certificate.subject.split('\n').at(-1), 'CN=alice')
    assert.match(certificate.subject, /DC=test\nDC=contoso\nCN=Users/)
  })

  describe('the accounts of the server', () => {
    test('go by LOCAL, and by no name that the directory could give', async () => {
      const { status, body } = await signIn('LOCAL\\admin', breakGlass)
      assert.equal(status, 200)
      assert.deepEqual([body.user?.account, body.roles], ['LOCAL\\admin', ['administrator']])
      for (const name of ['admin', 'CONTOSO\\admin', 'admin@contoso.test']) {
        assert.equal((await signIn(name, breakGlass)).status, 401, name)
      }
    })

    test('are nobody’s in the directory', async () => {
      for (const name of ['admin', 'CONTOSO\\admin', 'admin@contoso.test']) {
        const { status, body } = await signIn(name)
        assert.deepEqual([status, body.user?.account, body.roles], [200, 'CONTOSO\\admin', []], name)
        assert.equal(body.user?.uuid, (await readAccount(company, 'admin')).uuid)
      }
      assert.equal((await signIn('LOCAL\\admin')).status, 401)
      assert.equal((await signIn('LOCAL\\alice')).status, 401)
    })
  })

  test('a client that repeats a wrong password locks nobody out', async () => {
    const statuses: number[] = []
    for (let times = 0; times < 3; times++) statuses.push((await signIn('bob', 'wrong')).status)
    assert.deepEqual(statuses, [401, 401, 401])
    assert.equal((await readAccount(company, 'bob')).badPasswords, 1)
    await server.untilSaid(/"reason":"refused-before"/)
  })

  test('no name breaks out of a filter or a distinguished name', async () => {
    const names = [
      '*',
      'alic*',
      '*)(uid=*',
      '*)(objectClass=*',
      'alice)(|(objectClass=*',
      '\\2a',
      'al\\69ce',
      'CONTOSO\\alice)',
      'CONTOSO\\*',
      'CN=alice,CN=Users,DC=contoso,DC=test',
      'alice,DC=contoso',
      'alice\u200b',
      '\ufffd',
      'LOCAL\\',
      'LOCAL\\LOCAL\\admin',
      'LOCAL\\*',
      'LOCAL\\admin@contoso.test',
      'a'.repeat(500),
    ]
    for (const name of names) {
      const { status, text } = await signIn(name)
      assert.ok(status === 401 || status === 429, `${name}: ${status} ${text}`)
    }
    for (const header of [
      basic('alice\0', company.password),
      `Basic ${Buffer.from([0x61, 0xed, 0xa0, 0x80, 0x3a, 0x61]).toString('base64')}`,
      basic('a'.repeat(10_000), company.password),
    ]) {
      const response = await fetch(`${server.url}${sessionPath}`, { headers: { authorization: header } })
      assert.ok([401, 431].includes(response.status), String(response.status))
    }
    assert.doesNotMatch(server.output(), /"level":50/)
  })

  test('who is renamed and moved is the same, and goes on working', async () => {
    const before = await readAccount(company, 'ada')
    const cookie = await beginSession('ada')
    const away = `CN=Ada\\, Countess,OU=Away,${company.samba.baseDn}`
    await company.samba.administer(async client => {
      await client.add(`OU=Away,${company.samba.baseDn}`, { objectClass: 'organizationalUnit' })
      await client.modifyDN(before.dn, away)
      await replaceAttributes(client, away, { sAMAccountName: 'lovelace' })
    })
    await until(async () => (await bySession(cookie)).body.user?.account === 'CONTOSO\\lovelace')
    const { body } = await signIn('lovelace')
    assert.deepEqual([body.user?.uuid, body.roles], [before.uuid, ['administrator']])
    await until(async () => (await signIn('ada')).status === 401)
  })

  for (const [what, change, undo] of [
    ['disabled', { userAccountControl: disabledAccount }, { userAccountControl: normalAccount }],
    // 2020-01-01 in tenths of microseconds since 1601.
    ['expired', { accountExpires: '132223104000000000' }, { accountExpires: '0' }],
  ] as const) {
    test(`who is ${what} is refused, sessions included`, async () => {
      const cookie = await beginSession('mona')
      const { dn } = await readAccount(company, 'mona')
      await company.samba.administer(client => replaceAttributes(client, dn, change))
      await until(async () => (await bySession(cookie)).status === 401)
      const refused = await signIn('mona')
      assert.equal(refused.status, 401)
      assert.equal(refused.text.includes(what), false)
      await server.untilSaid(new RegExp(`"reason":"${what}"`))
      await company.samba.administer(client => replaceAttributes(client, dn, undo))
      await until(async () => (await signIn('mona')).status === 200)
    })
  }

  describe('a certificate whose template says so', () => {
    let enrolled: SoftwareEnrollment

    test('stands in the directory for as long as it is valid', async () => {
      const client = await clientOf('alice')
      enrolled = await enrollSoftwareProfile(client)
      await until(async () => (await published()).length === 1)
      assert.deepEqual(await published(), [rawOf(enrolled)])
      const mona = await clientOf('mona')
      await end(mona, 'Revoke', { profile: enrolled.profileUuid })
      await until(async () => (await published()).length === 0)
    })

    test('gets there and away again through a directory that is down and a server that is killed', async () => {
      const alice = createCardinalClient({
        baseUrl: server.url,
        credentials: { cookie: await beginSession('alice') },
        retries: 0,
      })
      const mona = createCardinalClient({
        baseUrl: server.url,
        credentials: { cookie: await beginSession('mona') },
        retries: 0,
      })
      await enrollSoftwareProfile(alice)
      await until(async () => (await published()).length === 1)
      const [first] = await published()

      await company.samba.kill()
      await until(async () => (await ready()).get('directory') === 'failed')
      const second = await enrollSoftwareProfile(alice)
      enrolled = second
      await server.kill()
      await company.samba.restart()
      await server.restart()
      await until(async () => (await published()).length === 2)
      const wanted = [first ?? Buffer.alloc(0), rawOf(second)]
      assert.deepEqual((await published()).sort(Buffer.compare), wanted.sort(Buffer.compare))

      // Known to the new process, and so for the grace time.
      for (const name of ['alice', 'mona']) await bySession(await beginSession(name))
      await revokeWhileDown(mona, second)
      await until(async () => (await published()).length === 1)
      assert.deepEqual(await published(), [first])
    })

    async function revokeWhileDown(mona: CardinalClient, { profileUuid }: SoftwareEnrollment): Promise<void> {
      await company.samba.kill()
      await until(async () => (await ready()).get('directory') === 'failed')
      await end(mona, 'Revoke', { profile: profileUuid })
      await server.kill()
      await company.samba.restart()
      await server.restart()
    }
  })

  test('a directory that is down: who is signed in goes on, others are told to wait', async () => {
    const cookie = await beginSession('alice')
    await bySession(cookie)
    await company.samba.kill()
    await until(async () => (await ready()).get('directory') === 'failed')
    assert.deepEqual(
      [...(await ready())].filter(([, state]) => state !== 'ok'),
      [['directory', 'failed']],
    )
    assert.deepEqual((await bySession(cookie)).body.roles, ['subscriber'])
    const { status, body } = await signIn('alice')
    assert.equal(status, 503)
    assert.equal(body.ErrorCode, 'ServiceUnavailable')
    assert.equal(body.Message, 'The directory cannot be asked at the moment.')
    assert.equal((await signIn('LOCAL\\admin', breakGlass)).status, 200)
    await company.samba.restart()
    await until(async () => (await signIn('alice')).status === 200)
    await until(async () => (await ready()).get('directory') === 'ok')
  })

  test('a second server takes over in the middle of work', async t => {
    const target = { host: company.samba.address, port: 389 }
    const [first, second] = [await startTcpProxy(target), await startTcpProxy(target)]
    t.after(() => Promise.all([first.close().catch(() => {}), second.close()]))
    assert.equal(await server.stop(), 0)
    const other = await startServer({
      dataDir: server.dataDir,
      settings: {
        ...server.settings,
        CARDINAL_LDAP_URLS: `ldap://127.0.0.1:${first.port},ldap://127.0.0.1:${second.port}`,
        CARDINAL_LDAP_ALLOW_UNENCRYPTED: 'true',
        CARDINAL_LDAP_CACHE_SECONDS: '0',
      },
    })
    t.after(() => other.remove())
    const cookie = await beginSession('alice', other)
    assert.equal(second.count, 0)
    await first.close()
    assert.equal((await bySession(cookie, other)).status, 200)
    assert.equal((await signIn('bob', company.password, other)).status, 200)
    assert.ok(second.count > 0)
  })
})

/** For a command that works on a data folder of its own. */
function newSettings(name: string) {
  return {
    ...company.settings,
    CARDINAL_DATA_DIR: path.join(company.folder, name),
    CARDINAL_PUBLIC_URL: 'http://127.0.0.1:8080',
    CARDINAL_CERTIFICATION_AUTHORITY_KEY_ALGORITHM: 'EC-P256',
  }
}

interface Answer {
  readonly status: number
  readonly text: string
  readonly body: {
    readonly user?: { readonly uuid: string; readonly account: string; readonly displayName: string }
    readonly roles?: readonly string[]
    readonly ErrorCode?: string
    readonly Message?: string
  }
}

async function signIn(user: string, password = company.password, at = server): Promise<Answer> {
  return await ask(at, { authorization: basic(user, password) })
}

async function bySession(cookie: string, at = server): Promise<Answer> {
  return await ask(at, { cookie })
}

async function ask(at: TestServer, headers: Record<string, string>): Promise<Answer> {
  const response = await fetch(`${at.url}${sessionPath}`, { headers })
  const text = await response.text()
  return { status: response.status, text, body: JSON.parse(text) }
}

async function beginSession(user: string, at = server): Promise<string> {
  const response = await fetch(`${at.url}${sessionPath}`, {
    method: 'POST',
    headers: { authorization: basic(user, company.password) },
  })
  assert.equal(response.status, 200, await response.text())
  return response.headers.getSetCookie()[0]?.split(';')[0] ?? ''
}

async function clientOf(user: string): Promise<CardinalClient> {
  return createCardinalClient({
    baseUrl: server.url,
    credentials: { user, password: company.password },
    retries: 0,
  })
}

/** What `/health/ready` says of each part of the server. */
async function ready(): Promise<Map<string, unknown>> {
  const response = await fetch(`${server.url}/health/ready`)
  const answer: unknown = await response.json()
  assert.ok(typeof answer === 'object' && answer !== null && 'checks' in answer)
  const checks = new Map<string, unknown>(Object.entries(answer.checks ?? {}))
  assert.equal(response.status, [...checks.values()].includes('failed') ? 503 : 200)
  return checks
}

async function published(): Promise<Buffer[]> {
  return [...(await readAccount(company, 'alice')).certificates]
}

function rawOf({ certificatePem }: SoftwareEnrollment): Buffer {
  return new X509Certificate(certificatePem).raw
}

/** What the server does by itself takes it a moment. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000
  while (!(await isSo())) {
    assert.ok(Date.now() < deadline, `It did not come to be:\n${server.output().slice(-4000)}`)
    await passing(100)
  }
}
