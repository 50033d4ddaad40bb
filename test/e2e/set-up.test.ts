import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createCardinalClient } from '../../src/client/library/create-cardinal-client.ts'
import { runWalkthrough } from '../../src/client/walkthrough/run-walkthrough.ts'
import { freePort, parseAccounts, startServer } from '../testbed/server.ts'
import { runCardinal } from './command.ts'
import { basic } from './session.ts'
import { walkthroughWith } from './walkthrough-client.ts'

const demoOrganisation = fileURLToPath(new URL('../../demo/contoso.json', import.meta.url))
const initialisation = [
  'init',
  '--organisation',
  'Fabrikam',
  '--domain',
  'FABRIKAM',
  '--dns-name',
  'fabrikam.com',
]

let folder: string
before(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'cardinal-set-up-'))
})
after(() => rmSync(folder, { recursive: true }))

async function settingsFor(dataDir: string) {
  return {
    CARDINAL_PORT: String(await freePort()),
    CARDINAL_DATA_DIR: path.join(folder, dataDir),
    CARDINAL_CERTIFICATION_AUTHORITY_KEY_ALGORITHM: 'EC-P256',
    CARDINAL_DEMO: 'false',
  }
}
type Started = Awaited<ReturnType<typeof settingsFor>>

describe('cardinal init', () => {
  let settings: Started
  before(async () => {
    settings = await settingsFor('init')
  })
  const account = () => path.join(settings.CARDINAL_DATA_DIR, 'administrator-account.json')

  test('sets up an organisation with one administrator, whose password its owner alone can read', async () => {
    const { code, stdout, stderr } = await runCardinal(initialisation, settings)
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    assert.match(stdout, /Fabrikam is set up/)
    assert.equal(statSync(account()).mode & 0o777, 0o600)
    const [administrator] = parseAccounts(readFileSync(account(), 'utf8'))
    assert.deepEqual(administrator?.roles, ['administrator'])
    assert.ok(!stdout.includes(administrator?.password ?? ''))
  })

  test('changes nothing where there is an organisation', async () => {
    const before = readFileSync(account())
    const { code, stderr } = await runCardinal(initialisation, settings)
    assert.equal(code, 1)
    assert.match(stderr, /^cardinal: The organisation Fabrikam is set up already; nothing was changed\.\n$/)
    assert.deepEqual(readFileSync(account()), before)
  })

  test('lets the administrator sign in, and nobody of the demo', async () => {
    const [administrator] = parseAccounts(readFileSync(account(), 'utf8'))
    const server = await startServer({ dataDir: settings.CARDINAL_DATA_DIR, settings })
    after(() => server.remove())
    const signIn = (user: string, password: string) =>
      fetch(`${server.url}/CertificateManagement/api/v2.0/session`, {
        headers: { authorization: basic(user, password) },
      })
    assert.equal((await signIn('admin', administrator?.password ?? '')).status, 200)
    assert.equal((await signIn('FABRIKAM\\admin', administrator?.password ?? '')).status, 200)
    assert.equal((await signIn('alice', administrator?.password ?? '')).status, 401)
    assert.doesNotMatch(server.output(), /demo-accounts/)
  })

  test('says what it needs', async () => {
    const { code, stderr } = await runCardinal(['init', '--domain', 'FABRIKAM'], settings)
    assert.equal(code, 1)
    assert.match(stderr, /^cardinal: init needs --organisation, --domain and --dns-name\./)
  })
})

