import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, afterEach, before, suite, test } from 'node:test'
import { leftOutWithout } from '../../testbed/left-out.ts'
import { type CardDesk, openCardDesk } from './card-desk.ts'

const adminKey = '010203040506070801020304050607080102030405060708'
const pin = '123456'
const passphrase = 'correct horse battery'

let desk: CardDesk

suite('cardinal card', { skip: leftOutWithout('pcscd') }, tests)

function tests() {
  before(async () => {
    desk = await openCardDesk()
    await writeFile(desk.file('passphrase'), `${passphrase}\n`)
  })
  after(() => desk.close())
  afterEach(async () => {
    const { cards } = JSON.parse((await desk.card('list', '--json')).stdout)
    for (const { name, plugged } of cards) {
      if (plugged !== null) await desk.card('unplug', name)
      await desk.card('destroy', name, '--yes')
    }
  })

  const withPassphrase = () => ['--passphrase-file', desk.file('passphrase')]
  const reader = () => ['--reader', desk.pcscd.reader]
  const inReader = /is in the reader "Cardinal Virtual Reader 00 00" \(process \d+\)/

  async function succeed(...args: string[]): Promise<string> {
    const { status, stdout, stderr } = await desk.card(...args)
    assert.equal(status, 0, `${args.join(' ')}: ${stderr}`)
    return stdout
  }

  async function refuse(expected: RegExp, ...args: string[]): Promise<void> {
    const { status, stdout, stderr } = await desk.card(...args)
    assert.equal(status, 1, `${args.join(' ')}: ${stdout}`)
    assert.match(stderr, expected)
    assert.doesNotMatch(stderr, /\n +at /, 'no stack')
  }

  test('makes a card, puts it where every program sees it, and takes it out', async () => {
    await succeed('create', 'work', ...withPassphrase())
    const process = desk.start('plug', 'work', ...withPassphrase())
    await process.says(inReader)
    assert.equal((await desk.tool('opensc-tool', ...reader(), '--name')).trim(), 'GIDS Smart Card')
    await succeed('unplug', 'work')
    assert.equal(await process.exited, 0)
    assert.doesNotMatch(await desk.tool('opensc-tool', '--list-readers'), /Yes/)
  })

  test('keeps a card in the background', async () => {
    await succeed('create', ...withPassphrase())
    assert.match(await succeed('plug', '--background', ...withPassphrase()), inReader)
    await refuse(/Process \d+ uses this card already/, 'plug', ...withPassphrase())
    await refuse(/Process \d+ uses this card already/, 'destroy', '--yes')
    assert.match(await desk.tool('opensc-tool', ...reader(), '--name'), /GIDS/)
    await succeed('unplug')
    await refuse(/is in no reader/, 'unplug')
    assert.deepEqual((await readdir(desk.cardsFolder)).sort(), ['card.card', 'card.card.log'])
    const log = await readFile(join(desk.cardsFolder, 'card.card.log'), 'utf8')
    assert.match(log, inReader)
    assert.doesNotMatch(log, new RegExp(passphrase))
  })

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGKILL'] as const) {
    test(`loses nothing by ${signal}`, async () => {
      await succeed('create', 'work', '--key-file')
      const first = desk.start('plug', 'work')
      await first.says(inReader)
      await desk.tool(
        'gids-tool',
        ...reader(),
        '--initialize',
        '--admin-key',
        adminKey,
        '--pin',
        pin,
        '--serial-number',
        '00112233445566778899aabbccddeeff',
      )
      await desk.pcscd.run('pkcs15-tool', ...reader(), '--verify-pin', '--auth-id', '80', '--pin', '000000')
      const removed = desk.pcscd.next('removal')
      first.process.kill(signal)
      assert.equal(await first.exited, signal === 'SIGKILL' ? null : 0)
      await removed
      assert.equal(existsSync(join(desk.cardsFolder, 'work.card.lock')), signal === 'SIGKILL')
      const second = desk.start('plug', 'work')
      await second.says(inReader)
      const { cardId, pinTriesLeft } = JSON.parse(await succeed('info', '--json'))
      assert.deepEqual([cardId, pinTriesLeft], ['33221100-5544-7766-8899-aabbccddeeff', 4])
      await succeed('unplug', 'work')
    })
  }

  test('says what is on a card, in a file and in a reader, without a try', async () => {
    await succeed('create', 'yubi', '--piv', '--3des', ...withPassphrase())
    await succeed('plug', 'yubi', '--background', ...withPassphrase())
    const yubico = ['yubico-piv-tool', '-r', desk.pcscd.reader] as const
    const [key, publicKey, certificate] = ['key', 'public', 'certificate'].map(desk.file)
    assert.ok(key !== undefined && publicKey !== undefined && certificate !== undefined)
    await desk.tool(
      ...yubico,
      '-a',
      'set-chuid',
      '-a',
      'generate',
      '-s',
      '9a',
      '-A',
      'ECCP256',
      '-o',
      publicKey,
    )
    await desk.tool('openssl', 'ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', key)
    const names = ['-new', '-subj', '/CN=alice', '-key', key, '-force_pubkey', publicKey, '-signkey', key]
    await desk.tool('openssl', 'x509', ...names, '-days', '2', '-out', certificate)
    await desk.tool(...yubico, '-a', 'import-certificate', '-s', '9a', '-i', certificate)
    await desk.pcscd.run(...yubico, '-a', 'verify-pin', '-P', '000000')
    for (const place of [['yubi'], reader(), []]) {
      for (const _ of [1, 2]) {
        const said = JSON.parse(await succeed('info', ...place, '--json'))
        assert.deepEqual([said.application, said.pinTriesLeft, said.pukTriesLeft], ['PIV', 2, 3])
        assert.equal(said.managementKeyType, '3DES')
        const [only, ...others] = said.keys
        assert.deepEqual(others, [])
        assert.deepEqual(
          [only.keyId, only.algorithm, only.certificate.subject],
          ['9a', 'EC P-256', 'CN=alice'],
        )
        assert.ok(Date.parse(only.certificate.notAfter) - Date.now() < 2 * 86_400_000)
      }
    }
    await succeed('unplug', 'yubi')
    const file = join(desk.cardsFolder, 'yubi.card')
    const text = await succeed('info', '--file', file, ...withPassphrase())
    assert.match(
      text,
      /^Application +PIV$[\s\S]*^Serial number +\d+$[\s\S]*^Key 9a +EC P-256$\n +subject +CN=alice$/m,
    )
    await refuse(/There is no card in any reader/, 'info')
    await refuse(
      /does not open the file of this card/,
      'info',
      '--file',
      file,
      '--passphrase-file',
      '/etc/hostname',
    )
  })

  test('answers quickly where that is wished, and whatever form programs ask in', async () => {
    await succeed('create', 'quick', '--piv', '--key-file')
    await succeed('plug', 'quick', '--background', '--quick')
    const program = join(import.meta.dirname, '../../client/card-reader/piv-yubikit.py')
    const { signed, agreed, opened } = JSON.parse(await desk.tool('python3', program, desk.pcscd.reader))
    assert.deepEqual([signed, agreed, opened], [true, true, 'a secret'])
  })

  test('lists cards and readers', async () => {
    assert.match(
      await succeed('list'),
      /^No virtual cards\.\nReaders:\n {2}Cardinal Virtual Reader 00 00: empty$/m,
    )
    await succeed('create', 'one', ...withPassphrase())
    await succeed('create', 'two', '--piv', '--key-file')
    await succeed('plug', 'two', '--background')
    const { cards, readers } = JSON.parse(await succeed('list', '--json'))
    assert.deepEqual(
      cards.map(({ name, application, openedBy, plugged }: Record<string, unknown>) => [
        name,
        application,
        openedBy,
        plugged !== null,
      ]),
      [
        ['one', 'GIDS', 'passphrase', false],
        ['two', 'PIV', 'key file', true],
      ],
    )
    assert.equal(cards[1].plugged.reader, desk.pcscd.reader)
    assert.equal(readers[0].card.application, 'PIV')
    assert.match(await succeed('list'), /^ {2}two +PIV +key file +in "Cardinal Virtual Reader 00 00"$/m)
    await refuse(/Which card\? There are one, two\./, 'plug', ...withPassphrase())
  })

  test('warns of a key file, which is the user’s alone', async () => {
    const { stderr } = await desk.card('create', 'work', '--key-file')
    assert.match(stderr, /^Warning: whoever can read .*work\.card\.key/)
    const { mode } = await stat(join(desk.cardsFolder, 'work.card.key'))
    assert.equal(mode & 0o777, 0o600)
    assert.equal((await stat(desk.cardsFolder)).mode & 0o777, 0o700)
  })

  test('destroys a card with what opens it, and nothing that is no card', async () => {
    await succeed('create', 'work', '--key-file')
    await refuse(/There is no terminal to ask at/, 'destroy', 'work')
    await succeed('destroy', 'work', '--yes')
    assert.deepEqual(await readdir(desk.cardsFolder), [])
    const letter = desk.file('letter')
    await writeFile(letter, 'Dear Bob, this is a letter and no card, however long it is.')
    await refuse(/not the file of a virtual card/, 'destroy', '--file', letter, '--yes')
    assert.match(await readFile(letter, 'utf8'), /^Dear Bob/)
  })

  test('refuses what it cannot do, in a sentence', async () => {
    await refuse(/There is no virtual card yet/, 'plug')
    await refuse(/There is no terminal to ask for the passphrase/, 'create')
    await refuse(/letters, digits/, 'create', '../elsewhere', '--key-file')
    await succeed('create', 'work', '--key-file')
    await refuse(/is there already/, 'create', 'work', '--key-file')
    await refuse(
      /No reader of vpcd waits for a card at 127\.0\.0\.1:9/,
      'plug',
      '--vpcd',
      '127.0.0.1:9',
      '--background',
    )
    await refuse(/--vpcd needs HOST:PORT/, 'plug', '--vpcd', 'localhost')
    assert.deepEqual((await readdir(desk.cardsFolder)).sort(), [
      'work.card',
      'work.card.key',
      'work.card.log',
    ])
  })

  test('takes no secret from the command line', async () => {
    await refuse(/Unknown option '--passphrase'/, 'create', '--passphrase', passphrase)
  })
}
