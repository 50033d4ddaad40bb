import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, type TestContext, test } from 'node:test'
import { openPivCard } from '../../../src/card/piv/host/open-piv-card.ts'
import { CardFileError } from '../../../src/client/card-reader/card-file-error.ts'
import type { CardFileSecret } from '../../../src/client/card-reader/encrypted-card-file.ts'
import { tpmKeySealer } from '../../../src/client/tpm/tpm-key-sealer.ts'
import { createVirtualCardFile } from '../../../src/client/virtual-card/create-virtual-card-file.ts'
import {
  connectVirtualCard,
  openVirtualCardFile,
  readCardFileSeal,
  readPersonality,
} from '../../../src/client/virtual-card/open-virtual-card-file.ts'
import { leftOutWithout } from '../../testbed/left-out.ts'
import { type Swtpm, startSwtpm } from '../../testbed/swtpm.ts'

const passphrase = 'correct horse battery'
const personality = 'PIV'

let tpm: Swtpm

function secret(passphraseOfCard?: string, { tcti } = tpm): CardFileSecret {
  const { PATH } = process.env
  return { sealer: tpmKeySealer({ PATH, TPM2TOOLS_TCTI: tcti }), passphrase: passphraseOfCard }
}

async function newPlace(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cardinal-sealed-card-'))
  t.after(() => rm(folder, { recursive: true }))
  return join(folder, 'new.card')
}

async function refuses(refused: Promise<unknown>, sentence: RegExp): Promise<void> {
  await assert.rejects(refused, error => error instanceof CardFileError && sentence.test(error.message))
}

async function openAndClose(file: string, by: CardFileSecret): Promise<void> {
  const card = await openVirtualCardFile(file, by)
  await card.close()
}

suite('a virtual card that a TPM sealed', { skip: leftOutWithout('swtpm') }, tests)

function tests() {
  before(async () => {
    tpm = await startSwtpm()
  })
  after(() => tpm.stop())

  test('keeps what is done to it, signs, and has its key sealed once', async t => {
    const file = await newPlace(t)
    await createVirtualCardFile({ file, secret: secret(), personality })
    assert.equal(await readPersonality(file), personality)
    assert.deepEqual(await readCardFileSeal(file), { hasPassphrase: false })
    const sealed = (await readFile(file)).subarray(0, 275)
    const card = await openVirtualCardFile(file, secret())
    const piv = await openPivCard(connectVirtualCard(card), { randomBytes })
    await assert.rejects(piv.verifyPin('999999'))
    await card.close()
    assert.deepEqual((await readFile(file)).subarray(0, 275), sealed)
    const again = await openVirtualCardFile(file, secret())
    const reopened = await openPivCard(connectVirtualCard(again), { randomBytes })
    assert.equal(await reopened.readPinTries(), 2)
    await again.close()
    assert.deepEqual(await readdir(join(file, '..')), ['new.card'])
  })

  test('opens on no other machine', async t => {
    const file = await newPlace(t)
    await createVirtualCardFile({ file, secret: secret(), personality })
    const other = await startSwtpm()
    t.after(() => other.stop())
    const stolen = join(file, '..', 'stolen.card')
    await copyFile(file, stolen)
    await refuses(
      openVirtualCardFile(stolen, secret(undefined, other)),
      /stolen\.card was sealed by another TPM/,
    )
    await openAndClose(stolen, secret())
  })

  test('needs its passphrase besides, where it has one', async t => {
    const file = await newPlace(t)
    await createVirtualCardFile({ file, secret: secret(passphrase), personality })
    assert.deepEqual(await readCardFileSeal(file), { hasPassphrase: true })
    await openAndClose(file, secret(passphrase))
    await refuses(openVirtualCardFile(file, secret('another passphrase')), /does not open the file/)
    await refuses(openVirtualCardFile(file, secret()), /needs its passphrase besides the TPM/)
    await refuses(openVirtualCardFile(file, { passphrase }), /opens by the TPM that sealed it/)
  })

  test('has nothing to do with passphrases and keys where it has none', async t => {
    const file = await newPlace(t)
    await createVirtualCardFile({ file, secret: secret(), personality })
    await refuses(openVirtualCardFile(file, secret(passphrase)), /is sealed by the TPM alone/)
    await refuses(openVirtualCardFile(file, { key: randomBytes(32) }), /opens by the TPM that sealed it/)
    const plain = join(file, '..', 'plain.card')
    const key = randomBytes(32)
    await createVirtualCardFile({ file: plain, secret: { key }, personality })
    assert.equal(await readCardFileSeal(plain), undefined)
    await refuses(openVirtualCardFile(plain, secret()), /is not sealed by a TPM/)
    await openAndClose(plain, { key })
  })

  test('is refused with any byte changed', async t => {
    const file = await newPlace(t)
    await createVirtualCardFile({ file, secret: secret(), personality })
    const whole = await readFile(file)
    // Magic, salt, kind, name, public and private part, nonce, first byte of the state, ciphertext, tag.
    for (const position of [14, 20, 32, 50, 67, 90, 115, 117, 200, 278, 289, 300, whole.length - 1]) {
      const changed = Buffer.from(whole)
      changed[position] = (changed[position] ?? 0) ^ 1
      await writeFile(file, changed)
      await assert.rejects(
        openVirtualCardFile(file, secret()),
        { name: /^Card(File)?Error$/ },
        String(position),
      )
    }
    await writeFile(file, whole)
    await openAndClose(file, secret())
  })

  test('is never made in the place of another, for which the TPM is not even asked', async t => {
    const file = await newPlace(t)
    await createVirtualCardFile({ file, secret: secret(), personality })
    tpm.takeTraffic()
    await refuses(createVirtualCardFile({ file, secret: secret(), personality }), /is there already/)
    assert.equal(tpm.takeTraffic().length, 0)
  })

  test('is not made at all where it cannot be sealed', async t => {
    const file = await newPlace(t)
    const nowhere = secret(undefined, { ...tpm, tcti: 'device:/none' })
    await refuses(createVirtualCardFile({ file, secret: nowhere, personality }), /there is no \/none/)
    assert.deepEqual(await readdir(join(file, '..')), [])
  })
}
