import assert from 'node:assert/strict'
import { createPrivateKey } from 'node:crypto'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, test } from 'node:test'
import { purposeOfPrivateKey } from '../../src/ca/create-authorities.ts'
import { loadOrCreateKeyFile } from '../../src/ca/key-encryption-key.ts'
import { createVault } from '../../src/ca/vault.ts'
import { createCardinalClient } from '../../src/client/library/create-cardinal-client.ts'
import { runWalkthrough } from '../../src/client/walkthrough/run-walkthrough.ts'
import { leftOutWithout } from '../testbed/left-out.ts'
import { parseAccounts, startServer, type TestServer } from '../testbed/server.ts'
import { run, runCardinal } from './command.ts'
import { beginSession } from './session.ts'
import { pin, walkthroughWith } from './walkthrough-client.ts'
import { writtenForms } from './written-forms.ts'

/** Everything is logged that can be. */
const talkative = { CARDINAL_LOG_LEVEL: 'trace', CARDINAL_TRACE_VERBOSITY: '4' }

let server: TestServer
before(async () => {
  server = await startServer({ settings: talkative })
})
after(() => server?.remove())

const inData = (...names: string[]) => path.join(server.dataDir, ...names)
const mode = (file: string) => (statSync(file).mode & 0o777).toString(8)

describe('the first start on a machine with nothing prepared', () => {
  test('makes files for the eyes of their owner only', () => {
    assert.equal(mode(server.dataDir), '700')
    for (const name of readdirSync(server.dataDir, { recursive: true, encoding: 'utf8' })) {
      const isFolder = statSync(inData(name)).isDirectory()
      assert.equal(mode(inData(name)), isFolder ? '700' : '600', name)
    }
    for (const name of ['cardinal.sqlite', 'demo-accounts.json', 'secrets/key-encryption.key']) {
      assert.ok(statSync(inData(name)).size > 0, name)
    }
  })

  test('writes down the demo accounts with their passwords and roles', () => {
    const accounts = parseAccounts(readFileSync(inData('demo-accounts.json'), 'utf8'))
    assert.deepEqual(
      accounts.map(({ user, roles }) => [user, roles]),
      [
        ['alice', ['subscriber']],
        ['bob', ['subscriber']],
        ['mona', ['manager']],
        ['heidi', ['help-desk', 'enrollment-agent']],
        ['admin', ['administrator']],
      ],
    )
    assert.equal(new Set(accounts.map(({ password }) => password)).size, accounts.length)
    for (const { password } of accounts) assert.ok(password.length >= 16)
  })

  test('says where it serves, where the data lies and how to sign in', () => {
    assert.match(server.output(), new RegExp(`serves on ${server.url}\n`))
    assert.ok(server.output().includes(server.dataDir))
    assert.ok(server.output().includes(inData('demo-accounts.json')))
  })
})

