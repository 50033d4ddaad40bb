import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { ApduCard } from '../../../../src/card/apdu/apdu-card.ts'
import { fromHex, toHex } from '../../apdu/hex.ts'
import { refuses } from '../../card-errors.ts'
import { carefulDriverContract, smartCardContract } from '../../smart-card-contract.ts'
import { adminKey, cardId, pin } from '../gids-host.ts'
import { connectionTo, open } from './connected-card.ts'
import { applet, type Habits, oddCard, oldFashioned, taciturn } from './odd-card.ts'

for (const [name, habits] of Object.entries({
  taciturn,
  'old-fashioned': oldFashioned,
  'Java applet': applet,
})) {
  const prepare = async () => prepared(await oddCard(habits), habits)
  smartCardContract(`the GIDS driver with a ${name} card`, prepare)
  carefulDriverContract(`the GIDS driver with a ${name} card`, prepare)

  suite(`a ${name} card`, () => {
    test('that has no curves is left as it was', async () => {
      const odd = await oddCard(habits)
      const card = await open(connectionTo(odd))
      await card.verifyPin(pin)
      for (let time = 0; time <= habits.maximumKeys; time++) {
        await refuses(card.generateKeyPair({ algorithm: 'EC', curve: 'P-256' }), 'unsupported-algorithm')
      }
      const select = await odd.transmit(fromHex('00A4000C02B081'))
      assert.equal(toHex(select), toHex(Uint8Array.of(habits.notFound >> 8, habits.notFound & 0xff)))
      const key = await card.generateKeyPair({ algorithm: 'RSA', keySize: 2048 })
      assert.deepEqual(await card.listKeys(), [key])
    })

    test('proves itself in the mutual authentication', async () => {
      const card = await open(connectionTo(await oddCard(habits)))
      await card.authenticateMutually(adminKey)
      await card.erase()
      await refuses(card.authenticateMutually(new Uint8Array(24).fill(9)), 'wrong-response')
      await refuses(card.erase(), 'security-status-not-satisfied')
    })
  })
}

function prepared(card: ApduCard, { maximumKeys }: Habits) {
  return {
    cardId,
    adminKey,
    pin,
    adminTries: 5,
    pinTries: 5,
    maximumKeys,
    algorithms: [{ algorithm: 'RSA', keySize: 2048 }],
    connect: () => open(connectionTo(card)),
  } as const
}
