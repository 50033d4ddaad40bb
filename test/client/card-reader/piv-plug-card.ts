// Plugs the PIV card in a file into vpcd's reader, until its input ends:
// piv-plug-card.ts <file> <key in hexadecimal digits> [type of the new card's management key]
import { randomBytes } from 'node:crypto'
import { factoryManagementKey, newPivCardState } from '../../../src/card/piv/virtual/new-piv-card.ts'
import { createVirtualPivCard, openVirtualPivCard } from '../../../src/card/piv/virtual/virtual-piv-card.ts'
import { managementKeyTypes } from '../../../src/card/secrets/management-key.ts'
import { openEncryptedCardFile } from '../../../src/client/card-reader/encrypted-card-file.ts'
import { plugIntoVpcd } from '../../../src/client/card-reader/vpcd-connection.ts'

const [, , file = '', key = '', wanted] = process.argv
const type = managementKeyTypes.find(candidate => candidate === wanted) ?? factoryManagementKey.type
const store = await openEncryptedCardFile(file, { key: Buffer.from(key, 'hex') })
if ((await store.load()) === undefined) {
  const managementKey = { type, value: factoryManagementKey.value }
  await createVirtualPivCard(newPivCardState({ serialNumber: 0x0123_4567, managementKey }), store)
}
const card = await openVirtualPivCard({ store, randomBytes })
const plugged = await plugIntoVpcd(card)
process.stdout.write('plugged\n')
process.stdin.resume().once('end', () => plugged.unplug())
await plugged.unplugged
await store.close()
