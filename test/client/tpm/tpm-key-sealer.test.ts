import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, type TestContext, test } from 'node:test'
import { CardFileError } from '../../../src/client/card-reader/card-file-error.ts'
import type { SealedKey } from '../../../src/client/card-reader/key-sealer.ts'
import { tpmKeySealer } from '../../../src/client/tpm/tpm-key-sealer.ts'
import { leftOutWithout } from '../../testbed/left-out.ts'
import { type Swtpm, startSwtpm } from '../../testbed/swtpm.ts'
import { watchPrograms } from './watched-programs.ts'

/** TPM 2.0 Library, Part 2, §6.5.2 */
const createCommand = 0x153
const file = '/home/alice/work.card'
const key = randomBytes(32)

let tpm: Swtpm
let folder: string

function environmentOf({ tcti }: Pick<Swtpm, 'tcti'>) {
  return { PATH: '/usr/bin:/bin', TPM2TOOLS_TCTI: tcti, XDG_RUNTIME_DIR: folder }
}

/** What a program prints, and how it ends. */
async function runTool(program: string, args: readonly string[], input?: Uint8Array) {
  const child = spawn(program, args, {
    env: environmentOf(tpm),
    stdio: ['pipe', 'pipe', 'inherit'],
    cwd: folder,
  })
  child.stdin.end(input)
  let said = ''
  child.stdout.on('data', text => {
    said += text
  })
  const [status] = await once(child, 'close')
  assert.equal(status, 0, program)
  return said
}

async function refuses(refused: Promise<unknown>, sentence: RegExp): Promise<void> {
  await assert.rejects(refused, (error: unknown) => {
    assert.ok(error instanceof CardFileError, String(error))
    assert.match(error.message, sentence)
    assert.ok(error.message.includes(file), 'it names the file')
    return true
  })
  assert.deepEqual(await readdir(folder), [], 'and leaves nothing behind')
}

const elsewhere = /sealed by another TPM, or the TPM of this machine was cleared since.*enroll anew/
const damaged = /is damaged\. Put back a copy/

async function anotherTpm(t: TestContext): Promise<Swtpm> {
  const other = await startSwtpm()
  t.after(() => other.stop())
  return other
}

suite('keys sealed by a TPM', { skip: leftOutWithout('swtpm') }, tests)

