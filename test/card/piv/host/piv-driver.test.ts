import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { suite, test } from 'node:test'
import type { ApduCard } from '../../../../src/card/apdu/apdu-card.ts'
import { openPivCard } from '../../../../src/card/piv/host/open-piv-card.ts'
import { refuses } from '../../card-errors.ts'
import { authenticate } from '../administrator.ts'
import { connectTo, managementKey, newCard, tripleDesKey } from '../piv-cards.ts'
import { ForeignPivCard } from './foreign-piv-card.ts'
import { type CardUnderTest, pivCardContract } from './piv-card-contract.ts'

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

test('a caller who knows the type of the management key saves the card the question', async () => {
  const card = observed(new ForeignPivCard((await newCard({ managementKey: tripleDesKey })).card))
  const told = await openPivCard(card.connect(), { randomBytes, managementKeyType: '3DES' })
  await told.requestChallenge()
  assert.equal(card.commands.length, 2)
  const mistaken = await openPivCard(card.connect(), { randomBytes, managementKeyType: 'AES-128' })
  await refuses(mistaken.requestChallenge(), 'command-refused')
})

test('an identity that a card has is left as it is', async () => {
  const wire = await newCard({ managementKey: tripleDesKey })
  await authenticate(wire, '3DES')
  const guid = '00112233445566778899AABBCCDDEEFF'
  await wire.expect(`00DB3FFF195C035FC1025312 3410${guid}`)
  const card = await openPivCard(connectTo(new ForeignPivCard(wire.card)), { randomBytes })
  assert.equal(await card.readCardId(), '00112233-4455-6677-8899-aabbccddeeff')
  await card.authenticateMutually(managementKey)
  assert.equal(await card.initialize(), '00112233-4455-6677-8899-aabbccddeeff')
  assert.equal(await wire.expect('00CB3FFF055C035FC10200'), `53123410${guid}`)
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
