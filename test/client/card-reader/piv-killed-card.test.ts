import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, type TestContext, test } from 'node:test'
import type { ApduCard } from '../../../src/card/apdu/apdu-card.ts'
import { newPivCardState } from '../../../src/card/piv/virtual/new-piv-card.ts'
import { createVirtualPivCard, openVirtualPivCard } from '../../../src/card/piv/virtual/virtual-piv-card.ts'
import { personalityOf } from '../../../src/card/virtual/card-personality.ts'
import { openEncryptedCardFile } from '../../../src/client/card-reader/encrypted-card-file.ts'
import { authenticate, generateKey } from '../../card/piv/administrator.ts'
import { PivWire } from '../../card/piv/piv-cards.ts'
import { MemoryStore } from '../../card/virtual/memory-store.ts'
import { guessUntilKilled } from './guess-until-killed.ts'

const key = randomBytes(32)
const tries = 15

async function withCard<Result>(file: string, run: (card: ApduCard) => Promise<Result>): Promise<Result> {
  const store = await openEncryptedCardFile(file, { key })
  try {
    return await run(await openVirtualPivCard({ store, randomBytes }))
  } finally {
    await store.close()
  }
}

/** A card with a key in slot 9E, and its metadata. */
async function newCardFile(t: TestContext): Promise<{ file: string; metadata: Uint8Array }> {
  const folder = await mkdtemp(join(tmpdir(), 'cardinal-killed-piv-card-'))
  t.after(() => rm(folder, { recursive: true }))
  const file = join(folder, 'card')
  const store = await openEncryptedCardFile(file, { key })
  await createVirtualPivCard(newPivCardState({ serialNumber: 1, pinTries: tries }), store)
  assert.equal(personalityOf((await store.load()) ?? new Uint8Array()), 'PIV')
  await store.close()
  const metadata = await withCard(file, async card => {
    const wire = new PivWire(card, new MemoryStore())
    await authenticate(wire)
    await wire.expect(generateKey('9E', '11'))
    return card.transmit(Buffer.from('00F7009E00', 'hex'))
  })
  return { file, metadata }
}

suite('a PIV card whose process is killed', () => {
  for (const answers of [1, 4, 9]) {
    test(`has spent every try that it answered, after ${answers} at least, and has its key`, async t => {
      const { file, metadata } = await newCardFile(t)
      const seen = await guessUntilKilled('piv-guess-pins.ts', { file, key }, answers)
      assert.ok(seen.length >= answers)
      assert.equal(seen[0], '63ce')
      const wrong = seen.filter(answer => answer.startsWith('63c')).length
      await withCard(file, async card => {
        const [, left = Number.NaN] = (await card.transmit(Buffer.from('00F7008000', 'hex'))).subarray(-4)
        assert.ok(left <= tries - wrong)
        assert.deepEqual(await card.transmit(Buffer.from('00F7009E00', 'hex')), metadata)
      })
    })
  }
})