function tests() {
  before(async () => {
    tpm = await startSwtpm()
    folder = await mkdtemp(join(tmpdir(), 'cardinal-runtime-'))
  })
  after(async () => {
    await tpm.stop()
    await rm(folder, { recursive: true })
  })

  test('come back as often as they are asked for, after a restart too', async () => {
    const sealer = tpmKeySealer(environmentOf(tpm))
    const sealed = await sealer.seal(key, file)
    assert.deepEqual(Buffer.from(await sealer.unseal(sealed, file)), key)
    await tpm.restart()
    assert.deepEqual(Buffer.from(await sealer.unseal(sealed, file)), key)
    assert.deepEqual(await readdir(folder), [])
  })

  test('are bound to their TPM, and locked by nobody’s wrong guesses', async () => {
    const { publicPart } = await tpmKeySealer(environmentOf(tpm)).seal(key, file)
    // fixedTPM, fixedParent, userWithAuth, noDA (TPM 2.0 Library, Part 2, §8.3.2), after the size and two algorithms.
    assert.equal(Buffer.from(publicPart).readUInt32BE(6), 0x0452)
  })

  test('leave nothing in the TPM', async () => {
    const sealer = tpmKeySealer(environmentOf(tpm))
    await sealer.unseal(await sealer.seal(key, file), file)
    for (const handles of ['transient', 'loaded-session', 'saved-session', 'persistent']) {
      assert.equal(await runTool('tpm2_getcap', [`handles-${handles}`]), '', handles)
    }
  })

  test('come back though programs that were killed have left the TPM’s places for objects taken', async () => {
    const sealer = tpmKeySealer(environmentOf(tpm))
    const sealed = await sealer.seal(key, file)
    const left = join(folder, 'left.ctx')
    for (let place = 0; place < 3; place++) await runTool('tpm2_createprimary', ['-Q', '-c', left])
    await rm(left)
    assert.deepEqual(Buffer.from(await sealer.unseal(sealed, file)), key)
    assert.equal(await runTool('tpm2_getcap', ['handles-transient']), '')
  })

  test('open by no other TPM, nor by one that was cleared', async t => {
    const other = await anotherTpm(t)
    const sealed = await tpmKeySealer(environmentOf(tpm)).seal(key, file)
    await refuses(tpmKeySealer(environmentOf(other)).unseal(sealed, file), elsewhere)
    const soon = await tpmKeySealer(environmentOf(other)).seal(key, file)
    const clear = spawn('tpm2_clear', [], { env: environmentOf(other), stdio: 'ignore' })
    assert.deepEqual(await once(clear, 'close'), [0, null])
    await refuses(tpmKeySealer(environmentOf(other)).unseal(soon, file), elsewhere)
  })

  test('are refused by the TPM itself where the storage key is said to be another', async t => {
    const other = await anotherTpm(t)
    const sealed = await tpmKeySealer(environmentOf(tpm)).seal(key, file)
    const { sealerName } = await tpmKeySealer(environmentOf(other)).seal(key, file)
    await refuses(tpmKeySealer(environmentOf(other)).unseal({ ...sealed, sealerName }, file), damaged)
  })

  test('are refused with any part changed', async () => {
    const sealer = tpmKeySealer(environmentOf(tpm))
    const sealed = await sealer.seal(key, file)
    const changed = (part: keyof SealedKey, position: number): SealedKey => {
      const bytes = Buffer.from(sealed[part])
      bytes[position] = (bytes[position] ?? 0) ^ 1
      return { ...sealed, [part]: bytes }
    }
    await refuses(sealer.unseal(changed('sealerName', 33), file), elsewhere)
    for (const [part, position] of [
      ['publicPart', 20],
      ['publicPart', 47],
      ['privatePart', 10],
      ['privatePart', 60],
      ['privatePart', 159],
    ] as const) {
      await refuses(sealer.unseal(changed(part, position), file), damaged)
    }
  })

  test('have 32 bytes', async () => {
    const sealer = tpmKeySealer(environmentOf(tpm))
    await refuses(sealer.unseal(await sealer.seal(key.subarray(0, 16), file), file), damaged)
  })

  test('never go over the wires in the clear', async () => {
    const sealer = tpmKeySealer(environmentOf(tpm))
    tpm.takeTraffic()
    const sealed = await sealer.seal(key, file)
    const sealing = tpm.takeTraffic()
    assert.ok(sealing.length > 1000 && !sealing.includes(key))
    await sealer.unseal(sealed, file)
    const unsealing = tpm.takeTraffic()
    assert.ok(unsealing.length > 1000 && !unsealing.includes(key))
    // What the same wires show where nothing encrypts.
    await runTool('tpm2_createprimary', ['-C', 'o', '-G', 'ecc', '-c', 'plain.ctx', '-Q'])
    await runTool('tpm2_flushcontext', ['-t'])
    await runTool('tpm2_create', ['-C', 'plain.ctx', '-i', '-', '-Q'], key)
    await runTool('tpm2_flushcontext', ['-t'])
    await rm(join(folder, 'plain.ctx'))
    assert.ok(tpm.takeTraffic().includes(key))
  })

  test('are in no argument, environment or file, and the folder of the contexts is the user’s alone', async t => {
    const watched = await watchPrograms(t)
    const environment = {
      ...environmentOf(tpm),
      PATH: `${watched.folder}:/usr/bin:/bin`,
      SECRET: 'not theirs',
    }
    const sealer = tpmKeySealer(environment)
    await sealer.unseal(await sealer.seal(key, file), file)
    const calls = await watched.calls()
    assert.deepEqual([...new Set(calls.map(({ program }) => program))].sort(), [
      'tpm2_create',
      'tpm2_createprimary',
      'tpm2_flushcontext',
      'tpm2_load',
      'tpm2_startauthsession',
      'tpm2_unseal',
    ])
    for (const { program, visible, files, folder: used, folderMode } of calls) {
      for (const form of [key, key.toString('hex'), key.toString('base64'), key.toString('base64url')]) {
        assert.ok(!visible.includes(form), `arguments and environment of ${program}`)
        assert.ok(!files.includes(form), `files of ${program}`)
      }
      assert.ok(!visible.includes('not theirs'))
      assert.equal(folderMode, '700')
      assert.ok(!existsSync(used))
    }
  })

  test('need programs that are there, and that end', async t => {
    const here = environmentOf(tpm)
    await refuses(
      tpmKeySealer({ ...here, PATH: folder }).seal(key, file),
      /needs tpm2_createprimary, which cannot be run\. Install tpm2-tools/,
    )
    const other = await anotherTpm(t)
    const held = other.holdAt(createCommand)
    const hanging = tpmKeySealer(environmentOf(other), { timeLimit: 300 }).seal(key, file)
    await Promise.all([held, refuses(hanging, /tpm2_create was ended by SIGKILL, or had no answer in time/)])
  })

  for (const platform of ['win32', 'darwin'] as const) {
    test(`are not made on ${platform}`, async () => {
      const sealer = tpmKeySealer(environmentOf(tpm), { platform })
      await refuses(sealer.seal(key, file), /reaches on Linux alone\. Use a card with a passphrase/)
    })
  }

  test('need a TPM that can be reached', async () => {
    const here = environmentOf(tpm)
    const seal = (TPM2TOOLS_TCTI: string) => tpmKeySealer({ ...here, TPM2TOOLS_TCTI }).seal(key, file)
    await refuses(
      seal(`device:${folder}/none`),
      /there is no .*\/none\. Switch a TPM 2\.0 on in the firmware/,
    )
    await refuses(seal('device:/dev/null'), /needs the TPM, which/)
    await refuses(
      seal(`swtpm:path=${folder}/none`),
      /cannot reach \(Could not load tcti.*Correct TPM2TOOLS_TCTI/,
    )
  })

  test('need a TPM that the user may use', async t => {
    const place = await mkdtemp(join(tmpdir(), 'cardinal-device-'))
    t.after(() => rm(place, { recursive: true }))
    const device = join(place, 'tpmrm0')
    await writeFile(device, '')
    await chmod(device, 0)
    const program = join(place, 'seal.mjs')
    const sealer = new URL('../../../src/client/tpm/tpm-key-sealer.ts', import.meta.url)
    await writeFile(
      program,
      `import { tpmKeySealer } from ${JSON.stringify(sealer)}
       await tpmKeySealer({ TPM2TOOLS_TCTI: ${JSON.stringify(`device:${device}`)} })
         .seal(new Uint8Array(32), ${JSON.stringify(file)}).catch(error => console.log(error.message))`,
    )
    // Root may read everything but where it gives that right away.
    const asUser =
      process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search'] : ['env']
    const [first = 'env', ...rest] = [...asUser, process.execPath, program]
    const said = await runTool(first, rest)
    assert.match(
      said,
      /work\.card needs the TPM, and you may not use .*tpmrm0\. Have an administrator add you to its group/,
    )
  })

  test('need an owner hierarchy without a password', async t => {
    const other = await anotherTpm(t)
    const change = spawn('tpm2_changeauth', ['-c', 'owner', 'a-password'], { env: environmentOf(other) })
    assert.deepEqual(await once(change, 'close'), [0, null])
    await refuses(tpmKeySealer(environmentOf(other)).seal(key, file), /owner hierarchy has a password/)
  })
}
