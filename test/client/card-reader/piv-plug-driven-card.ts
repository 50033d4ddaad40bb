// Lets our driver personalise a new PIV card and plugs it into vpcd's reader, until its input ends.
import { randomBytes } from 'node:crypto'
import { openPivCard } from '../../../src/card/piv/host/open-piv-card.ts'
import { plugIntoVpcd } from '../../../src/client/card-reader/vpcd-connection.ts'
import { certificateFor } from '../../card/piv/certificate.ts'
import { connectTo, managementKey, newCard, pin, puk, tripleDesKey } from '../../card/piv/piv-cards.ts'

const { card } = await newCard({ managementKey: tripleDesKey })
const driver = await openPivCard(connectTo(card), { randomBytes })
await driver.authenticateMutually(managementKey)
await driver.initialize()
for (const [keyId, algorithm] of [
  ['9a', { algorithm: 'RSA', keySize: 2048 }],
  ['9c', { algorithm: 'EC', curve: 'P-256' }],
] as const) {
  const { publicKey } = await driver.generateKeyPair(algorithm, keyId)
  await driver.writeCertificate(keyId, certificateFor(publicKey))
}
await driver.changePin(pin, '654321')
await driver.changePuk(puk, '87654321')
await driver.setManagementKey('3DES', Buffer.from('a1a2a3a4a5a6a7a8b1b2b3b4b5b6b7b8c1c2c3c4c5c6c7c8', 'hex'))
await driver.disconnect()
const plugged = await plugIntoVpcd(card)
process.stdout.write('plugged\n')
process.stdin.resume().once('end', () => plugged.unplug())
await plugged.unplugged
