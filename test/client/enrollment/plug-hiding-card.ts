// Plugs a new PIV card that hides the counter of its PUK into vpcd's reader, until its input ends.
import { randomBytes, randomInt } from 'node:crypto'
import { newPivCardState } from '../../../src/card/piv/virtual/new-piv-card.ts'
import { createVirtualPivCard, openVirtualPivCard } from '../../../src/card/piv/virtual/virtual-piv-card.ts'
import { plugIntoVpcd } from '../../../src/client/card-reader/vpcd-connection.ts'
import { MemoryStore } from '../../card/virtual/memory-store.ts'
import { hiding } from './hiding-card.ts'

const store = new MemoryStore()
await createVirtualPivCard(newPivCardState({ serialNumber: randomInt(2 ** 32) }), store)
const plugged = await plugIntoVpcd(hiding(await openVirtualPivCard({ store, randomBytes }), true))
process.stdout.write('plugged\n')
process.stdin.resume().once('end', () => plugged.unplug())
await plugged.unplugged
