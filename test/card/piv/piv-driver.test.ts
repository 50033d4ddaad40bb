import { suite } from 'node:test'
import type { ApduCard } from '../../../src/card/apdu/apdu-card.ts'
import { ForeignPivCard } from './foreign-piv-card.ts'
import { type CardUnderTest, pivCardContract } from './piv-card-contract.ts'
import { connectTo, newCard, tripleDesKey } from './piv-cards.ts'

suite('a PIV card of ours, driven', () => {
  pivCardContract(async () => observed((await newCard()).card), {
    managementKeyType: 'AES-192',
    extensions: true,
  })
})

suite('a PIV card of another kind, driven', () => {
  const foreign = async () =>
    observed(new ForeignPivCard((await newCard({ managementKey: tripleDesKey })).card))
  pivCardContract(foreign, { managementKeyType: '3DES', extensions: false })
})

function observed(card: ApduCard): CardUnderTest {
  const commands: Uint8Array[] = []
  return {
    commands,
    connect: () => ({
      ...connectTo(card),
      transmit(command) {
        commands.push(Uint8Array.from(command))
        return card.transmit(command)
      },
    }),
  }
}
