import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { CardError } from '../../../../src/card/card-error.ts'
import { openPivCard } from '../../../../src/card/piv/host/open-piv-card.ts'
import type { PivCard } from '../../../../src/card/piv/host/piv-card.ts'
import { fromHex, toHex } from '../../apdu/hex.ts'
import { refuses } from '../../card-errors.ts'
import { certificateFor } from '../certificate.ts'
import { connectTo, managementKey, newCard, padded, pin, puk } from '../piv-cards.ts'

const p256 = { algorithm: 'EC', curve: 'P-256' } as const
const message = Buffer.from('a message')

const operations: readonly ((card: PivCard) => Promise<unknown>)[] = [
  card => card.readCardId(),
  card => card.readSerialNumber(),
  card => card.readManagementKeyType(),
  card => card.requestChallenge(),
  card => card.authenticateMutually(managementKey),
  card => card.initialize(),
  card => card.generateKeyPair(p256),
  card => card.generateKeyPair({ algorithm: 'RSA', keySize: 2048 }, '9e'),
  card => card.sign('9a', 'SHA-256', message),
  card => card.listKeys(),
  card => card.readCertificate('9a'),
  card => card.attestKey('9a'),
  card => card.readAttestationCertificate(),
  card => card.deleteKey('9a'),
  card => card.setManagementKey('AES-128', new Uint8Array(16)),
  card => card.readPinTries(),
  card => card.readPukTries(),
  card => card.verifyPin('111111'),
  card => card.changePuk('11111111', '22222222'),
  card => card.unblockPin('33333333', '444444'),
]

/** Every status word of ISO/IEC 7816-4, tables 5 and 6, and some that are in no table. */
const statusWords = [
  ...[0x9000, 0x6101, 0x61ff, 0x6100, 0x6200, 0x6281, 0x6282, 0x6283, 0x6284, 0x6285, 0x6286, 0x6300],
  ...[0x6381, 0x63c0, 0x63c1, 0x63cf, 0x6400, 0x6401, 0x6500, 0x6581, 0x6600, 0x6700, 0x6800, 0x6881],
  ...[0x6882, 0x6883, 0x6884, 0x6900, 0x6981, 0x6982, 0x6983, 0x6984, 0x6985, 0x6986, 0x6987, 0x6988],
  ...[0x6a00, 0x6a80, 0x6a81, 0x6a82, 0x6a83, 0x6a84, 0x6a85, 0x6a86, 0x6a87, 0x6a88, 0x6a89, 0x6a8a],
  ...[0x6b00, 0x6c00, 0x6c10, 0x6d00, 0x6e00, 0x6f00, 0x6fff, 0x9100, 0x6999],
]

/** A card of ours whose answers are replaced from some command on. */
async function openWith(
  replace: (command: Uint8Array, answer: Uint8Array, position: number) => Uint8Array,
): Promise<{ card: PivCard; sent: Uint8Array[] }> {
  const wire = await newCard()
  const sent: Uint8Array[] = []
  let isTrue = true
  const connection = {
    ...connectTo(wire.card),
    async transmit(command: Uint8Array) {
      sent.push(Uint8Array.from(command))
      const answer = await wire.card.transmit(command)
      return isTrue ? answer : replace(command, answer, sent.length)
    },
  }
  const card = await openPivCard(connection, { randomBytes })
  await card.authenticateMutually(managementKey)
  const key = await card.generateKeyPair(p256)
  await card.writeCertificate('9a', certificate ?? new Uint8Array()).catch(() => undefined)
  await card.verifyPin(pin)
  assert.equal(key.keyId, '9a')
  isTrue = false
  sent.length = 0
  return { card, sent }
}

let certificate: Uint8Array | undefined

/** Settles, with a refusal that says what it is or with a result. */
async function settles(operation: Promise<unknown>): Promise<void> {
  try {
    await operation
  } catch (error) {
    assert.ok(error instanceof CardError, String(error))
    assert.ok(error.message.length > 15, error.stack)
    assert.notEqual(error.code, 'invalid-tlv')
    assert.notEqual(error.code, 'invalid-apdu')
    for (const secret of ['111111', '11111111', toHex(managementKey)]) {
      assert.ok(!error.message.includes(secret))
    }
  }
}

