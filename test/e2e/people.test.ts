import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { cardinalCommand, parseAccounts, startServer, type TestServer } from '../testbed/server.ts'
import { runCardinal } from './command.ts'
import { basic, beginSession } from './session.ts'

const { PATH = '' } = process.env

let server: TestServer
before(async () => {
  server = await startServer()
})
after(() => server?.remove())

async function cardinal(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCardinal(args, server.settings)
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' }, args.join(' '))
  return stdout
}

async function refusal(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCardinal(args, server.settings)
  assert.deepEqual({ code, stdout }, { code: 1, stdout: '' }, args.join(' '))
  assert.doesNotMatch(stderr, /\n\s+at /)
  return stderr
}

const call = (headers: Record<string, string>) =>
  fetch(`${server.url}/CertificateManagement/api/v2.0/session`, { headers })
const statusWith = async (headers: Record<string, string>) =>
  (await fetch(`${server.url}/CertificateManagement/api/v1.0/profiletemplates`, { headers })).status
const signIn = async (user: string, password: string) =>
  (await call({ authorization: basic(user, password) })).status

describe('beside a server that runs', () => {
  test('somebody who is added signs in at once, with a password that their owner alone can read', async () => {
    const said = await cardinal('user', 'add', 'anna', '--group', 'Subscribers', '--generate-password')
    const file = path.join(server.dataDir, 'new-accounts.json')
    assert.equal(statSync(file).mode & 0o777, 0o600)
    const anna = parseAccounts(readFileSync(file, 'utf8')).find(({ user }) => user === 'anna')
    assert.ok(anna !== undefined && !said.includes(anna.password))
    assert.equal(await signIn('anna', anna.password), 200)
  })

  test('whoever is disabled is out at once, by session, password and API token; their sessions stay ended', async () => {
    const cookie = await beginSession(server, 'alice')
    const authorization = basic('alice', await server.passwordOf('alice'))
    const expires = new Date(Date.now() + 86_400_000).toISOString()
    const created = await fetch(`${server.url}/CertificateManagement/api/v2.0/api-tokens`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'script', scopes: ['read'], expires }),
    })
    const answer = await created.text()
    assert.equal(created.status, 201, answer)
    const { token } = JSON.parse(answer)
    const bearer = `Bearer ${token}`
    const statuses = async () => [
      await statusWith({ cookie }),
      await statusWith({ authorization }),
      await statusWith({ authorization: bearer }),
    ]
    assert.deepEqual(await statuses(), [200, 200, 200])
    assert.match(await cardinal('user', 'disable', 'alice'), /^Disabled CONTOSO\\alice; 1 session ended\.\n$/)
    assert.deepEqual(await statuses(), [401, 401, 401])
    await cardinal('user', 'enable', 'alice')
    assert.deepEqual(await statuses(), [401, 200, 200])
  })

  test('a new password takes the place of the old one at once, and ends sessions', async () => {
    const cookie = await beginSession(server, 'bob')
    const old = await server.passwordOf('bob')
    assert.equal(await signIn('bob', old), 200)
    const file = path.join(server.dataDir, 'password')
    writeFileSync(file, 'correct horse battery\n', { mode: 0o600 })
    await cardinal('user', 'password', 'bob', '--password-file', file)
    assert.deepEqual(
      [await statusWith({ cookie }), await signIn('bob', old), await signIn('bob', 'correct horse battery')],
      [401, 401, 200],
    )
  })

  test('a renamed user signs in by the new name as the same user', async () => {
    const authorization = (name: string) => basic(name, 'correct horse battery')
    const identity = async (name: string): Promise<string> =>
      JSON.parse(await (await call({ authorization: authorization(name) })).text()).user.uuid
    const before = await identity('bob')
    await cardinal('user', 'change', 'bob', '--account', 'robert')
    assert.equal(await statusWith({ authorization: authorization('bob') }), 401)
    const now = await identity('robert')
    assert.match(before, /^[0-9a-f-]{36}$/)
    assert.equal(now, before)
  })
})

