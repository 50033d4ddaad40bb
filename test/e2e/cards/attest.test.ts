import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { after, afterEach, before, beforeEach, suite, test } from 'node:test'
import { leftOutWithout } from '../../testbed/left-out.ts'
import { cardinalCommand } from '../../testbed/server.ts'
import { type DocumentedCommand, documentedCommands } from '../documented-commands.ts'
import { type CardDesk, openCardDesk } from './card-desk.ts'

let desk: CardDesk

suite('cardinal card attest, beside yubico-piv-tool', { skip: leftOutWithout('pcscd') }, tests)

function tests() {
  before(async () => {
    desk = await openCardDesk()
    const wrapper = desk.file('bin/cardinal')
    await mkdir(desk.file('bin'))
    await writeFile(wrapper, `#!/bin/sh\nexec '${process.execPath}' '${cardinalCommand}' "$@"\n`)
    await chmod(wrapper, 0o700)
  })
  after(() => desk.close())
  beforeEach(async () => {
    await succeed('create', 'work', '--piv', '--3des', '--key-file')
    await succeed('plug', 'work', '--background')
  })
  afterEach(async () => {
    await succeed('unplug', 'work')
    await succeed('destroy', 'work', '--yes')
  })

  const reader = () => ['--reader', desk.pcscd.reader]

  async function succeed(...args: string[]): Promise<string> {
    const { status, stdout, stderr } = await desk.card(...args)
    assert.equal(status, 0, `${args.join(' ')}: ${stderr}`)
    return stdout
  }

  async function refuse(expected: RegExp, ...args: string[]): Promise<string> {
    const { status, stdout, stderr } = await desk.card(...args)
    assert.equal(status, 1, `${args.join(' ')}: ${stdout}`)
    assert.match(stderr, expected)
    assert.doesNotMatch(stderr, /\n +at /, 'no stack')
    return stdout
  }

  const yubico = (action: string, ...args: string[]) =>
    desk.tool('yubico-piv-tool', '-r', desk.pcscd.reader, '-a', action, ...args)

  /** What a command of a page shows, in the folder of the test. */
  async function runDocumented({ command }: DocumentedCommand): Promise<string> {
    const { stdout } = await desk.pcscd.run(
      'sh',
      '-c',
      'cd "$1" && PATH="$1/bin:$PATH" && eval "$2" 2>&1',
      'sh',
      desk.file('.'),
      command,
    )
    return stdout
  }

  async function importedKey(slot: string): Promise<void> {
    const key = desk.file('imported.key')
    await desk.tool('openssl', 'ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', key)
    await yubico('import-key', '-s', slot, '-i', key)
  }

  test('each attests a generated key, and openssl verifies it', async () => {
    const [f9, ours, theirs] = [desk.file('f9.pem'), desk.file('ours.pem'), desk.file('theirs.pem')]
    await yubico('read-certificate', '-s', 'f9', '-o', f9)
    for (const [slot, algorithm] of [
      ['9a', 'ECCP256'],
      ['9c', 'ECCP384'],
      ['82', 'RSA2048'],
    ] as const) {
      const publicFile = desk.file('public.pem')
      await yubico('generate', '-s', slot, '-A', algorithm, '-o', publicFile)
      await yubico('attest', '-s', slot, '-o', theirs)
      await succeed('attest', ...reader(), '--slot', slot, '--trust', f9, '--out', ours, '--yes')
      const publicKey = await readFile(publicFile, 'utf8')
      for (const file of [ours, theirs]) {
        const { publicKey: attested } = new X509Certificate(await readFile(file))
        assert.equal(attested.export({ type: 'spki', format: 'pem' }), publicKey)
        assert.equal(await desk.tool('openssl', 'verify', '-CAfile', f9, file), `${file}: OK\n`)
      }
      const text = await desk.tool('openssl', 'x509', '-in', theirs, '-noout', '-text')
      for (const oid of ['3.3', '3.7', '3.8', '3.9']) assert.ok(text.includes(`1.3.6.1.4.1.41482.${oid}:`))
      const [, intermediate = ''] = (await readFile(ours, 'utf8')).split(/(?<=END CERTIFICATE-----\n)/)
      assert.equal(intermediate, await readFile(f9, 'utf8'))
    }
  })

  test('each refuses an imported key, also in the place of an attested one', async () => {
    await yubico('generate', '-s', '9a', '-A', 'ECCP256')
    await yubico('attest', '-s', '9a')
    await importedKey('9a')
    await assert.rejects(yubico('attest', '-s', '9a'), /[Ff]ailed/)
    await refuse(
      /This key was imported, and a card attests only what it has generated/,
      'attest',
      '--slot',
      '9a',
    )
    await assert.rejects(yubico('attest', '-s', '9c'), /[Ff]ailed/)
    await refuse(/The card holds no key of this id/, 'attest', '--slot', '9c')
  })

  test('Yubico’s library for Python verifies an attestation', async () => {
    await yubico('generate', '-s', '9a', '-A', 'ECCP256')
    await importedKey('9c')
    const program = new URL('attest-yubikit.py', import.meta.url).pathname
    assert.deepEqual(JSON.parse(await desk.tool('python3', program, desk.pcscd.reader)), {
      subject: 'CN=Cardinal Virtual PIV Attestation 9a',
      isOfKey: true,
      pinAndTouch: '0201',
      importedIsAttested: false,
    })
  })

  test('says which key the certificate in the slot is of', async () => {
    const [key, publicFile, certificate] = ['ca.key', 'public.pem', 'certificate.pem'].map(desk.file)
    assert.ok(key !== undefined && publicFile !== undefined && certificate !== undefined)
    await yubico('generate', '-s', '9a', '-A', 'ECCP256', '-o', publicFile)
    await desk.tool('openssl', 'ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', key)
    const names = ['-new', '-subj', '/CN=alice', '-key', key, '-force_pubkey', publicFile, '-signkey', key]
    await desk.tool('openssl', 'x509', ...names, '-days', '2', '-out', certificate)
    await yubico('import-certificate', '-s', '9a', '-i', certificate)
    assert.match(await succeed('attest', '--slot', '9A'), /^Certificate +of this key$/m)
    await yubico('generate', '-s', '9a', '-A', 'RSA2048')
    const { certificateOf, algorithm } = JSON.parse(await succeed('attest', '--slot', '9a', '--json'))
    assert.deepEqual([certificateOf, algorithm], ['another key', 'RSA 2048'])
  })

  test('believes an attestation by a company’s own key after its import into slot F9, to whom trusts the company', async () => {
    const [root, rootKey, f9, f9Key, request, extensions] = [
      'root.pem',
      'root.key',
      'f9.pem',
      'f9.key',
      'f9.csr',
      'f9.ext',
    ].map(desk.file)
    assert.ok(root && rootKey && f9 && f9Key && request && extensions)
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
    await desk.tool(
      'openssl',
      'req',
      '-x509',
      ...curve,
      '-subj',
      '/CN=Root',
      '-keyout',
      rootKey,
      '-out',
      root,
    )
    await desk.tool('openssl', 'req', ...curve, '-subj', '/CN=Our cards', '-keyout', f9Key, '-out', request)
    await writeFile(extensions, 'basicConstraints=critical,CA:TRUE,pathlen:0\n')
    const signing = ['-CA', root, '-CAkey', rootKey, '-CAcreateserial', '-extfile', extensions]
    await desk.tool('openssl', 'x509', '-req', '-in', request, ...signing, '-out', f9)
    await yubico('generate', '-s', '9a', '-A', 'ECCP256')
    const old = desk.file('old-f9.pem')
    await yubico('read-certificate', '-s', 'f9', '-o', old)
    await refuse(/goes back to no trusted certificate/, 'attest', '--slot', '9a', '--trust', root)
    await yubico('import-key', '-s', 'f9', '-i', f9Key)
    await refuse(/no certificate that fits it/, 'attest', '--slot', '9a')
    await yubico('import-certificate', '-s', 'f9', '-i', f9)
    const said = await succeed('attest', '--slot', '9a', '--trust', root)
    assert.match(said, /^Attested by +CN=Our cards\nCertified by +CN=Root$/m)
    assert.match(said, /^Trusted +yes, by .*root\.pem$/m)
    const chain = desk.file('chain.pem')
    await yubico('attest', '-s', '9a', '-o', chain)
    const verified = await desk.tool('openssl', 'verify', '-CAfile', root, '-untrusted', f9, chain)
    assert.equal(verified, `${chain}: OK\n`)
    const out = desk.file('not-written.pem')
    const untrusted = await refuse(
      /goes back to no trusted certificate/,
      'attest',
      ...['--slot', '9a', '--trust', old, '--out', out, '--json'],
    )
    const { trusted, fault } = JSON.parse(untrusted)
    assert.deepEqual([trusted, fault], [false, 'not-trusted'])
    await assert.rejects(readFile(out), { code: 'ENOENT' })
  })

  test('asks a card in its file as well, and only PIV cards', async () => {
    await yubico('generate', '-s', '9a', '-A', 'ECCP256')
    const { chain } = JSON.parse(await succeed('attest', 'work', '--slot', '9a', '--json'))
    await succeed('unplug', 'work')
    const unplugged = JSON.parse(await succeed('attest', 'work', '--slot', '9a', '--json'))
    assert.equal(unplugged.chain[1], chain[1])
    assert.notEqual(unplugged.chain[0], chain[0], 'made anew')
    await refuse(/There is no card in any reader/, 'attest', '--slot', '9a')
    await succeed('create', 'other', '--key-file')
    await refuse(/has no PIV application/, 'attest', 'other', '--slot', '9a')
    await succeed('destroy', 'other', '--yes')
    await refuse(/Give --slot/, 'attest', 'work')
    await refuse(/not both/, 'attest', 'work', '--slot', '9a', ...reader())
    const there = desk.file('there.pem')
    await writeFile(there, 'precious')
    await refuse(/there\.pem is there already/, 'attest', 'work', '--slot', '9a', '--out', there)
    assert.equal(await readFile(there, 'utf8'), 'precious')
    const letter = desk.file('letter')
    await writeFile(letter, 'Dear Bob\n')
    await refuse(/holds no certificate in PEM form/, 'attest', 'work', '--slot', '9a', '--trust', letter)
    await writeFile(letter, '-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n')
    await refuse(/cannot be read/, 'attest', 'work', '--slot', '9a', '--trust', letter)
    await succeed('plug', 'work', '--background')
  })

  test('is as docs/cards.md shows it', async () => {
    const page = await readFile(new URL('../../../docs/cards.md', import.meta.url), 'utf8')
    const [, section = ''] = /^### Attestation\n([\s\S]*?)^##/m.exec(page) ?? []
    const commands = documentedCommands(section)
    assert.ok(commands.length >= 3)
    for (const documented of commands) {
      const seen = await runDocumented(documented)
      assert.equal(withoutNumbers(seen), withoutNumbers(documented.output), documented.command)
    }
  })
}

/** Serial numbers are another one on each card, and keys in each slot. */
function withoutNumbers(text: string): string {
  return text
    .replaceAll(/(Serial number +|Card )\d+/g, '$1NUMBER')
    .replaceAll(/-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g, 'PUBLIC KEY')
}