describe('cardinal walkthrough', () => {
  let folder: string
  before(async () => {
    folder = inData('..', 'result')
    const { code, stdout, stderr } = await runCardinal(['walkthrough', '--out', folder], server.settings)
    assert.equal(code, 0, stderr)
    assert.equal(stderr, '')
    assert.match(stdout, /^ 1 {2}Ask which profile templates/m)
    assert.match(stdout, /^28 {2}Mark the request as completed/m)
    assert.match(stdout, /All 28 steps are done/)
    const certificate = readFileSync(path.join(folder, 'certificate.pem'), 'utf8')
    assert.ok(stdout.includes(certificate.trimEnd()))
  })

  const file = (name: string) => path.join(folder, name)

  test('ends with a certificate that openssl verifies up to the root', async () => {
    const verified = await run(
      'openssl',
      ...['verify', '-x509_strict', '-purpose', 'sslclient'],
      ...['-CAfile', file('root.pem'), '-untrusted', file('issuing.pem'), file('certificate.pem')],
    )
    assert.deepEqual(verified, { code: 0, stdout: `${file('certificate.pem')}: OK\n`, stderr: '' })
  })

  test("ends with a certificate for the card's key and for alice", async () => {
    const key = await run('openssl', 'x509', '-in', file('certificate.pem'), '-noout', '-pubkey')
    assert.equal(key.stdout, readFileSync(file('public-key.pem'), 'utf8'))
    const names = await run(
      'openssl',
      ...['x509', '-in', file('certificate.pem'), '-noout', '-subject', '-ext', 'subjectAltName'],
    )
    assert.match(names.stdout, /CN = alice/i)
  })

  test('ends with a certificate that GnuTLS reads', {
    skip: leftOutWithout('gnutls-bin'),
  }, async () => {
    const read = await run('certtool', '--certificate-info', '--infile', file('certificate.pem'))
    assert.equal(read.code, 0, read.stderr)
    assert.match(read.stdout, /Issuer: CN=Cardinal Issuing CA,O=Cardinal/)
    assert.match(read.stdout, /TLS WWW Client/)
    // What follows is the certificate in base64, where such words come by chance.
    assert.doesNotMatch(read.stdout.split('-----BEGIN')[0] ?? '', /warning|error/i)
  })

  test('ends with a certificate that no revocation list of the ones it leads to has', async () => {
    const lists: string[] = []
    for (const name of ['certificate.pem', 'issuing.pem']) {
      const point = await run(
        'openssl',
        ...['x509', '-in', file(name), '-noout', '-ext', 'crlDistributionPoints'],
      )
      const url = /URI:(\S+)/.exec(point.stdout)?.[1] ?? ''
      assert.ok(url.startsWith(`${server.url}/pki/`), url)
      const answer = await fetch(url)
      assert.equal(answer.headers.get('content-type'), 'application/pkix-crl')
      writeFileSync(file(`${name}.crl`), Buffer.from(await answer.arrayBuffer()))
      const authority = name === 'certificate.pem' ? 'issuing.pem' : 'root.pem'
      const list = await run(
        'openssl',
        ...['crl', '-inform', 'DER', '-in', file(`${name}.crl`), '-CAfile', file(authority)],
      )
      assert.match(list.stderr, /verify OK/)
      lists.push(list.stdout)
    }
    writeFileSync(file('lists.pem'), lists.join(''))
    const verified = await run(
      'openssl',
      ...['verify', '-crl_check_all', '-CRLfile', file('lists.pem'), '-CAfile', file('root.pem')],
      ...['-untrusted', file('issuing.pem'), file('certificate.pem')],
    )
    assert.deepEqual(verified, { code: 0, stdout: `${file('certificate.pem')}: OK\n`, stderr: '' })
  })

  test("ends with a certificate whose issuer's certificate lies where it says", async () => {
    const access = await run(
      'openssl',
      ...['x509', '-in', file('certificate.pem'), '-noout', '-ext', 'authorityInfoAccess'],
    )
    const answer = await fetch(/URI:(\S+)/.exec(access.stdout)?.[1] ?? '')
    assert.equal(answer.headers.get('content-type'), 'application/pkix-cert')
    const pem = readFileSync(file('issuing.pem'), 'utf8').replace(/-----.*-----|\n/g, '')
    assert.equal(Buffer.from(await answer.arrayBuffer()).toString('base64'), pem)
  })

  test('prints JSON and nothing else for machines', async () => {
    const { code, stdout, stderr } = await runCardinal(
      ['walkthrough', '--json', '--url', server.url, '--user', 'bob', '--out', inData('..', 'of-bob')],
      server.settings,
    )
    assert.equal(code, 0, stderr)
    assert.equal(stderr, '')
    const { steps, result } = JSON.parse(stdout)
    assert.deepEqual(
      steps.map(({ number }: { number: number }) => number),
      Array.from({ length: 28 }, (_, index) => index + 1),
    )
    assert.equal(result.certificatePem, readFileSync(inData('..', 'of-bob', 'certificate.pem'), 'utf8'))
  })

  test('fails with one sentence and exit code 1 where the password is wrong', async () => {
    writeFileSync(inData('wrong-password'), 'wrong-password\n')
    const { code, stdout, stderr } = await runCardinal(
      ['walkthrough', '--url', server.url, '--user', 'bob', '--password-file', inData('wrong-password')],
      server.settings,
    )
    assert.equal(code, 1)
    assert.equal(stdout, '')
    assert.match(
      stderr,
      /^cardinal: Step 1 failed: .*401 NotSignedIn.*Check the name and password, or get a new ticket or token\..*\n$/,
    )
  })

  test('says in one sentence that an address is none', async () => {
    const { code, stderr } = await runCardinal(['walkthrough', '--url', 'nowhere'], server.settings)
    assert.equal(code, 1)
    assert.equal(stderr, 'cardinal: "nowhere" is no address. Give one like http://127.0.0.1:8080.\n')
  })
})