describe('passwords', () => {
  test('are asked for at the terminal without being shown', async () => {
    const terminal = spawn(
      'script',
      ['-qec', `${process.execPath} ${cardinalCommand} user password heidi`, '/dev/null'],
      { env: { PATH, ...server.settings }, stdio: ['pipe', 'pipe', 'inherit'] },
    )
    const closed = once(terminal, 'close')
    let shown = ''
    const answers = [
      ['heidi: ', 'not this\u0015correct hörsex\u007f\r'],
      ['more: ', 'correct hörse\r'],
    ]
    terminal.stdout.setEncoding('utf8').on('data', text => {
      shown += text
      const [prompt = '', answer = ''] = answers[0] ?? []
      if (prompt === '' || !shown.includes(prompt)) return
      answers.shift()
      terminal.stdin.write(answer)
    })
    await closed
    assert.match(shown, /heidi has a new password/)
    assert.doesNotMatch(shown, /correct|not this|hörse/)
    assert.equal(await signIn('heidi', 'correct hörse'), 200)
  })

  test('come from the input where the file is "-"', async () => {
    const child = spawn(
      process.execPath,
      [cardinalCommand, 'user', 'password', 'heidi', '--password-file', '-'],
      { env: { PATH, ...server.settings }, stdio: ['pipe', 'ignore', 'inherit'] },
    )
    child.stdin.end('battery staple\r\n')
    await once(child, 'close')
    assert.equal(child.exitCode, 0)
    assert.equal(await signIn('heidi', 'battery staple'), 200)
  })

  test('are refused where they are too short, of several lines, or stand on the command line', async () => {
    const file = path.join(server.dataDir, 'password')
    for (const [content, fault] of [
      ['short\n', /at least 8 characters/],
      ['first line\nsecond line\n', /more than one line/],
      ['x'.repeat(5000), /more than 4096 bytes/],
    ] as const) {
      writeFileSync(file, content)
      const said = await refusal('user', 'password', 'heidi', '--password-file', file)
      assert.match(said, fault)
      assert.ok(!said.includes(content.trim()))
    }
    assert.doesNotMatch(await refusal('user', 'password', 'heidi', 'my secret'), /my secret/)
    assert.match(await refusal('user', 'password', 'heidi'), /no terminal/)
    assert.match(await refusal('user', 'password', 'nobody'), /no user "nobody"/)
    assert.equal(await signIn('heidi', 'battery staple'), 200)
  })
})

describe('the command line', () => {
  test('lists the commands of a kind, and names what it does not know', async () => {
    assert.match(await cardinal('user'), /user add[\s\S]*user show/)
    const refusals: [args: string[], message: RegExp][] = [
      [['user', 'ad'], /There is no command "user ad"/],
      [['usr'], /There is no command "usr"/],
      [['user', 'add'], /user add needs ACCOUNT/],
      [['user', 'change', 'alice'], /Say what to change/],
      [['people', 'import', 'file.txt'], /--format csv or --format ldif/],
      [['user', 'list', '--config', '/nowhere.json'], /no such configuration file/],
      [['--config', '/nowhere.json', 'user', 'list'], /no such configuration file/],
    ]
    for (const [args, message] of refusals) assert.match(await refusal(...args), message)
  })

  test('makes no database where there is none', async () => {
    const { code, stderr } = await runCardinal(['user', 'list'], { CARDINAL_DATA_DIR: '/nowhere' })
    assert.equal(code, 1)
    assert.match(stderr, /no database \/nowhere\/cardinal\.sqlite yet/)
  })

  test('prints results as JSON', async () => {
    const shown = JSON.parse(await cardinal('user', 'show', 'mona', '--json'))
    assert.deepEqual(
      [shown.account, shown.enabled, shown.groups, shown.roles],
      ['mona', true, ['Managers'], [{ role: 'manager', by: ['Managers'] }]],
    )
    const lines = (await cardinal('user', 'list', '--json')).trimEnd().split('\n')
    assert.ok(lines.map(line => JSON.parse(line).account).includes('mona'))
    const group = JSON.parse(await cardinal('group', 'add', 'Drivers', '--json'))
    assert.match(group.sid, /^S-1-5-21-/)
    const file = path.join(server.dataDir, 'people.csv')
    writeFileSync(file, 'account;groups\nmona;Managers|Drivers\nnew;Drivers\n')
    const changes = JSON.parse(
      await cardinal('people', 'import', file, '--delimiter', ';', '--dry-run', '--json'),
    )
    assert.deepEqual(
      [
        changes.dryRun,
        changes.people.length,
        changes.groups[0].name,
        changes.groups[0].added,
        changes.unchanged,
      ],
      [true, 1, 'Drivers', 2, 2],
    )
  })
})
