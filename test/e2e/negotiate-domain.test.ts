import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createCardinalClient } from '../../src/client/library/create-cardinal-client.ts'
import { runWalkthrough } from '../../src/client/walkthrough/run-walkthrough.ts'
import { readKeytab } from '../../src/identity/negotiate/kerberos/keytab.ts'
import { loadKerberosAddon } from '../../src/identity/negotiate/kerberos-addon.ts'
import { leftOutWithout } from '../testbed/left-out.ts'
import type { KerberosEnvironment } from '../testbed/samba/kerberos-client.ts'
import { createUser, replaceAttributes } from '../testbed/samba/people.ts'
import { freePort, startServer, type TestServer } from '../testbed/server.ts'
import { run, runCardinal } from './command.ts'
import { type Company, companyOrganisation, readAccount, startCompany } from './company-directory.ts'
import { walkthroughWith } from './walkthrough-client.ts'

const skip = leftOutWithout('samba', 'kerberos')
const host = 'cardinal.contoso.test'
const templates = '/CertificateManagement/api/v1.0/profiletemplates'
const session = '/CertificateManagement/api/v2.0/session'
/** Two Windows constants of userAccountControl (MS-ADTS 2.2.16). */
const disabledAccount = String(0x200 + 0x10000 + 0x2)

