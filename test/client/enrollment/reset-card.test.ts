import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { newPivCardState } from '../../../src/card/piv/virtual/new-piv-card.ts'
import { createVirtualPivCard, openVirtualPivCard } from '../../../src/card/piv/virtual/virtual-piv-card.ts'
import { openEnrollableCard } from '../../../src/client/cards/open-enrollable-card.ts'
import { fillCard } from '../../../src/client/enrollment/fill-card.ts'
import { connectVirtualCard } from '../../../src/client/virtual-card/open-virtual-card-file.ts'
import { cardTemplate, end, newKeeper, person, pin, randomness, runOf, words } from './enrollment-bench.ts'
import { startBench } from './server-in-process.ts'

const bench = await startBench({ after })
const alice = bench.clientOf('alice')

/** A card as its maker delivers it, and as it is after its reset: the serial number stays. */
async function openFactoryCard() {
  let content = new Uint8Array()
  const store = {
    load: async () => Uint8Array.from(content),
    save: async (saved: Uint8Array) => {
      content = Uint8Array.from(saved)
    },
  }
  await createVirtualPivCard(newPivCardState({ serialNumber: 20_406_080 }), store)
  const card = await openVirtualPivCard({ store, randomBytes })
  return () => openEnrollableCard(connectVirtualCard(card), randomness)
}

async function enroll(open: Awaited<ReturnType<typeof openFactoryCard>>): Promise<string> {
  const run = runOf(alice, newKeeper('Enroll', { profiletemplateuuid: cardTemplate }))
  return (await fillCard(run, open, person(), words)).request.NewSmartcardUuid
}

test('a PIV card that was reset to its factory state, PUK and all, is enrolled again', async () => {
  await end(alice, 'Retire', { smartcard: await enroll(await openFactoryCard()) })
  const open = await openFactoryCard()
  await enroll(open)
  const card = await open()
  await card.verifyPin(pin)
  assert.equal((await card.listKeys()).length, 1)
})