suite('the driver, before a PIV card that', () => {
  test('answers any status word to anything, gives up clearly and soon', async () => {
    for (const word of statusWords) {
      const answer = fromHex(word.toString(16).padStart(4, '0'))
      const { card, sent } = await openWith(() => answer)
      for (const operation of operations) {
        const before = sent.length
        await settles(operation(card))
        assert.ok(sent.length - before <= 200, `${word.toString(16)}: ${sent.length - before} commands`)
      }
    }
  })

  test('answers garbage, is told from one that works', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(operations.length - 1),
        fc.infiniteStream(
          fc.oneof(
            fc.uint8Array({ maxLength: 40 }),
            fc.uint8Array({ maxLength: 40 }).map(data => Uint8Array.from([...data, 0x90, 0x00])),
          ),
        ),
        async (index, answers) => {
          const { card, sent } = await openWith(() => answers.next().value ?? new Uint8Array())
          await settles(operations[index]?.(card) ?? Promise.resolve())
          assert.ok(sent.length <= 1_500)
        },
      ),
      { numRuns: 100 },
    )
  })

  test('damages or shortens its answers, is not believed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(operations.length - 1),
        fc.nat(300),
        fc.integer({ min: 0, max: 255 }),
        fc.boolean(),
        async (index, position, change, isShortened) => {
          const { card, sent } = await openWith((_command, answer) => {
            const at = position % Math.max(1, answer.length - 2)
            if (isShortened) return Uint8Array.from([...answer.subarray(0, at), ...answer.subarray(-2)])
            const damaged = Uint8Array.from(answer)
            damaged[at] = (damaged[at] ?? 0) ^ change
            return damaged
          })
          await settles(operations[index]?.(card) ?? Promise.resolve())
          assert.ok(sent.length <= 1_500)
        },
      ),
      { numRuns: 200 },
    )
  })

  test('never ends its answer, stops listening', async () => {
    for (const endless of [`${'53'.repeat(256)}6100`, '536101', '61FF']) {
      const { card, sent } = await openWith(() => fromHex(endless))
      await refuses(card.readCertificate('9a'), 'unexpected-answer')
      assert.ok(sent.length <= 1_100)
    }
  })

  test('asks for a command again and again, repeats no PIN', async () => {
    for (const word of ['6C08', '6C00', '6700', '6F00', '6581', '610A', '63C2', '']) {
      const { card, sent } = await openWith((command, answer) =>
        command[1] === 0x20 && command.length > 5 ? fromHex(word) : answer,
      )
      await settles(card.verifyPin('111111'))
      await refuses(card.verifyPin('111111'), 'pin-refused-before')
      await refuses(card.changePin('111111', '222222'), 'pin-refused-before')
      const presented = sent.filter(command => toHex(command).includes(padded('111111')))
      assert.equal(presented.length, 1, word)
    }
  })

  test('counts wrong PINs without end, is not reset for ever', async () => {
    const { card, sent } = await openWith((command, answer) =>
      command[1] === 0x20 && command.length > 5 ? fromHex('63C3') : answer,
    )
    await refuses(card.reset(), 'unexpected-answer')
    assert.ok(sent.length < 300)
  })

  test('accepts a management key without proving it, is not genuine', async () => {
    const { card } = await openWith((command, answer) => {
      const isProof = command[1] === 0x87 && answer.length === 22 && answer[2] === 0x82
      return isProof ? Uint8Array.from(answer, (byte, index) => (index === 10 ? byte ^ 1 : byte)) : answer
    })
    await refuses(card.authenticateMutually(managementKey), 'card-not-genuine')
    await refuses(card.erase(), 'security-status-not-satisfied')
  })

  test('signs something else, is found out', async () => {
    let isFirst = true
    let earlier = new Uint8Array()
    const { card } = await openWith((command, answer) => {
      if (command[1] !== 0x87) return answer
      if (isFirst) earlier = Uint8Array.from(answer)
      isFirst = false
      return earlier
    })
    await card.sign('9a', 'SHA-256', message)
    await refuses(card.sign('9a', 'SHA-256', Buffer.from('another')), 'unexpected-answer')
  })

  test('has no PIV application, is left alone', async () => {
    for (const answer of ['6A82', '6D00', '9000', '6F108408A0000000030000009000', `6104 4F020102 9000`]) {
      let commands = 0
      const connection = {
        answerToReset: '3b00',
        transmit: async () => {
          commands += 1
          return fromHex(answer)
        },
        disconnect: async () => undefined,
      }
      const opened = openPivCard(connection, { randomBytes })
      if (answer.startsWith('6104')) await opened
      else await refuses(opened, 'no-such-application')
      assert.equal(commands, 1)
    }
  })
})

test('unblocking is one command that carries the PUK, and the PIN goes in another', async () => {
  const { card, sent } = await openWith((_command, answer) => answer)
  await card.unblockPin(puk, '654321')
  assert.equal(sent.filter(command => toHex(command).includes(padded(puk))).length, 1)
  certificate = certificateFor((await card.generateKeyPair(p256, '9a')).publicKey)
  await card.writeCertificate('9a', certificate)
})