describe('Windows Integrated Authentication in a domain', { skip }, () => {
  let company: Company
  let server: TestServer
  let port: string
  let tickets: KerberosEnvironment

  before(async () => {
    company = await startCompany()
    const { samba, folder } = company
    port = String(await freePort())
    const settings = {
      ...company.settings,
      CARDINAL_PORT: port,
      CARDINAL_NEGOTIATE_KEYTAB_FILE: path.join(folder, 'cardinal.keytab'),
      // Whoever only accepts tickets needs no configuration of Kerberos.
      KRB5_CONFIG: '/dev/null',
    }
    const keytabs = [
      await samba.createServicePrincipal(`HTTP/${host}`),
      await samba.createServicePrincipal('HTTP/localhost'),
    ]
    await samba.createServicePrincipal('HTTP/elsewhere.contoso.test')
    await writeFile(settings.CARDINAL_NEGOTIATE_KEYTAB_FILE, await joinKeytabs(keytabs), { mode: 0o600 })
    const dataDir = path.join(folder, 'data')
    const file = path.join(folder, 'organisation.json')
    await writeFile(file, JSON.stringify(await companyOrganisation()))
    const imported = await runCardinal(['import', file], {
      ...settings,
      CARDINAL_DATA_DIR: dataDir,
      CARDINAL_CERTIFICATION_AUTHORITY_KEY_ALGORITHM: 'EC-P256',
    })
    assert.deepEqual({ code: imported.code, stderr: imported.stderr }, { code: 0, stderr: '' })
    server = await startServer({ settings, dataDir })
    tickets = await samba.signIn('alice', company.password)
  })
  after(async () => {
    await server?.remove()
    await company?.stop()
  })

  /** Runs curl with these tickets; the name of the host leads to the server. */
  async function curl(environment: KerberosEnvironment | null, ...args: readonly string[]) {
    const result = await run(
      'env',
      ...Object.entries(
        environment ?? { KRB5_CONFIG: company.samba.krb5Configuration, KRB5CCNAME: 'FILE:/dev/null' },
      ).map(([name, value]) => `${name}=${value}`),
      ...['curl', '--silent', '--show-error', '--verbose', '--noproxy', '*', '--max-time', '30'],
      ...['--write-out', '\n%{http_code}'],
      ...['--resolve', `${host}:${port}:127.0.0.1`, '--resolve', `elsewhere.contoso.test:${port}:127.0.0.1`],
      ...args,
    )
    const [, body = '', status = ''] = /^([\s\S]*)\n(\d{3})$/.exec(result.stdout) ?? []
    const tokens = result.stderr.match(/^> Authorization: Negotiate /gm)?.length ?? 0
    return { status: Number(status), body, tokens, stderr: result.stderr }
  }
  const urlOf = (route: string, name = host) => `http://${name}:${port}${route}`

  const reasonAfter = async (work: () => Promise<{ status: number }>) => {
    const before = server.output().length
    assert.equal((await work()).status, 401)
    // What the directory has to say of an account may stand before it.
    const [, reason] = await server.untilSaid(/"reason":"([^"]+)","address"/, before)
    return reason
  }

  test('the keytab holds keys for AES, and none that are weaker', async () => {
    const keytab = readKeytab(await readFile(path.join(company.folder, 'cardinal.keytab')))
    assert.deepEqual([...new Set(keytab.map(({ encryptionType }) => encryptionType))].sort(), [17, 18])
  })

  test('curl --negotiate reads the profile templates', async () => {
    const { status, body } = await curl(tickets, '--negotiate', '--user', ':', urlOf(templates))
    assert.equal(status, 200)
    assert.equal(JSON.parse(body)[0].Name, 'FIM CM Sample Profile Template')
  })

  test('curl is who the directory says, with the roles of nested groups', async () => {
    const jar = path.join(company.folder, 'jar')
    const first = await curl(tickets, '--negotiate', '--user', ':', '--cookie-jar', jar, urlOf(session))
    assert.deepEqual([first.status, first.tokens], [200, 1])
    const { user, roles } = JSON.parse(first.body)
    assert.equal(user.uuid, (await readAccount(company, 'alice')).uuid)
    assert.deepEqual([user.account, roles], ['CONTOSO\\alice', ['subscriber']])

    // One round trip for a session: the cookie alone does from then on.
    for (let call = 0; call < 3; call++) {
      const next = await curl(null, '--cookie', jar, urlOf(session))
      assert.deepEqual([next.status, next.tokens, JSON.parse(next.body).user], [200, 0, user])
    }
    // Where curl is told to sign in each time, it does, and its session stays the one it has.
    const again = await curl(tickets, '--negotiate', '--user', ':', '--cookie', jar, urlOf(session))
    assert.deepEqual([again.status, again.tokens], [200, 1])
    assert.doesNotMatch(again.stderr, /^< set-cookie/m)
  })

  test('npm run walkthrough enrolls by Kerberos, for the account that the directory has', async () => {
    const out = path.join(company.folder, 'walkthrough')
    const { code, stdout, stderr } = await runCardinal(
      ['walkthrough', '--url', `http://localhost:${port}`, '--negotiate', '--out', out],
      { ...server.settings, ...tickets },
    )
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    assert.match(stdout, /All 28 steps are done/)
    const certificate = new X509Certificate(await readFile(path.join(out, 'certificate.pem')))
    assert.ok(certificate.raw.includes((await readAccount(company, 'alice')).sid, 0, 'ascii'))
    assert.match(certificate.subject, /^DC=test\nDC=contoso\nCN=Users\nCN=alice$/)
  })

  test('a whole walkthrough takes one ticket', async () => {
    let signedIn = 0
    const client = createCardinalClient({
      baseUrl: `http://localhost:${port}`,
      credentials: {
        async authorize() {
          signedIn += 1
          return `Negotiate ${(await newToken()).token}`
        },
      },
    })
    await runWalkthrough(walkthroughWith(client))
    assert.equal(signedIn, 1)
  })

  async function newToken() {
    Object.assign(process.env, tickets)
    const kerberos = await loadKerberosAddon()
    const client = await kerberos.initializeClient('HTTP@localhost', {
      mechOID: kerberos.GSS_MECH_OID_SPNEGO,
    })
    return { client, token: await client.step('') }
  }

  test('the server proves itself to the client', async () => {
    const { client, token } = await newToken()
    const answer = await fetch(`${server.url}${templates}`, {
      headers: { authorization: `Negotiate ${token}` },
    })
    assert.equal(answer.status, 200)
    await client.step(answer.headers.get('www-authenticate')?.split(' ')[1] ?? '')
    assert.equal(client.contextComplete, true)
    assert.equal(client.username, `alice@${company.samba.realm}`)
    const another = await newToken()
    await assert.rejects(another.client.step(answer.headers.get('www-authenticate')?.split(' ')[1] ?? ''))
  })

  test('a token is taken once', async () => {
    const { token } = await newToken()
    const call = () =>
      fetch(`${server.url}${templates}`, { headers: { authorization: `Negotiate ${token}` } })
    assert.equal((await call()).status, 200)
    assert.equal(await reasonAfter(call), 'replayed-token')
  })

  test('curl without a ticket gets nowhere', async () => {
    const { status, tokens } = await curl(null, '--negotiate', '--user', ':', urlOf(templates))
    assert.equal(tokens, 0)
    assert.notEqual(status, 200)
    const unasked = await curl(null, urlOf(templates))
    assert.equal(unasked.status, 401)
    assert.match(unasked.stderr, /^< www-authenticate: Negotiate\r?$/im)
  })

  test('curl with a ticket for another service is refused', async () => {
    const call = () => curl(tickets, '--negotiate', '--user', ':', urlOf(templates, 'elsewhere.contoso.test'))
    assert.equal(await reasonAfter(call), 'wrong-service-principal')
  })

  test('curl --ntlm is offered no NTLM', async () => {
    const { status, stderr } = await curl(null, '--ntlm', '--user', 'alice:x', urlOf(templates))
    assert.equal(status, 401)
    assert.doesNotMatch(stderr, /^< www-authenticate: NTLM/im)
  })

  test('a client whose clock is an hour ahead is refused', async () => {
    const ahead = await company.samba.signIn('alice', company.password)
    await curl(ahead, '--negotiate', '--user', ':', urlOf(templates))
    await turnClock(ahead, 3600)
    const call = () => curl(ahead, '--negotiate', '--user', ':', urlOf(templates))
    assert.equal(await reasonAfter(call), 'clock-skew')
  })

  test('a ticket is its account’s, whatever the account is called now and whoever has its name', {
    timeout: 120_000,
  }, async () => {
    const { samba, password } = company
    const create = (name: string) =>
      samba.administer(client => createUser(client, samba.baseDn, { name, password }))
    const whoAmI = async (by: KerberosEnvironment) => {
      const { status, body } = await curl(by, '--negotiate', '--user', ':', urlOf(session))
      return { status, account: status === 200 ? JSON.parse(body).user.account : null }
    }
    const formerDn = await create('dana')
    const formers = await samba.signIn('dana', password)
    assert.deepEqual(await whoAmI(formers), { status: 200, account: 'CONTOSO\\dana' })
    await samba.administer(async client => {
      await replaceAttributes(client, formerDn, { sAMAccountName: 'dana.former' })
      await client.modifyDN(formerDn, `CN=Dana Former,CN=Users,${samba.baseDn}`)
    })
    await create('dana')
    const latters = await samba.signIn('dana', password)
    // What the directory said of an account is taken for granted for a second.
    while ((await whoAmI(formers)).account === 'CONTOSO\\dana');
    assert.deepEqual(await whoAmI(formers), { status: 200, account: 'CONTOSO\\dana.former' })
    assert.deepEqual(await whoAmI(latters), { status: 200, account: 'CONTOSO\\dana' })

    await samba.administer(client => client.del(`CN=Dana Former,CN=Users,${samba.baseDn}`))
    while ((await whoAmI(formers)).status === 200);
    assert.equal(await reasonAfter(() => whoAmI(formers)), 'renamed-account')
    assert.deepEqual(await whoAmI(latters), { status: 200, account: 'CONTOSO\\dana' })
  })

  test('a ticket that was asked for without word of whose it is is refused', async () => {
    const silent = await company.samba.signIn('alice', company.password, '--no-request-pac')
    const call = () => curl(silent, '--negotiate', '--user', ':', urlOf(session))
    assert.equal(await reasonAfter(call), 'no-privilege-attributes')
  })

  test('a ticket for the name that somebody signs in to Windows with is theirs too', async () => {
    const { samba, password } = company
    const attributes = { userPrincipalName: `erin.evans@${samba.dnsName}` }
    await samba.administer(client =>
      createUser(client, samba.baseDn, { name: 'eevans', password, attributes }),
    )
    const hers = await samba.signIn('erin.evans', password)
    const { status, body } = await curl(hers, '--negotiate', '--user', ':', urlOf(session))
    assert.equal(status, 200)
    assert.equal(JSON.parse(body).user.account, 'CONTOSO\\eevans')
  })

  test('somebody with a ticket whose account was disabled meanwhile is refused', async () => {
    const bobs = await company.samba.signIn('bob', company.password)
    const call = () => curl(bobs, '--negotiate', '--user', ':', urlOf(templates))
    assert.equal((await call()).status, 200)
    const { dn } = await readAccount(company, 'bob')
    await company.samba.administer(client =>
      replaceAttributes(client, dn, { userAccountControl: disabledAccount }),
    )
    // What the directory said of somebody is taken for granted for a second (CARDINAL_LDAP_CACHE_SECONDS).
    while ((await call()).status === 200);
    assert.equal(await reasonAfter(call), 'disabled-account')
  })
})

/** Each begins with two octets that say what it is. */
async function joinKeytabs(files: readonly string[]): Promise<Buffer> {
  const contents = await Promise.all(files.map(file => readFile(file)))
  return Buffer.concat([Buffer.from([5, 2]), ...contents.map(content => content.subarray(2))])
}

/**
 * Makes the client believe that the domain's clock is that many seconds ahead of the machine's: what it has found out of
 * that stands at the head of its tickets' file (MIT Kerberos documentation, "Credential cache file format", DeltaTime).
 */
async function turnClock({ KRB5CCNAME }: KerberosEnvironment, seconds: number): Promise<void> {
  const file = KRB5CCNAME.replace(/^FILE:/, '')
  const content = await readFile(file)
  assert.equal(content.subarray(0, 8).toString('hex'), '0504000c00010008')
  content.writeInt32BE(seconds, 8)
  await writeFile(file, content)
}
