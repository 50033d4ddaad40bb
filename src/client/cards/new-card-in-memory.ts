import { randomBytes, randomUUID } from 'node:crypto'
import type { GidsSmartCard } from '../../card/gids/host/gids-card.ts'
import { openGidsCard } from '../../card/gids/host/open-gids-card.ts'
import { personalGidsCardState } from '../../card/gids/virtual/new-gids-card.ts'
import { createVirtualGidsCard, openVirtualGidsCard } from '../../card/gids/virtual/virtual-gids-card.ts'
import { connectVirtualCard } from '../virtual-card/open-virtual-card-file.ts'

/** The PIN that Windows' Tpmvscmgr gives to a virtual smart card under /PIN DEFAULT. */
const initialPin = '12345678'

/**
 * A new virtual GIDS card as Windows' tool hands it out, spoken to by the driver for cards in readers. It lives as long as
 * this process.
 *
 * @param adminKey 24 bytes
 */
export async function newCardInMemory(adminKey: Uint8Array): Promise<GidsSmartCard> {
  let content = new Uint8Array()
  const store = {
    load: async () => Uint8Array.from(content),
    async save(saved: Uint8Array) {
      content.fill(0)
      content = Uint8Array.from(saved)
    },
  }
  await createVirtualGidsCard(
    personalGidsCardState({ cardId: randomUUID(), adminKey, pin: initialPin }),
    store,
  )
  const card = await openVirtualGidsCard({ store, randomBytes })
  return await openGidsCard(connectVirtualCard(card), { randomBytes })
}