describe('an enrollment that is looked at closely', () => {
  /** Base64 answers by the last part of their path. */
  const answers = new Map<string, string>()
  let sessionToken: string

  before(async () => {
    const cookie = await beginSession(server, 'alice')
    sessionToken = cookie.split('=')[1] ?? ''
    const listen: typeof fetch = async (input, init) => {
      const answer = await fetch(input, init)
      answers.set(new URL(String(input)).pathname.split('/').at(-1) ?? '', await answer.clone().text())
      return answer
    }
    const client = createCardinalClient({ baseUrl: server.url, credentials: { cookie }, fetch: listen })
    await runWalkthrough(walkthroughWith(client))
  })

  test('has an answer that openssl reads as CMS with a CMC response inside', async () => {
    const [{ Pkcs7 }] = JSON.parse(answers.get('certificatedata') ?? '')
    const file = inData('..', 'answer.der')
    writeFileSync(file, Buffer.from(Pkcs7, 'base64'))
    const printed = await run('openssl', 'cms', '-cmsout', '-print', '-inform', 'DER', '-in', file)
    assert.equal(printed.code, 0, printed.stderr)
    assert.match(printed.stdout, /contentType: pkcs7-signedData/)
    assert.match(printed.stdout, /eContentType: id-cct-PKIResponse/)
    assert.equal(printed.stdout.match(/d\.certificate:/g)?.length, 3)
    const parsed = await run('openssl', 'asn1parse', '-inform', 'DER', '-in', file)
    assert.equal(parsed.code, 0, parsed.stderr)
    assert.match(parsed.stdout, /OBJECT\s+:id-cct-PKIResponse/)
  })

  test('leaves no secret in clear in what the server says or keeps', async () => {
    const vault = createVault(await loadOrCreateKeyFile(inData('secrets', 'key-encryption.key')), size =>
      Buffer.alloc(size),
    )
    const answered = (route: string) => Buffer.from(JSON.parse(answers.get(route) ?? ''), 'base64')
    const cardSecrets = [answered('diversifiedkey'), answered('authenticationresponse')]
    assert.deepEqual(
      cardSecrets.map(({ length }) => length),
      [24, 8],
    )
    assert.ok(sessionToken.length >= 20)
    const texts = [pin, sessionToken, readFileSync(inData('secrets', 'key-encryption.key'), 'utf8').trim()]
    for (const { password } of parseAccounts(readFileSync(inData('demo-accounts.json'), 'utf8'))) {
      texts.push(password)
    }
    const secrets = [...cardSecrets, ...texts.map(text => Buffer.from(text)), ...openedKeys(vault)]

    const kept = ['cardinal.sqlite', 'cardinal.sqlite-wal'].map(name => readFileSync(inData(name)))
    assert.ok(kept.some(content => content.includes('Alice Adams')))
    await server.untilSaid(/"route":"\/CertificateManagement\/api\/v1.0\/requests\/:/)
    for (const place of [Buffer.from(server.output()), ...kept]) {
      secrets.forEach((secret, index) => {
        for (const form of writtenForms(secret)) assert.ok(!place.includes(form), `secret ${index}`)
      })
      assert.ok(!place.includes('PRIVATE KEY'))
    }
  })

  /** The private numbers of the CAs' keys and the card master key, which the database has sealed. */
  function openedKeys(vault: ReturnType<typeof createVault>): Uint8Array[] {
    const database = new DatabaseSync(inData('cardinal.sqlite'), { readOnly: true })
    const authorities = database.prepare(
      'select uuid, sealed_private_key as sealed from certification_authorities',
    )
    const keys = authorities.all().map(({ uuid, sealed }) => {
      assert.ok(sealed instanceof Uint8Array)
      const pkcs8 = Buffer.from(vault.open(purposeOfPrivateKey(String(uuid)), sealed))
      const { d } = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }).export({ format: 'jwk' })
      return Buffer.from(d ?? '', 'base64url')
    })
    assert.deepEqual(
      keys.map(key => key.length),
      [32, 32],
    )
    const { sealed } = database.prepare('select sealed_secret as sealed from card_master_keys').get() ?? {}
    database.close()
    assert.ok(sealed instanceof Uint8Array)
    return [...keys, vault.open('card master key, version 1', sealed)]
  }
})

test('a second start changes nothing', async () => {
  const state = () => ({ tables: tablesOf(inData('cardinal.sqlite')), files: filesOf(server.dataDir) })
  assert.equal(await server.stop(), 0)
  const before = state()
  assert.ok(Object.keys(before.tables).length > 15)
  await server.restart()
  assert.equal(await server.stop(), 0)
  assert.deepEqual(state(), before)
})

function tablesOf(file: string): Record<string, unknown[]> {
  const database = new DatabaseSync(file, { readOnly: true })
  const tables = database.prepare("select name, sql from sqlite_master where type = 'table'").all()
  const contents = tables.map(({ name, sql }) => [
    String(name),
    [sql, ...database.prepare(`select * from "${name}"`).all()],
  ])
  database.close()
  return Object.fromEntries(contents)
}

/** All but the database, whose pages may be laid out anew. */
function filesOf(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const files = names.filter(name => statSync(path.join(folder, name)).isFile())
  return Object.fromEntries(
    files.map(name => [
      name,
      name.startsWith('cardinal.sqlite') ? '' : readFileSync(path.join(folder, name), 'utf8'),
    ]),
  )
}
