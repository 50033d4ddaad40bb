// Sends wrong PINs to the PIV card in a file, one after another, and prints each answer:
// piv-guess-pins.ts <file> <key in hexadecimal digits>
import { randomBytes } from 'node:crypto'
import { writeSync } from 'node:fs'
import { openVirtualPivCard } from '../../../src/card/piv/virtual/virtual-piv-card.ts'
import { openEncryptedCardFile } from '../../../src/client/card-reader/encrypted-card-file.ts'

const [, , file = '', key = ''] = process.argv
const store = await openEncryptedCardFile(file, { key: Buffer.from(key, 'hex') })
const card = await openVirtualPivCard({ store, randomBytes })
const wrongPin = Buffer.from('0020008008303030303030FFFF', 'hex')
while (true) {
  const answer = await card.transmit(wrongPin)
  // Written before the next guess begins, so that what was answered is what the test has read.
  writeSync(1, `${Buffer.from(answer).toString('hex')}\n`)
}