describe('cardinal import', () => {
  let settings: Started
  before(async () => {
    settings = await settingsFor('import')
  })
  const accountsFile = () => path.join(settings.CARDINAL_DATA_DIR, 'new-accounts.json')

  test('brings in people and templates, which work at once', async () => {
    const { code, stdout, stderr } = await runCardinal(['import', demoOrganisation], settings)
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    assert.match(stdout, /passwords of 5 new accounts are in .*new-accounts\.json/)
    assert.equal(statSync(accountsFile()).mode & 0o777, 0o600)
    const alice = parseAccounts(readFileSync(accountsFile(), 'utf8')).find(({ user }) => user === 'alice')
    const server = await startServer({ dataDir: settings.CARDINAL_DATA_DIR, settings })
    after(() => server.remove())
    assert.ok(alice !== undefined)
    const client = createCardinalClient({ baseUrl: server.url, credentials: alice })
    const templates = await client.call('GET /v1.0/profiletemplates')
    assert.ok(templates !== null && templates.length > 1)
    await runWalkthrough(walkthroughWith(client))
  })

  test('makes no account anew that is there', async () => {
    const before = readFileSync(accountsFile())
    const { code, stdout, stderr } = await runCardinal(['import', demoOrganisation], settings)
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    assert.doesNotMatch(stdout, /new accounts/)
    assert.deepEqual(readFileSync(accountsFile()), before)
  })

  test('refuses another organisation, and tries a file without changing anything', async () => {
    const organisation = JSON.parse(readFileSync(demoOrganisation, 'utf8'))
    const file = path.join(folder, 'another.json')
    const importing = (...args: string[]) => {
      writeFileSync(file, JSON.stringify(organisation))
      return runCardinal(['import', file, ...args], settings)
    }
    organisation.users[0].displayName = 'Alice Berg'
    const tried = await importing('--dry-run')
    assert.deepEqual([tried.code, tried.stderr], [0, ''])
    assert.match(
      tried.stdout,
      /^change {2}user alice: displayName Alice Adams → Alice Berg, .*\nNothing was changed\. It would be: 0 added, 1 changed; \d+ as before\.\n$/,
    )
    const { stdout } = await importing('--json')
    assert.deepEqual(
      JSON.parse(stdout).changes.map(({ what, name }: { what: string; name: string }) => [what, name]),
      [['user', 'alice']],
    )
    organisation.organisation = { name: 'Fabrikam', domain: 'FABRIKAM', dnsName: 'fabrikam.com' }
    for (const args of [[], ['--dry-run']]) {
      const { code, stderr } = await importing(...args)
      assert.equal(code, 1)
      assert.match(
        stderr,
        /^cardinal: This is the organisation Contoso, .* needs a database of its own .*\n$/,
      )
    }
    const nowhere = { ...settings, CARDINAL_DATA_DIR: path.join(folder, 'nowhere') }
    const early = await runCardinal(['import', file, '--dry-run'], nowhere)
    assert.match(early.stderr, /There is no database .*nowhere/)
  })

  test('says what is wrong with a file', async () => {
    const broken = path.join(folder, 'broken.json')
    const organisation = JSON.parse(readFileSync(demoOrganisation, 'utf8'))
    organisation.groups[0].members.push('nobody')
    for (const [content, fault] of [
      ['{ "format": ', /JSON/],
      ['{ "format": "cardinal-organisation-1" }', /organisation/],
      [JSON.stringify(organisation), /nobody/],
    ] as const) {
      writeFileSync(broken, content)
      const { code, stderr } = await runCardinal(['import', broken], settings)
      assert.equal(code, 1)
      assert.match(stderr, fault)
      assert.doesNotMatch(stderr, /\n\s+at /)
    }
    const missing = await runCardinal(['import', path.join(folder, 'missing.json')], settings)
    assert.equal(missing.code, 1)
    assert.match(missing.stderr, /^cardinal: .*missing\.json.*\n$/)
  })
})

describe('the key that all others are kept under', () => {
  test('is not replaced by another one: the server says which file is wrong, and starts again with the right one', async () => {
    const server = await startServer()
    after(() => server.remove())
    const keyFile = path.join(server.dataDir, 'secrets', 'key-encryption.key')
    const rightKey = readFileSync(keyFile)
    assert.equal(await server.stop(), 0)
    for (const [content, fault] of [
      [`${randomBytes(32).toString('base64')}\n`, /^cardinal: Could not open the .*: .*key.*\n$/],
      ['too short\n', /^cardinal: .*key-encryption\.key does not hold 32 bytes in base64 on one line\.\n$/],
    ] as const) {
      writeFileSync(keyFile, content)
      const { code, stderr } = await runCardinal(['serve'], server.settings)
      assert.equal(code, 1)
      assert.match(stderr, fault)
    }
    writeFileSync(keyFile, rightKey)
    await server.restart()
    await runWalkthrough(walkthroughWith(await server.clientOf('alice')))
  })

  test('may come from a passphrase', async () => {
    const passphraseFile = path.join(folder, 'passphrase')
    writeFileSync(passphraseFile, 'correct horse battery staple\n', { mode: 0o600 })
    const server = await startServer({ settings: { CARDINAL_KEY_PASSPHRASE_FILE: passphraseFile } })
    after(() => server.remove())
    assert.equal(await server.stop(), 0)
    writeFileSync(passphraseFile, 'incorrect horse\n')
    const { code, stderr } = await runCardinal(['serve'], server.settings)
    assert.equal(code, 1)
    assert.match(stderr, /^cardinal: Could not open the .*\n$/)
    assert.ok(!stderr.includes('horse'))
    writeFileSync(passphraseFile, 'correct horse battery staple')
    await server.restart()
    await runWalkthrough(walkthroughWith(await server.clientOf('alice')))
  })
})
