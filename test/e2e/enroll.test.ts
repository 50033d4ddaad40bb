import assert from 'node:assert/strict'
import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { startServer, type TestServer } from '../testbed/server.ts'
import { newWorkstation, passphrase, pin, type Workstation } from './enroll-client.ts'

const vpn = ['--template', 'Virtual Smartcard VPN', '--answer', 'Request Reason=Remote work']

describe('cardinal enroll', () => {
  let server: TestServer
  let station: Workstation
  const onto = (name: string) => [
    ...['--virtual', name, '--passphrase-file', station.file('passphrase')],
    ...['--pin-file', station.file('pin')],
  ]

  before(async () => {
    server = await startServer()
    station = await newWorkstation(server, 'alice')
  })
  after(async () => {
    await station?.remove()
    await server?.remove()
  })

  test('enrolls a new virtual card, with a line for each step', async () => {
    const { code, stdout, stderr } = await station.cardinal(
      'enroll',
      ...station.signIn,
      ...vpn,
      ...onto('laptop'),
    )
    assert.equal(code, 0, stderr)
    const steps = stdout
      .split('\n\n')[0]
      ?.split('\n')
      .map(line => line.split(' ')[0])
    assert.deepEqual(steps, [
      ...['card', 'request', 'card', 'bind', 'administrator', 'admin-key', 'pin', 'key'],
      ...['certificate', 'install', 'complete'],
    ])
    assert.match(stdout, /Certificate {3}CN=Alice Adams/)
    assert.equal(await station.journals(), '')
    for (const secret of [pin, passphrase, await server.passwordOf('alice')]) {
      assert.ok(!stdout.includes(secret) && !stderr.includes(secret))
    }
  })

  test('renews, unblocks and retires that card, and says what came of it as JSON', async () => {
    const card = onto('laptop')
    const renewed = await station.cardinal('renew', ...station.signIn, ...card, '--json')
    assert.equal(renewed.code, 0, renewed.stderr)
    const outcome = JSON.parse(renewed.stdout)
    assert.equal(outcome.status, 'completed')
    assert.match(outcome.certificates[0].subject, /^CN=Alice Adams/)
    await writeFile(station.file('pin'), '60417293\n')
    const unblocked = await station.cardinal('unblock', ...station.signIn, ...card)
    assert.equal(unblocked.code, 0, unblocked.stderr)
    const retired = await station.cardinal(
      'retire',
      ...station.signIn,
      '--virtual',
      'laptop',
      ...card.slice(2, 4),
    )
    assert.equal(retired.code, 0, retired.stderr)
    assert.match(retired.stdout, /Erased what was on the card/)
    await writeFile(station.file('pin'), `${pin}\n`)
  })

  test('goes on after it was killed at whichever step of a GIDS card', async () => {
    for (let lines = 1; ; lines++) {
      const isDone = await killAndResume(lines, onto(`killed${lines}`))
      if (isDone) return void assert.ok(lines > 8, `only ${lines} lines`)
    }
  })

  test('goes on after it was killed while a PIV card got its key, its PUK and its certificate', async () => {
    for (const lines of [4, 5, 6, 7]) {
      assert.equal(await killAndResume(lines, [...onto(`killed-piv${lines}`), '--piv']), false)
    }
  })

  async function killAndResume(lines: number, card: readonly string[]): Promise<boolean> {
    const isDone = await station.killAfter(lines, 'enroll', ...station.signIn, ...vpn, ...card)
    if (isDone) return true
    const journal = await station.journals()
    assert.ok(!journal.includes(pin) && !journal.includes(passphrase))
    // Between the last step and the end of the process there is nothing left to go on with.
    if (journal === '') return false
    const { code, stderr } = await station.cardinal('enroll', ...station.signIn, ...vpn, ...card, '--resume')
    assert.equal(code, 0, `killed after line ${lines}: ${stderr}`)
    assert.equal(await station.journals(), '')
    return false
  }

  test('leaves no request open after all those interruptions', async () => {
    const alice = await server.clientOf('alice')
    const query = { targetuser: 'current', status: 'Executing' }
    assert.equal(await alice.call('GET /v1.0/requests', { query }), null)
  })

  test('says in a sentence what it cannot sign in with, and repeats no secret', async () => {
    await writeFile(station.file('token'), 'won\u00a0derland\n')
    const token = ['--token-file', station.file('token')]
    for (const [options, sentence] of [
      [['--server', server.url, ...token], /The token holds a character/],
      [['--server', 'localhost:8080', ...token], /http:\/\/ or https:\/\//],
    ] as const) {
      const { code, stderr } = await station.cardinal('enroll', ...options)
      assert.equal(code, 1)
      assert.match(stderr, sentence)
      assert.match(stderr, /^cardinal: [^\n]+\n$/)
      assert.doesNotMatch(stderr, /derland/)
    }
  })

  test('waits for an approval, says so by its exit code, and goes on or cancels', async () => {
    const template = ['--template', 'FIM CM Sample Smart Card Logon Profile Template']
    const waiting = await station.cardinal('enroll', ...station.signIn, ...template, ...onto('logon'))
    assert.equal(waiting.code, 3)
    assert.match(waiting.stderr, /waits for approval.*--resume.*--cancel/s)
    const folder = join(station.folder, 'state', 'cardinal', 'requests')
    assert.equal((await stat(folder)).mode & 0o777, 0o700)
    const again = await station.cardinal('enroll', ...station.signIn, ...onto('logon'), '--resume')
    assert.equal(again.code, 3)
    const canceled = await station.cardinal('enroll', ...station.signIn, '--cancel')
    assert.equal(canceled.code, 0, canceled.stderr)
    assert.match(canceled.stdout, /is canceled\.\nThe card was not changed\./)
    const nothing = await station.cardinal('enroll', ...station.signIn, '--resume')
    assert.equal(nothing.code, 1)
    assert.match(nothing.stderr, /no interrupted request/)
  })

  test('never sends the wrong PIN of a file twice', async () => {
    const card = onto('guarded')
    await station.cardinal('enroll', ...station.signIn, ...vpn, ...card)
    await writeFile(station.file('pin'), '11112222\n')
    const tries: number[] = []
    for (const reason of [/The PIN is wrong. 4 tries/, /not sent again/, /not sent again/]) {
      const { code, stderr } = await station.cardinal('renew', ...station.signIn, ...card)
      assert.equal(code, 5)
      assert.match(stderr, reason)
      const info = await station.cardinal('card', 'info', 'guarded', ...card.slice(2, 4), '--json')
      tries.push(JSON.parse(info.stdout).pinTriesLeft)
    }
    assert.deepEqual(tries, [4, 4, 4])
    await writeFile(station.file('pin'), `${pin}\n`)
    const right = await station.cardinal('renew', ...station.signIn, ...card)
    assert.equal(right.code, 0, right.stderr)
  })

  test('says at Ctrl-C what is on the card and how to go on', async () => {
    const card = onto('interrupted')
    const { signal, stderr } = await station.interruptAfter(6, 'enroll', ...station.signIn, ...vpn, ...card)
    assert.equal(signal, 'SIGINT')
    assert.match(stderr, /Interrupted\. The card has an admin key of its own.*cardinal enroll --resume/)
    const canceled = await station.cardinal('enroll', ...station.signIn, ...card, '--cancel')
    assert.equal(canceled.code, 0, canceled.stderr)
    assert.match(canceled.stdout, /admin key that only the server knows/)
    const anew = await station.cardinal('enroll', ...station.signIn, ...vpn, ...card)
    assert.equal(anew.code, 0, anew.stderr)
  })

  test('goes on when the server is back', async () => {
    const card = onto('patient')
    assert.equal(await station.killAfter(6, 'enroll', ...station.signIn, ...vpn, ...card), false)
    await server.stop()
    const { code, stderr } = await station.cardinal('enroll', ...station.signIn, ...card)
    assert.equal(code, 4)
    assert.match(stderr, /nothing listens there/)
    await server.restart()
    const done = await station.cardinal('enroll', ...station.signIn, ...card)
    assert.equal(done.code, 0, done.stderr)
  })

  test('asks at a terminal for whatever is missing, and shows no secret', async () => {
    const password = await server.passwordOf('alice')
    const { code, shown } = await station.talk(
      ['enroll', '--server', server.url, '--virtual', 'talkative'],
      [
        [/User name: /, 'alice'],
        [/Password of alice: /, password],
        [/Number \(1 to \d+\): /, '99'],
        [/Number \(1 to \d+\): /, '3'],
        [/Request Reason.*: /, 'Remote work'],
        [/New passphrase for the card talkative: /, passphrase],
        [/Once more: /, passphrase],
        [/New PIN of the card: /, '1234'],
        [/at least 6 characters.*New PIN of the card: /s, pin],
        [/Once more: /, '99999999'],
        [/The two differ.*New PIN of the card: /s, pin],
        [/Once more: /, pin],
      ],
    )
    assert.equal(code, 0, shown)
    assert.match(shown, /The request is completed/)
    for (const secret of [password, passphrase, pin]) assert.ok(!shown.includes(secret), shown)
  })

  test('looks at the files that options name, and at the PIN, before a request is made', async () => {
    const pinFile = (text: string) => writeFile(station.file('unfit'), text)
    const card = ['--virtual', 'careful', '--passphrase-file', station.file('passphrase')]
    const unfit = [...card, '--pin-file', station.file('unfit')]
    const absent = (option: string) => new RegExp(`--${option} nope cannot be read: it does not exist\\.`)
    const cases: [string, string[], RegExp][] = [
      ['', [...card, '--pin-file', 'nope'], absent('pin-file')],
      ['', ['--virtual', 'careful', '--passphrase-file', 'nope'], absent('passphrase-file')],
      ['', [...card, '--pin-file', '.'], /--pin-file \. cannot be read: it is a folder\./],
      ['', ['--csr', 'nope', '--certificate', 'c.pem'], absent('csr')],
      [
        '',
        ['--reader', 'R', ...card.slice(2)],
        /--passphrase-file opens a virtual card: give it with --virtual/,
      ],
      ['', ['--pkcs12', 'a.p12', ...card.slice(2)], /--passphrase-file opens a virtual card/],
      ['12', unfit, /The PIN must have at least 6 characters\. It is the one in --pin-file/],
      ['7391'.repeat(40), unfit, /The PIN must have at most 127 characters\./],
      ['123456', unfit, /The PIN is one that is guessed first\./],
      ['73\n41', unfit, /--pin-file .*unfit has more than one line\./],
    ]
    for (const [pinInFile, options, message] of cases) {
      await pinFile(pinInFile)
      const { code, stdout, stderr } = await station.cardinal('enroll', ...station.signIn, ...vpn, ...options)
      assert.equal(code, 1)
      assert.match(stderr, message)
      assert.match(stderr, /^cardinal: [^\n]+\n$/)
      assert.doesNotMatch(stdout, /request|bind/)
      assert.equal(await station.journals(), '')
    }
    for (const [command, ...options] of [
      ['plug', 'careful'],
      ['create', 'other'],
    ] as const) {
      const { code, stderr } = await station.cardinal(
        'card',
        command,
        ...options,
        '--passphrase-file',
        'nope',
      )
      assert.equal(code, 1)
      assert.match(stderr, absent('passphrase-file'))
    }
  })

  test('renews another card though a renewal of one that was retired since was interrupted', async () => {
    const [first, second] = [onto('first'), onto('second')]
    for (const card of [first, second]) await station.cardinal('enroll', ...station.signIn, ...vpn, ...card)
    await writeFile(station.file('pin'), '11112222\n')
    assert.equal((await station.cardinal('renew', ...station.signIn, ...first)).code, 5)
    await writeFile(station.file('pin'), `${pin}\n`)
    const retired = await station.cardinal('retire', ...station.signIn, ...first.slice(0, 4))
    assert.equal(retired.code, 0, retired.stderr)
    const renewed = await station.cardinal('renew', ...station.signIn, ...second)
    assert.equal(renewed.code, 0, renewed.stderr)
    assert.match(renewed.stderr, /The interrupted request \S+ is canceled, and was forgotten\./i)
    assert.equal(await station.journals(), '')
  })

  test('renews no card whose PIN is blocked, and says what sets a new one', async () => {
    const card = onto('blocked')
    await station.cardinal('enroll', ...station.signIn, ...vpn, ...card)
    for (const wrong of ['11112221', '11112222', '11112223', '11112224']) {
      await writeFile(station.file('pin'), wrong)
      const { code } = await station.cardinal('renew', ...station.signIn, ...card)
      assert.equal(code, 5)
    }
    await writeFile(station.file('pin'), '11112225')
    const last = await station.cardinal('renew', ...station.signIn, ...card)
    assert.match(
      last.stderr,
      /Run "cardinal unblock", which sets a new PIN\. Then run "cardinal renew --resume"/,
    )
    await writeFile(station.file('pin'), `${pin}\n`)
    const unblocked = await station.cardinal('unblock', ...station.signIn, ...card)
    assert.equal(unblocked.code, 0, unblocked.stderr)
    const done = await station.cardinal('renew', ...station.signIn, ...card, '--resume')
    assert.equal(done.code, 0, done.stderr)
  })

  test('says what to do where there is no terminal to ask at', async () => {
    const cases: [string[], RegExp][] = [
      [['--server', server.url], /--user NAME/],
      [['--server', server.url, '--user', 'alice'], /--password-file FILE/],
      [[...station.signIn, '--request', 'xyz'], /--request wants a UUID/],
      [[...station.signIn], /--template NAME.*"Virtual Smartcard VPN"/],
      [[...station.signIn, ...vpn.slice(0, 2), '--virtual', 'silent'], /--answer "Request Reason=…"/],
      [[...station.signIn, '--template', 'FIM CM Sample Profile Template'], /--pkcs12 FILE/],
      [[...station.signIn, ...vpn, '--pkcs12', 'x.p12'], /is for smart cards/],
      [
        [...station.signIn, '--virtual', 'a', '--key', 'b', '--certificate', 'c'],
        /a card or files, not both/,
      ],
    ]
    for (const [args, message] of cases) {
      const { code, stderr } = await station.cardinal('enroll', ...args)
      assert.equal(code, 1)
      assert.match(stderr, message)
      assert.equal(stderr.match(/at .*:\d+:\d+/), null, stderr)
      assert.equal(await station.journals(), '')
    }
  })
})
