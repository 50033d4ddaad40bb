import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { trustCertificationAuthorities } from '../../src/client/trusted-authorities.ts'
import { newSoftToken, type SoftToken, softHsm, tokenPin } from '../client/software/soft-token.ts'
import { leftOutWithout } from '../testbed/left-out.ts'
import { startServer, type TestServer } from '../testbed/server.ts'
import { createServerCertificate } from './client-certificate-authority.ts'
import { sessionPath } from './client-certificate-caller.ts'
import { newWorkstation, type Workstation } from './enroll-client.ts'

const template = ['--template', 'FIM CM Sample Profile Template']

describe('cardinal enroll, with keys that other programs use', {
  skip: leftOutWithout('softhsm2', 'libnss3-tools'),
}, () => {
  let server: TestServer
  let station: Workstation
  let token: SoftToken
  let environment: Record<string, string>
  let removeToken: () => Promise<void> = async () => undefined
  const keepHook = (hook: () => Promise<void>) => {
    removeToken = hook
  }
  const intoToken = () => [
    '--pkcs11-module',
    softHsm,
    '--token',
    'alice',
    '--pin-file',
    station.file('token-pin'),
  ]
  const intoDatabase = () => [
    '--nss',
    station.file('nss'),
    '--nss-password-file',
    station.file('nss-password'),
  ]

  before(async () => {
    token = await newSoftToken({ after: keepHook }, 'alice')
    const { SOFTHSM2_CONF, PATH } = token.environment
    environment = { SOFTHSM2_CONF, PATH }
    const tls = await createServerCertificate(token.folder)
    trustCertificationAuthorities(await readFile(tls.certificate, 'utf8'))
    server = await startServer({
      settings: { CARDINAL_TLS_CERTIFICATE_FILE: tls.certificate, CARDINAL_TLS_KEY_FILE: tls.key },
    })
    const NODE_EXTRA_CA_CERTS = tls.certificate
    const CARDINAL_PORT = new URL(server.url).port
    const { CARDINAL_TLS_CERTIFICATE_FILE = '', CARDINAL_TLS_KEY_FILE = '' } = server.settings
    environment = {
      ...environment,
      ...{ NODE_EXTRA_CA_CERTS, CARDINAL_PORT, CARDINAL_TLS_CERTIFICATE_FILE, CARDINAL_TLS_KEY_FILE },
    }
    station = await newWorkstation(server, 'alice', environment)
    await writeFile(station.file('token-pin'), `${tokenPin}\n`)
    await writeFile(station.file('nss-password'), 'hunter 22\n')
    await mkdir(station.file('nss'))
    certutil('-N')
  })
  after(async () => {
    await station?.remove()
    await server?.remove()
    await removeToken()
  })

  function certutil(...args: readonly string[]): string {
    const all = [...args, '-d', `sql:${station.file('nss')}`, '-f', station.file('nss-password')]
    const { status, stdout, stderr } = spawnSync('certutil', all, { encoding: 'utf8' })
    assert.equal(status, 0, `certutil ${args.join(' ')}: ${stderr}`)
    return stdout
  }

  async function enroll(...args: readonly string[]) {
    const result = await station.cardinal('enroll', ...station.signIn, ...template, ...args, '--json')
    assert.equal(result.code, 0, result.stderr)
    return JSON.parse(result.stdout)
  }

  /** Asks a server over a connection that a program made. */
  async function ask(program: string, args: readonly string[]): Promise<string> {
    const client = spawn(program, args, {
      env: { ...process.env, ...environment, PKCS11_MODULE_PATH: softHsm },
    })
    let printed = ''
    for (const stream of [client.stdout, client.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        printed += text
        // The answer is there: the input's end would have been taken for the end of the connection.
        if (/"account"|HTTP\/1\.1 4/.test(printed)) client.stdin.end()
      })
    }
    client.stdin.write(`GET ${sessionPath} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`)
    await once(client, 'close')
    return printed
  }

  test('signs in with the key that the token made, and the certificate beside it', async () => {
    const { certificates } = await enroll(...intoToken(), '--key-label', 'sign in')
    const [{ keyId }] = certificates
    token.tool('--read-object', '--type', 'cert', '--id', keyId, '--output-file', station.file('own.der'))
    const uri = `pkcs11:id=${keyId.replaceAll(/../g, '%$&')};type=private;pin-value=${tokenPin}`
    const key = ['-engine', 'pkcs11', '-keyform', 'engine', '-key', uri]
    const certificate = ['-cert', station.file('own.der'), '-certform', 'DER']
    const to = ['s_client', '-connect', new URL(server.url).host, '-ign_eof']
    assert.match(await ask('openssl', [...to, ...key, ...certificate]), /"account":"CONTOSO\\\\alice"/)
  })

  test('signs in with the key that the NSS database made', async () => {
    await enroll(...intoDatabase(), '--nickname', 'sign in')
    assert.match(certutil('-L'), /^sign in +u,u,u/m)
    const { hostname, port } = new URL(server.url)
    const to = [
      '-h',
      hostname,
      '-p',
      port,
      '-d',
      `sql:${station.file('nss')}`,
      '-W',
      station.file('nss-password'),
    ]
    assert.match(await ask('tstclnt', [...to, '-n', 'sign in', '-o']), /"account":"CONTOSO\\\\alice"/)
  })

  test('renews a key beside the old one', async () => {
    for (const place of [intoToken(), intoDatabase()]) {
      const keys = () => token.ids('privkey').length + certutil('-K').split('\n').length
      const { profile } = await enroll(...place)
      const before = keys()
      const renewed = await station.cardinal('renew', ...station.signIn, '--profile', profile, ...place)
      assert.equal(renewed.code, 0, renewed.stderr)
      assert.equal(keys(), before + 1)
    }
  })

  test('goes on with the same key after it was killed at whichever step, in the token', async () => {
    await killAtEachStep(intoToken(), () => token.ids('privkey').length)
    assert.deepEqual(token.ids('cert').sort(), token.ids('privkey').sort())
  })

  test('goes on with the same key after it was killed at whichever step, in the NSS database', async () => {
    // A password would be stretched anew for each key.
    const directory = station.file('nss-open')
    const list = () => spawnSync('certutil', ['-K', '-d', `sql:${directory}`], { encoding: 'utf8' }).stdout
    await mkdir(directory)
    spawnSync('certutil', ['-N', '-d', `sql:${directory}`, '--empty-password'])
    await killAtEachStep(['--nss', directory], () => list().match(/^</gm)?.length ?? 0)
    assert.doesNotMatch(list(), /orphan/)
  })

  async function killAtEachStep(place: readonly string[], count: () => number): Promise<void> {
    for (let lines = 1; ; lines++) {
      const keys = count()
      const isDone = await station.killAfter(lines, 'enroll', ...station.signIn, ...template, ...place)
      const journal = await station.journals()
      assert.ok(!journal.includes(tokenPin) && !journal.includes('hunter'))
      if (journal !== '') {
        const { code, stderr } = await station.cardinal('enroll', ...station.signIn, ...place, '--resume')
        assert.equal(code, 0, `killed after line ${lines}: ${stderr}`)
      }
      assert.equal(count(), keys + 1, `killed after line ${lines}`)
      if (isDone) return void assert.ok(lines > 4, `only ${lines} lines`)
    }
  }

  test('deletes its key where it is canceled', async () => {
    for (const place of [intoToken(), intoDatabase()]) {
      const keys = () => [
        token.ids('privkey').sort(),
        certutil('-K')
          .match(/[0-9a-f]{40}/g)
          ?.sort(),
      ]
      const earlier = keys()
      await station.killAfter(2, 'enroll', ...station.signIn, ...template, ...place)
      const { code, stdout, stderr } = await station.cardinal(
        'enroll',
        ...station.signIn,
        ...place,
        '--cancel',
      )
      assert.equal(code, 0, stderr)
      assert.match(stdout, /is canceled\.\nThe key [0-9a-f]+ was deleted from the /)
      assert.deepEqual(keys(), earlier)
    }
  })

  test('says that its key is left where somebody else ended the request, and deletes it then', async () => {
    const earlier = token.ids('privkey').sort()
    const place = intoToken()
    await station.killAfter(2, 'enroll', ...station.signIn, ...template, ...place)
    const { requestUuid } = JSON.parse(await station.journals())
    const alice = await server.clientOf('alice')
    const ended = { path: { id: requestUuid }, body: { status: 'Canceled' } } as const
    await alice.call('PUT /v1.0/requests/{id}', ended)
    const { code, stderr } = await station.cardinal('enroll', ...station.signIn, ...place, '--resume')
    assert.equal(code, 1)
    assert.match(
      stderr,
      /cannot be carried out any more.*The key .* is still there: "cardinal enroll --cancel"/s,
    )
    const canceled = await station.cardinal('enroll', ...station.signIn, ...place, '--cancel')
    assert.match(canceled.stdout, /is Canceled already\.\nThe key [0-9a-f]+ was deleted/i)
    assert.deepEqual(token.ids('privkey').sort(), earlier)
    assert.equal(await station.journals(), '')
  })

  test('sends the wrong PIN of a file once, whatever is run again', async () => {
    await writeFile(station.file('token-pin'), '654321\n')
    const logins = async () => (await token.calls()).filter(call => call.includes('--login')).length
    const before = await logins()
    for (const reason of [/The PIN of the token "alice" is wrong/, /not sent again/, /not sent again/]) {
      const { code, stderr } = await station.cardinal(
        'enroll',
        ...station.signIn,
        ...template,
        ...intoToken(),
      )
      assert.equal(code, 5)
      assert.match(stderr, reason)
    }
    assert.equal(await logins(), before + 1)
    await writeFile(station.file('token-pin'), `${tokenPin}\n`)
    const right = await station.cardinal('enroll', ...station.signIn, ...template, ...intoToken())
    assert.equal(right.code, 0, right.stderr)
    for (const call of await token.calls()) assert.ok(!call.includes(tokenPin), call)
  })

  test('asks at a terminal for the PIN and the password, and shows neither', async () => {
    const places = [
      { options: intoToken().slice(0, 4), question: /PIN of the token "alice": /, secret: tokenPin },
      {
        options: intoDatabase().slice(0, 2),
        question: /Password of the NSS database .*: /,
        secret: 'hunter 22',
      },
    ]
    for (const { options, question, secret } of places) {
      const words = [...station.signIn, '--template', '12bd5120-86a2-4ee1-8d05-131066871578', ...options]
      const { code, shown } = await station.talk(['enroll', ...words], [[question, secret]])
      assert.equal(code, 0, shown)
      assert.ok(!shown.includes(secret), shown)
    }
  })

  test('goes on with no request for which pkcs11-tool still makes a key, and afterwards makes none a second time', async t => {
    // Kills cardinal when the token is about to make the key, and makes it once it is let.
    const folder = join(token.folder, 'slow')
    const [told, go, tool] = ['told', 'go', 'pkcs11-tool'].map(name => join(folder, name))
    assert.ok(told !== undefined && go !== undefined && tool !== undefined)
    await mkdir(folder)
    spawnSync('mkfifo', [told, go])
    const slowly = `exec 9> '${told}'; echo $$ >&9; kill -9 $PPID; read -r _ < '${go}'`
    const real = join(token.folder, 'bin', 'pkcs11-tool')
    const script = `#!/bin/sh\ncase "$*" in *--keypairgen*) ${slowly};; esac\nexec '${real}' "$@"\n`
    await writeFile(tool, script, { mode: 0o700 })
    const { PATH: programs } = environment
    const desk = await newWorkstation(server, 'alice', { ...environment, PATH: `${folder}:${programs}` })
    t.after(() => desk.remove())
    const run = (...args: readonly string[]) =>
      desk.cardinal('enroll', ...desk.signIn, ...intoToken(), ...template, ...args)

    const before = token.ids('privkey')
    const untilItsEnd = readFile(told, 'utf8')
    assert.equal((await run()).signal, 'SIGKILL')
    const said: string[] = []
    for (const way of ['--resume', '--cancel']) {
      const { code, stderr } = await run(way)
      assert.equal(code, 1)
      said.push(stderr)
    }
    assert.deepEqual(token.ids('privkey'), before)
    await writeFile(go, 'go\n')
    const pid = (await untilItsEnd).trim()
    for (const each of said) {
      assert.match(each, new RegExp(`^cardinal: pkcs11-tool, .* at work as process ${pid}\\. Wait until`))
    }
    const resumed = await run('--resume')
    assert.equal(resumed.code, 0, resumed.stderr)
    assert.equal(token.ids('privkey').length, before.length + 1)
    assert.equal(await desk.journals(), '')
  })

  test('writes over no file, and says so before anything is asked of the server', async () => {
    await writeFile(station.file('there'), 'precious')
    spawnSync('sh', [
      '-c',
      `openssl req -new -newkey rsa:2048 -noenc -subj /CN=x -keyout ${station.file('k')} -out ${station.file('csr')}`,
    ])
    const cases = [
      [...template, '--csr', station.file('csr'), '--certificate', station.file('there')],
      [
        ...['--template', 'Virtual Smartcard VPN', '--answer', 'Request Reason=x', '--virtual', 'guarded'],
        ...['--pin-out', station.file('there')],
      ],
    ]
    for (const args of cases) {
      const { code, stderr } = await station.cardinal('enroll', ...station.signIn, ...args)
      assert.equal(code, 1)
      assert.match(stderr, /there is there already.*agree by --yes/)
      assert.equal(await station.journals(), '')
      assert.equal(await readFile(station.file('there'), 'utf8'), 'precious')
    }
    const agreed = await station.cardinal('enroll', ...station.signIn, ...(cases[0] ?? []), '--yes')
    assert.equal(agreed.code, 0, agreed.stderr)
    assert.match(agreed.stderr + agreed.stdout, /^key +Read the certificate request .*csr\.$/m)
    assert.match(await readFile(station.file('there'), 'utf8'), /BEGIN CERTIFICATE/)
  })

  test('says what is wrong with the options, before anybody signs in', async () => {
    const cases: [string[], RegExp][] = [
      [['--token', 'alice'], /go with --pkcs11-module/],
      [['--nickname', 'vpn'], /--nickname goes with --nss/],
      [
        ['--nss', 'a', '--pkcs11-module', 'b'],
        /Give one of --pkcs12, --key, --csr, --pkcs11-module and --nss/,
      ],
      [['--nss', 'a', '--certificate', 'b'], /--certificate goes with --key or --csr/],
      [['--nss', 'a', '--nickname', 'b:c'], /no colon/],
      [['--nss', 'a', '--virtual', 'b'], /a card or files, not both/],
    ]
    for (const [args, message] of cases) {
      const { code, stderr } = await station.cardinal('enroll', '--user', 'alice', ...args)
      assert.equal(code, 1)
      assert.match(stderr, message)
    }
    const silent = [...intoToken().slice(0, 4), ...station.signIn, ...template]
    const { code, stderr } = await station.cardinal('enroll', ...silent)
    assert.equal(code, 1)
    assert.match(stderr, /no terminal to ask for the PIN of the token at\. Give --pin-file/)
    assert.equal(await station.journals(), '')
  })
})
