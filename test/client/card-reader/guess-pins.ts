// Sends wrong PINs to the card in a file, one after another, and prints each answer: guess-pins.ts <file> <key>
import { randomBytes } from 'node:crypto'
import { writeSync } from 'node:fs'
import { openVirtualGidsCard } from '../../../src/card/gids/virtual/virtual-gids-card.ts'
import { openEncryptedCardFile } from '../../../src/client/card-reader/encrypted-card-file.ts'

const [, , file = '', key = ''] = process.argv
const store = await openEncryptedCardFile(file, { key: Buffer.from(key, 'hex') })
const card = await openVirtualGidsCard({ store, randomBytes })
const wrongPin = Buffer.from('002000800430303030', 'hex')
while (true) {
  const answer = await card.transmit(wrongPin)
  // Written before the next guess begins, so that what was answered is what the test has read.
  writeSync(1, `${Buffer.from(answer).toString('hex')}\n`)
}
