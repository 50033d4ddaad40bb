import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import type { CardConnection } from '../../../../src/card/card-connection.ts'
import type { GidsSmartCard } from '../../../../src/card/gids/host/gids-card.ts'
import { fromHex, toHex } from '../../apdu/hex.ts'
import { refusalOf, refuses } from '../../card-errors.ts'
import { authenticate } from '../../smart-card-contract.ts'
import { adminKey, cardId, personalCard, pin } from '../gids-host.ts'
import { connectionTo, open } from './connected-card.ts'

type Answer = (command: Uint8Array, honest: () => Promise<Uint8Array>) => Promise<Uint8Array> | Uint8Array

const curve = { algorithm: 'EC', curve: 'P-256' } as const
const pinStatus = '00CB3FFF045C027F7100'

const readCardId = (card: GidsSmartCard) => card.readCardId()

/** All that a program does with a card, each thing under the conditions that it wants. */
const operations: Readonly<Record<string, (card: GidsSmartCard) => Promise<unknown>>> = {
  readCardId,
  authenticate: card => authenticate(card, adminKey),
  authenticateMutually: card => card.authenticateMutually(adminKey),
  changeAdminKey: async card => {
    await authenticate(card, adminKey)
    await card.changeAdminKey(adminKey)
  },
  setPin: async card => {
    await authenticate(card, adminKey)
    await card.setPin(pin)
  },
  changePin: card => card.changePin(pin, '74193058'),
  use: async card => {
    await card.verifyPin(pin)
    const { keyId } = await card.generateKeyPair(curve)
    await card.sign(keyId, 'SHA-256', new Uint8Array(1))
    await card.writeCertificate(keyId, randomBytes(600))
    await card.readCertificate(keyId)
    await card.listKeys()
    await card.deleteKey(keyId)
  },
  erase: async card => {
    await authenticate(card, adminKey)
    await card.erase()
  },
  initialize: card => card.initialize({ cardId, adminKey, pin }),
}

suite('a card that misbehaves', () => {
  test('gets a clear error for every status word at every command', async () => {
    const words = [
      0x6200, 0x6281, 0x6283, 0x6300, 0x6381, 0x63c0, 0x63c2, 0x6400, 0x6581, 0x6700, 0x6882, 0x6884, 0x6982,
      0x6983, 0x6984, 0x6985, 0x6986, 0x6a80, 0x6a81, 0x6a82, 0x6a84, 0x6a86, 0x6a88, 0x6a89, 0x6b00, 0x6d00,
      0x6e00, 0x6f00, 0x9100,
    ]
    for (const [name, operation] of Object.entries(operations)) {
      for (const word of words) {
        for (let at = 0; ; at++) {
          let count = 0
          const refusal = await attempt(operation, (_, honest) =>
            count++ === at ? Uint8Array.of(word >> 8, word & 0xff) : honest(),
          )
          if (count <= at) break
          assert.match(refusal?.message ?? 'Done.', /[.)]$/, name)
        }
      }
    }
  })

  test('is answered with an error within few commands, whatever it says', async () => {
    const answer = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.uint8Array({ maxLength: 40 }).map(bytes => Uint8Array.from([...bytes, 0x90, 0x00])),
      fc
        .constantFrom('', '90', '9000', '6100', '61FF', '6C10', '6000', '7C00', '7C0281009000', '5FFF9000')
        .map(fromHex),
    )
    const scenario = fc.record({
      name: fc.constantFrom(...Object.keys(operations)),
      from: fc.nat(30),
      answers: fc.array(answer, { minLength: 1, maxLength: 20 }),
    })
    await fc.assert(
      fc.asyncProperty(scenario, async ({ name, from, answers }) => {
        let count = 0
        await attempt(operations[name] ?? assert.fail(), (_, honest) => {
          count += 1
          assert.ok(count < 5_000)
          return count > from ? (answers[count % answers.length] ?? assert.fail()) : honest()
        })
      }),
      { numRuns: 200 },
    )
  })

  test('that promises more for ever, or less than nothing, is left', async () => {
    for (const endless of ['6101', '6C05', 'AA6101', `${'AA'.repeat(256)}6100`]) {
      let count = 0
      const refusal = await attempt(readCardId, (command, honest) => {
        if (toHex(command).startsWith('00A4')) return honest()
        count += 1
        return fromHex(endless)
      })
      assert.ok(refusal !== undefined && count <= 1_100, `${endless}: ${refusal?.code} after ${count}`)
    }
  })

  test('that answers with more than any command can ask for is left', async () => {
    const long = () => Buffer.concat([Buffer.alloc(70_000), Buffer.of(0x90, 0x00)])
    assert.equal((await attempt(readCardId, long))?.code, 'unexpected-answer')
  })

  test('that accepts a wrong mutual proof is found out', async () => {
    const refusal = await attempt(
      card => card.authenticateMutually(adminKey),
      (command, honest) =>
        toHex(command).startsWith('008700002C7C2A82') ? fromHex(`7C2A8228${'5A'.repeat(40)}9000`) : honest(),
    )
    assert.equal(refusal?.code, 'card-not-genuine')
  })

  test('that tells of one try left is sent no PIN, and one that tells of none neither', async () => {
    for (const [left, code] of [
      ['01', 'last-pin-try'],
      ['00', 'pin-blocked'],
    ] as const) {
      const sent: string[] = []
      const refusal = await attempt(
        card => card.verifyPin(pin),
        (command, honest) => {
          const hex = toHex(command)
          sent.push(hex)
          return hex === pinStatus ? fromHex(`7F71069701${left}9301059000`) : honest()
        },
      )
      assert.equal(refusal?.code, code)
      assert.ok(sent.every(hex => !hex.startsWith('0020')))
    }
  })

  test('that takes the PIN for blocked keeps it from being sent again', async () => {
    let verifications = 0
    const card = await misbehaving((command, honest) => {
      const hex = toHex(command)
      if (hex === pinStatus) return fromHex('6A88')
      if (!hex.startsWith('0020')) return honest()
      if (hex.length > 8) verifications += 1
      return fromHex('6983')
    })
    await refuses(card.verifyPin(pin), 'pin-blocked')
    assert.equal(verifications, 0)
  })
})

suite('a card without the application', () => {
  test('is told from its answers, whatever its answer to reset says', async () => {
    for (const answer of ['6A82', '6A86', '6D00', '6E00', '6985', '9000', '6F058403A000009000', 'FFFF9000']) {
      const { card } = await personalCard()
      const connection: CardConnection = {
        ...connectionTo(card),
        transmit: async command => fromHex(toHex(command).startsWith('00A404') ? answer : '6D00'),
      }
      await refuses(open(connection), 'no-such-application')
    }
  })
})

test('a card is known by the name in its file control information, if it says no more', async () => {
  const { card } = await personalCard()
  const answer = (isSelection: boolean) => fromHex(isSelection ? '6F0B8409A000000397425446599000' : '6D00')
  const connection: CardConnection = {
    ...connectionTo(card),
    transmit: async command => answer(toHex(command).startsWith('00A404')),
  }
  const opened = await open(connection)
  assert.equal(await opened.readPinTries(), undefined)
  await refuses(opened.listKeys(), 'command-not-supported')
})

async function attempt(operation: (card: GidsSmartCard) => Promise<unknown>, answer: Answer) {
  return await refusalOf(misbehaving(answer).then(operation))
}

async function misbehaving(answer: Answer): Promise<GidsSmartCard> {
  const { card } = await personalCard()
  const connection = connectionTo(card)
  return await open({
    ...connection,
    transmit: async command => await answer(command, () => connection.transmit(command)),
  })
}
