import assert from 'node:assert/strict'
import { randomBytes, verify } from 'node:crypto'
import { copyFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { openPivCard } from '../../../src/card/piv/host/open-piv-card.ts'
import type { PivCard } from '../../../src/card/piv/host/piv-card.ts'
import { cardPlaceOf } from '../../../src/cli/enrollment/card-place.ts'
import { leftOutWithout } from '../../testbed/left-out.ts'
import { type Swtpm, startSwtpm } from '../../testbed/swtpm.ts'
import { type CardDesk, openCardDesk } from './card-desk.ts'

let desk: CardDesk
let tpm: Swtpm

/** TPM 2.0 Library, Part 2, §6.5.2 */
const commands = { createPrimary: 0x131, create: 0x153, flushContext: 0x165, startAuthSession: 0x176 }

suite('cardinal card create --tpm', { skip: leftOutWithout('pcscd', 'swtpm') }, tests)

function tests() {
  before(async () => {
    desk = await openCardDesk()
    tpm = await startSwtpm()
    useTpm(tpm)
    await writeFile(desk.file('passphrase'), 'correct horse battery\n')
  })
  after(async () => {
    await desk.close()
    await tpm.stop()
  })
  /** The programs that the desk starts find it by the environment of this process. */
  function useTpm({ tcti }: Swtpm): void {
    Object.assign(process.env, { TPM2TOOLS_TCTI: tcti })
  }

  async function succeed(...args: string[]): Promise<string> {
    const { status, stdout, stderr } = await desk.card(...args)
    assert.equal(status, 0, `${args.join(' ')}: ${stderr}`)
    return stdout
  }

  async function openCard(): Promise<PivCard> {
    return await openPivCard(await desk.readers.connect(desk.pcscd.reader), { randomBytes })
  }

  async function refuse(expected: RegExp, ...args: string[]): Promise<void> {
    const { status, stdout, stderr } = await desk.card(...args)
    assert.equal(status, 1, `${args.join(' ')}: ${stdout}`)
    assert.match(stderr, expected)
    assert.doesNotMatch(stderr, /\n +at /, 'no stack')
  }

  test('makes a card that goes into its reader unasked, before and after a restart', async () => {
    await succeed('create', 'signs', '--piv', '--3des', '--tpm')
    const inReader = /is in the reader "Cardinal Virtual Reader 00 00"/
    assert.match(await succeed('plug', 'signs', '--background', '--quick'), inReader)
    const made = await openCard()
    await made.authenticateMutually(Buffer.from('0102030405060708'.repeat(3), 'hex'))
    const { keyId, publicKey } = await made.generateKeyPair({ algorithm: 'EC', curve: 'P-256' }, '9a')
    await made.disconnect()
    await succeed('unplug', 'signs')
    await tpm.restart()
    await succeed('plug', 'signs', '--background', '--quick')
    const again = await openCard()
    await again.verifyPin('123456')
    const text = Buffer.from('signed after a restart')
    const signature = await again.sign(keyId, 'SHA-256', text)
    assert.ok(verify('sha256', text, { key: Buffer.from(publicKey), format: 'der', type: 'spki' }, signature))
    await again.disconnect()
    await succeed('unplug', 'signs')
  })

  test('says how cards are opened', async () => {
    const made = JSON.parse(await succeed('create', 'work', '--tpm', '--json'))
    assert.deepEqual([made.name, made.application, made.openedBy], ['work', 'GIDS', 'TPM'])
    await succeed(
      'create',
      'travel',
      '--tpm',
      '--with-passphrase',
      '--passphrase-file',
      desk.file('passphrase'),
    )
    const { cards } = JSON.parse(await succeed('list', '--json'))
    const openedBy = (card: string) => cards.find(({ name }: { name: string }) => name === card).openedBy
    assert.deepEqual([openedBy('travel'), openedBy('work')], ['TPM and passphrase', 'TPM'])
    assert.match(await succeed('list'), /^ {2}work +GIDS +TPM +in no reader$/m)
    assert.match(await succeed('info', 'work'), /^Opened by +TPM$/m)
    assert.equal(JSON.parse(await succeed('info', 'work', '--json')).openedBy, 'TPM')
    assert.match(
      await succeed('info', 'travel', '--passphrase-file', desk.file('passphrase')),
      /^Opened by +TPM and passphrase$/m,
    )
    await refuse(/There is no terminal to ask for the passphrase/, 'info', 'travel')
    await refuse(
      /sealed by the TPM alone\. Leave --passphrase-file out/,
      'info',
      'work',
      '--passphrase-file',
      '-',
    )
  })

  test('makes a card whose copy opens on no other machine, though it can be destroyed there', async t => {
    await succeed('create', 'copied', '--tpm')
    const copy = desk.file('stolen.card')
    await copyFile(join(desk.cardsFolder, 'copied.card'), copy)
    const other = await startSwtpm()
    t.after(() => other.stop())
    t.after(() => useTpm(tpm))
    useTpm(other)
    await refuse(/stolen\.card was sealed by another TPM/, 'info', '--file', copy)
    await refuse(/stolen\.card was sealed by another TPM/, 'plug', '--file', copy, '--background')
    await succeed('destroy', '--file', copy, '--yes')
  })

  test('seals the card that the enrollment client makes', async () => {
    const place = cardPlaceOf({ virtual: join(desk.cardsFolder, 'made.card'), tpm: true }, null)
    await (await place.open()).disconnect()
    await (await place.open()).disconnect()
    assert.match(await succeed('list'), /^ +made +GIDS +TPM /m)
  })

  test('makes a card that the enrollment client opens unasked', async () => {
    await succeed('create', 'enrolls', '--tpm')
    const place = cardPlaceOf({ virtual: join(desk.cardsFolder, 'enrolls.card') }, null)
    const card = await place.open()
    await card.disconnect()
  })

  for (const [when, codes] of [
    ['it asks for the storage key', [commands.createPrimary]],
    ['it opens a session', [commands.startAuthSession]],
    ['the TPM seals', [commands.create]],
    ['the TPM has sealed', [commands.create, commands.flushContext]],
  ] as const) {
    test(`leaves no half card when it is killed while ${when}`, async () => {
      const folder = desk.file(`killed at ${codes}`)
      const create = ['create', '--file', join(folder, 'new.card'), '--tpm']
      const held = tpm.holdAt(...codes)
      const creating = desk.start(...create)
      await Promise.race([held, creating.exited.then(() => assert.fail('It ended by itself.'))])
      creating.process.kill('SIGKILL')
      assert.equal(await creating.exited, null)
      // What ended programs left in the TPM goes, which before a real one is the work of the kernel's resource manager.
      await tpm.restart()
      assert.deepEqual(await readdir(folder), ['new.card.lock'])
      await succeed(...create)
      assert.deepEqual(await readdir(folder), ['new.card'])
    })
  }

  test('goes with what goes with it', async () => {
    await refuse(/key file or is sealed by the TPM, not both/, 'create', '--tpm', '--key-file')
    await refuse(/--with-passphrase goes with --tpm/, 'create', '--with-passphrase')
    await refuse(/There is no terminal to ask for the passphrase/, 'create', '--tpm', '--with-passphrase')
  })
}
