import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, type TestContext, test } from 'node:test'
import { openGidsCard } from '../../../src/card/gids/host/open-gids-card.ts'
import { openPivCard } from '../../../src/card/piv/host/open-piv-card.ts'
import { CardFileError } from '../../../src/client/card-reader/card-file-error.ts'
import { FileLockedError } from '../../../src/client/card-reader/file-lock.ts'
import { createVirtualCardFile } from '../../../src/client/virtual-card/create-virtual-card-file.ts'
import {
  connectVirtualCard,
  openVirtualCardFile,
  readPersonality,
} from '../../../src/client/virtual-card/open-virtual-card-file.ts'
import { refuses } from '../../card/card-errors.ts'

const secret = { key: randomBytes(32) }
const select = Buffer.from('00A4040009A0000003974254465900', 'hex')

async function newPlace(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cardinal-virtual-card-'))
  t.after(() => rm(folder, { recursive: true }))
  return join(folder, 'cards', 'new.card')
}

suite('a virtual card in a file', () => {
  test('is a blank GIDS card, which keeps what is done to it', async t => {
    const file = await newPlace(t)
    await createVirtualCardFile({ file, secret, personality: 'GIDS' })
    const card = await openVirtualCardFile(file, secret)
    assert.equal(card.personality, 'GIDS')
    const gids = await openGidsCard(connectVirtualCard(card), { randomBytes })
    assert.equal(await gids.isInitialized(), false)
    const cardId = '33221100-5544-7766-8899-aabbccddeeff'
    await gids.initialize({ cardId, adminKey: new Uint8Array(24), pin: '123456' })
    await card.close()
    const again = await openVirtualCardFile(file, secret)
    const reopened = await openGidsCard(connectVirtualCard(again), { randomBytes })
    assert.equal(await reopened.readCardId(), cardId)
    await again.close()
  })

  for (const type of ['3DES', 'AES-192'] as const) {
    test(`is a PIV card with the ${type} management key that everybody knows`, async t => {
      const file = await newPlace(t)
      await createVirtualCardFile({ file, secret, personality: 'PIV', managementKeyType: type })
      const card = await openVirtualCardFile(file, secret)
      assert.equal(card.personality, 'PIV')
      const piv = await openPivCard(connectVirtualCard(card), { randomBytes })
      assert.equal(await piv.readManagementKeyType(), type)
      await piv.authenticateMutually(Buffer.from('0102030405060708'.repeat(3), 'hex'))
      await piv.verifyPin('123456')
      await card.close()
    })
  }

  test('has a serial number of its own', async t => {
    const serialNumbers = new Set<number | undefined>()
    for (let cards = 0; cards < 3; cards++) {
      const file = await newPlace(t)
      await createVirtualCardFile({ file, secret, personality: 'PIV' })
      const card = await openVirtualCardFile(file, secret)
      const piv = await openPivCard(connectVirtualCard(card), { randomBytes })
      serialNumbers.add(await piv.readSerialNumber())
      await card.close()
    }
    assert.equal(serialNumbers.size, 3)
  })

  test('says what it is to whoever has no secret', async t => {
    for (const personality of ['GIDS', 'PIV'] as const) {
      const file = await newPlace(t)
      assert.equal(await readPersonality(file), undefined)
      await createVirtualCardFile({ file, secret, personality })
      assert.equal(await readPersonality(file), personality)
    }
    const other = `${await newPlace(t)}.txt`
    await writeFile(
      join(other, '..', '..', 'text'),
      'a text that is longer than the header of a card file would be',
    )
    await assert.rejects(readPersonality(join(other, '..', '..', 'text')), CardFileError)
  })

  test('is never made in the place of another', async t => {
    const file = await newPlace(t)
    await createVirtualCardFile({ file, secret, personality: 'PIV' })
    await assert.rejects(createVirtualCardFile({ file, secret, personality: 'GIDS' }), CardFileError)
    assert.equal(await readPersonality(file), 'PIV')
    const card = await openVirtualCardFile(file, secret)
    await assert.rejects(createVirtualCardFile({ file, secret, personality: 'GIDS' }), FileLockedError)
    await card.close()
  })

  test('is opened by its secret alone, by one process at a time', async t => {
    const file = await newPlace(t)
    await refuses(openVirtualCardFile(join(file, '..', '..', 'missing'), secret), 'invalid-card-state')
    await createVirtualCardFile({ file, secret, personality: 'GIDS' })
    await assert.rejects(openVirtualCardFile(file, { key: randomBytes(32) }), CardFileError)
    const card = await openVirtualCardFile(file, secret)
    await assert.rejects(openVirtualCardFile(file, secret), FileLockedError)
    await card.close()
    assert.deepEqual(await readdir(join(file, '..')), ['new.card'])
  })

  test('finishes the command that it carries out before it closes', async t => {
    const file = await newPlace(t)
    await createVirtualCardFile({ file, secret, personality: 'GIDS' })
    const card = await openVirtualCardFile(file, secret)
    await card.transmit(select)
    const firstPin = card.transmit(Buffer.from('0024018006313233343536', 'hex'))
    await card.close()
    assert.equal(Buffer.from(await firstPin).toString('hex'), '9000')
    const again = await openVirtualCardFile(file, secret)
    await again.transmit(select)
    const verified = await again.transmit(Buffer.from('0020008006313233343536', 'hex'))
    assert.equal(Buffer.from(verified).toString('hex'), '9000')
    await again.close()
  })

  test('writes nothing once it is closed', async t => {
    const file = await newPlace(t)
    await createVirtualCardFile({ file, secret, personality: 'GIDS' })
    const card = await openVirtualCardFile(file, secret)
    await card.close()
    await card.transmit(select)
    // The first PIN of a blank card is stored before the answer; a closed card cannot.
    const answer = await card.transmit(Buffer.from('0024018006313233343536', 'hex'))
    assert.notEqual(Buffer.from(answer).toString('hex'), '9000')
    await (await openVirtualCardFile(file, secret)).close()
  })
})
