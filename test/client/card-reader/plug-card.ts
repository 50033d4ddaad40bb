// Plugs the card in a file into vpcd's reader, until its input ends: plug-card.ts <file> <key in hexadecimal digits>
import { randomBytes } from 'node:crypto'
import { newGidsCardState } from '../../../src/card/gids/virtual/new-gids-card.ts'
import {
  createVirtualGidsCard,
  openVirtualGidsCard,
} from '../../../src/card/gids/virtual/virtual-gids-card.ts'
import { openEncryptedCardFile } from '../../../src/client/card-reader/encrypted-card-file.ts'
import { plugIntoVpcd } from '../../../src/client/card-reader/vpcd-connection.ts'

const [, , file = '', key = ''] = process.argv
const store = await openEncryptedCardFile(file, { key: Buffer.from(key, 'hex') })
if ((await store.load()) === undefined) await createVirtualGidsCard(newGidsCardState(), store)
const card = await openVirtualGidsCard({ store, randomBytes })
const plugged = await plugIntoVpcd(card)
process.stdout.write('plugged\n')
process.stdin.resume().once('end', () => plugged.unplug())
await plugged.unplugged
await store.close()
