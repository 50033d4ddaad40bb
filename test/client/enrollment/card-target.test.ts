import assert from 'node:assert/strict'
import { createPublicKey, verify } from 'node:crypto'
import { after, describe, test } from 'node:test'
import { openPivCard } from '../../../src/card/piv/host/open-piv-card.ts'
import { factoryManagementKey } from '../../../src/card/piv/virtual/new-piv-card.ts'
import type { CardKey } from '../../../src/card/smart-card.ts'
import type { EnrollableCard } from '../../../src/client/cards/enrollable-card.ts'
import { fillCard } from '../../../src/client/enrollment/fill-card.ts'
import { AppletPivCard, pivApplet } from '../../card/piv/host/applet-piv-card.ts'
import {
  type BenchCard,
  type BenchRun,
  cardTemplate,
  newBenchCard,
  newKeeper,
  noWords,
  person,
  pin,
  randomness,
  runOf,
  words,
} from './enrollment-bench.ts'
import { startBench } from './server-in-process.ts'

/** With two keys, and the admin key of new cards on all of them. */
const bench = await startBench({ after }, file => ({
  ...file,
  profileTemplates: file.profileTemplates.map(template =>
    template.uuid.toLowerCase() === cardTemplate && template.smartcard !== undefined
      ? {
          ...template,
          certificateTemplates: [...template.certificateTemplates, 'SmartcardLogon'],
          smartcard: { ...template.smartcard, diversifyAdminKey: false },
        }
      : template,
  ),
}))
const alice = bench.clientOf('alice')
const enrollment = (): BenchRun => runOf(alice, newKeeper('Enroll', { profiletemplateuuid: cardTemplate }))
const message = Buffer.from('a message')

/** It tells of keys by their certificates alone. */
const cardWithoutMetadata = () =>
  newBenchCard('PIV', made => new AppletPivCard(made, { ...pivApplet, metadata: 'nothing' }))

async function keysOf(card: BenchCard): Promise<readonly CardKey[]> {
  const opened = await card.open()
  const keys = await opened.listKeys()
  await opened.disconnect()
  return keys
}

/** A certificate of a key that is not there any more would be listed as well. */
async function assertSignsWithEach(card: BenchCard): Promise<void> {
  const opened = await card.open()
  await opened.verifyPin(pin)
  for (const { keyId, publicKey, hasCertificate } of await opened.listKeys()) {
    assert.equal(hasCertificate, true, keyId)
    const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' })
    assert.ok(verify('sha256', message, key, await opened.sign(keyId, 'SHA-256', message)), keyId)
  }
  await opened.disconnect()
}

/** Opens a card that makes so many keys, and is gone then: before or behind what the last one is made by. */
function killedAtKey(card: BenchCard, last: number, isMade: boolean): () => Promise<EnrollableCard> {
  let made = 0
  return async () => {
    const opened = await card.open()
    return {
      ...opened,
      async generateKeyPair(...wanted) {
        const isLast = ++made === last
        if (isLast && !isMade) throw new Error('killed')
        const key = await opened.generateKeyPair(...wanted)
        if (isLast) throw new Error('killed')
        return key
      },
    }
  }
}

describe('a template with two keys, and a card without metadata', () => {
  for (const isMade of [false, true]) {
    const where = isMade ? 'behind' : 'before'

    test(`an enrollment that was interrupted ${where} its second key does not overwrite its first one`, async () => {
      const card = await cardWithoutMetadata()
      const run = enrollment()
      await assert.rejects(fillCard(run, killedAtKey(card, 2, isMade), person(), words), {
        message: 'killed',
      })
      assert.deepEqual(
        run.keeper.journal.certificates.map(({ keyId }) => keyId),
        ['9a'],
      )
      assert.deepEqual(await keysOf(card), [])
      await fillCard(run, () => card.open(), person(), words)
      assert.deepEqual(
        (await keysOf(card)).map(({ keyId }) => keyId),
        ['9a', '9d'],
      )
      await assertSignsWithEach(card)
    })

    test(`a renewal that was interrupted ${where} its second key overwrites neither its first one nor earlier ones`, async () => {
      const card = await cardWithoutMetadata()
      const { request } = await fillCard(enrollment(), () => card.open(), person(), words)
      const former = await keysOf(card)
      const run = runOf(alice, newKeeper('Renew', { smartcard: request.NewSmartcardUuid }))
      await assert.rejects(fillCard(run, killedAtKey(card, 2, isMade), person(), noWords), {
        message: 'killed',
      })
      await fillCard(run, () => card.open(), person(), noWords)
      const keys = await keysOf(card)
      assert.equal(keys.length, 4)
      assert.deepEqual(keys.slice(0, 2), former)
      await assertSignsWithEach(card)
    })
  }
})

for (const isInterrupted of [false, true])
  test(`a renewal ${isInterrupted ? 'that was interrupted before its first key ' : ''}does not overwrite a key that another program waits with`, async () => {
    const card = await newBenchCard('PIV', made => new AppletPivCard(made))
    const { request } = await fillCard(enrollment(), () => card.open(), person(), words)
    const program = await openPivCard(card.connect(), randomness)
    await program.authenticateMutually(factoryManagementKey.value)
    const waiting = await program.generateKeyPair({ algorithm: 'EC', curve: 'P-256' })
    await program.disconnect()
    const run = runOf(alice, newKeeper('Renew', { smartcard: request.NewSmartcardUuid }))
    if (isInterrupted) {
      await assert.rejects(fillCard(run, killedAtKey(card, 1, false), person(), noWords), {
        message: 'killed',
      })
    }
    await fillCard(run, () => card.open(), person(), noWords)
    const keys = await keysOf(card)
    assert.equal(keys.length, 5)
    assert.deepEqual(
      keys.filter(({ hasCertificate }) => !hasCertificate),
      [waiting],
    )
  })
