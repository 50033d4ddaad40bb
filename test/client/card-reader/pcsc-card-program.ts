// Keeps a card in vpcd's reader that its parent can exchange for a new one, silence and count: one line of JSON on its
// input asks, one on its output answers.
import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import type { ApduCard } from '../../../src/card/apdu/apdu-card.ts'
import { newGidsCardState, personalGidsCardState } from '../../../src/card/gids/virtual/new-gids-card.ts'
import {
  createVirtualGidsCard,
  openVirtualGidsCard,
} from '../../../src/card/gids/virtual/virtual-gids-card.ts'
import { plugIntoVpcd } from '../../../src/client/card-reader/vpcd-connection.ts'
import { oddCard, taciturn } from '../../card/gids/host/odd-card.ts'
import { MemoryStore } from '../../card/virtual/memory-store.ts'

let card = await newCard()
let isSilent = false
const inReader: ApduCard = {
  get answerToReset() {
    return card.answerToReset
  },
  reset: () => card.reset(),
  transmit: command => (isSilent ? new Promise(() => undefined) : card.transmit(command)),
}
await plugIntoVpcd(inReader)
answer()
for await (const line of createInterface({ input: process.stdin })) {
  const wish = JSON.parse(line)
  if (wish.does === 'pull') break
  if (wish.does === 'silence') isSilent = true
  if (wish.does === 'personalize') card = await newCard(wish)
  if (wish.does === 'become odd') card = await oddCard({ ...taciturn, takesLengthBehindData: false })
  answer()
}
process.exit()

async function newCard(wish?: { cardId: string; adminKey: string; pin: string }): Promise<ApduCard> {
  const store = new MemoryStore()
  const state =
    wish === undefined
      ? newGidsCardState()
      : personalGidsCardState({ ...wish, adminKey: Buffer.from(wish.adminKey, 'hex') })
  await createVirtualGidsCard(state, store)
  return await openVirtualGidsCard({ store, randomBytes })
}

function answer(): void {
  process.stdout.write('done\n')
}
