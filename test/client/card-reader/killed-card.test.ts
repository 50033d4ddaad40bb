import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, type TestContext, test } from 'node:test'
import { personalGidsCardState } from '../../../src/card/gids/virtual/new-gids-card.ts'
import {
  createVirtualGidsCard,
  openVirtualGidsCard,
} from '../../../src/card/gids/virtual/virtual-gids-card.ts'
import { openEncryptedCardFile } from '../../../src/client/card-reader/encrypted-card-file.ts'
import { guessUntilKilled } from './guess-until-killed.ts'

const key = randomBytes(32)
const tries = 15

async function newCardFile(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cardinal-killed-card-'))
  t.after(() => rm(folder, { recursive: true }))
  const file = join(folder, 'card')
  const store = await openEncryptedCardFile(file, { key })
  const identity = { cardId: '33221100-5544-7766-8899-aabbccddeeff', adminKey: new Uint8Array(24) }
  await createVirtualGidsCard(personalGidsCardState({ ...identity, pin: '12345678', pinTries: tries }), store)
  await store.close()
  return file
}

async function triesLeft(file: string): Promise<number> {
  const store = await openEncryptedCardFile(file, { key })
  const card = await openVirtualGidsCard({ store, randomBytes })
  const answer = await card.transmit(Buffer.from('00CB3FFF045C027F7100', 'hex'))
  await store.close()
  return answer[5] ?? Number.NaN
}

suite('a card whose process is killed', () => {
  for (const answers of [1, 4, 9]) {
    test(`has spent every try that it answered, after ${answers} at least`, async t => {
      const file = await newCardFile(t)
      const seen = await guessUntilKilled('guess-pins.ts', { file, key }, answers)
      assert.ok(seen.length >= answers)
      assert.equal(seen[0], '63ce')
      const wrong = seen.filter(answer => answer.startsWith('63c')).length
      assert.ok((await triesLeft(file)) <= tries - wrong)
      assert.ok((await triesLeft(file)) >= 0)
    })
  }
})
