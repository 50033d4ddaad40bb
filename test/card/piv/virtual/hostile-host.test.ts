import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { decodeCardState } from '../../../../src/card/piv/virtual/card-state-encoding.ts'
import { fromHex, toHex } from '../../apdu/hex.ts'
import { authenticate, generateKey, signDigest } from '../administrator.ts'
import { newCard, type PivWire, padded } from '../piv-cards.ts'

/** No host of these tests finds them. */
const secretPin = 'q7$kX2!z'
const secretPuk = 'W4;pL9^c'
const secretKey = Uint8Array.from({ length: 24 }, (_, index) => (index * 91 + 17) & 0xff)

/** Commands that reach deep into the card, to be sent as they are, or damaged. */
const knownCommands = [
  '00A404000BA000000308000010000100',
  '00200080',
  `0020008008${padded('123456')}`,
  '0020FF80',
  `0024008010${padded('123456')}${padded('654321')}`,
  `0024008110${padded('12345678')}${padded('87654321')}`,
  `002C008010${padded('12345678')}${padded('654321')}`,
  generateKey('9A', '11'),
  generateKey('9E', '14'),
  '00870A9B047C02810000',
  '00870A9B047C02800000',
  `00870A9B147C128210${'11'.repeat(16)}00`,
  `00870A9B267C248010${'11'.repeat(16)}8110${'22'.repeat(16)}00`,
  signDigest('9A', '11'),
  signDigest('9E', '11'),
  `0087119D477C458200854104${'11'.repeat(64)}00`,
  '00CB3FFF035C017E00',
  '00CB3FFF055C035FC10200',
  '00CB3FFF055C035FC10900',
  '00DB3FFF095C035FC1025302AA01',
  '10DB3FFF095C035FC1025302AA01',
  '00F7008000',
  '00F7009B00',
  '00F7009E00',
  '00F8000000',
  '00F99A0000',
  '00F99E0000',
  '00F9F90000',
  '00F700F900',
  signDigest('F9', '11'),
  generateKey('F9', '11'),
  '00CB3FFF055C035FFF0100',
  '00DB3FFF095C035FFF015302AA01',
  '00FD000000',
  '00FA0303',
  '00FB0000',
  '00F6829E',
  '00F6FF9E',
  `00FE119A220620${'01'.repeat(32)}`,
  `00FFFFFF1B0A9B18${'33'.repeat(24)}`,
  '00C0000000',
].map(fromHex)

const damaged = fc
  .tuple(fc.constantFrom(...knownCommands), fc.array(fc.tuple(fc.nat(80), fc.nat(255)), { maxLength: 3 }))
  .map(([command, changes]) => {
    const bytes = Uint8Array.from(command)
    for (const [position, value] of changes) {
      // Class and length are left alone more often than not: what is refused there goes no deeper.
      if (position > 0 && position < bytes.length && position !== 4) bytes[position] = value
    }
    return bytes
  })
const command = fc.oneof(
  { weight: 8, arbitrary: damaged },
  { weight: 4, arbitrary: fc.constantFrom(...knownCommands) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }) },
)
const commands = fc.array(command, { minLength: 1, maxLength: 25 })

async function secretCard(): Promise<PivWire> {
  const card = await newCard({
    pin: secretPin,
    puk: secretPuk,
    managementKey: { type: 'AES-192', value: secretKey },
    pinTries: 15,
    pukTries: 15,
  })
  await authenticate(card, 'AES-192', secretKey)
  await card.expect(generateKey('9A', '11'), generateKey('9E', '11'), '00DB3FFF095C035FC1095302AA01')
  return card
}

async function state(card: PivWire) {
  return decodeCardState((await card.store.load()) ?? new Uint8Array())
}

async function secretsOf(card: PivWire): Promise<string[]> {
  const { pin, puk, managementKey, keys } = await state(card)
  const scalars = keys.map(({ privateKey }) =>
    Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url'),
  )
  return [pin.value, puk.value, managementKey.value, ...scalars].map(secret => toHex(secret).slice(0, 16))
}

function assertAnswer(answer: Uint8Array): void {
  assert.ok(answer.length >= 2, 'a status word at least')
  const [first = 0, second = 0] = answer.subarray(-2)
  assert.ok(first >> 4 === 6 || first === 0x90, 'a status word of the standard')
  assert.notEqual((first << 8) | second, 0x6f00, 'and none that hides a fault of ours')
}

suite('a PIV card whose host sends anything', () => {
  test('answers each command, gives no try back and no secret out, and changes nothing', async () => {
    const card = await secretCard()
    const stored = card.store.content
    const secrets = await secretsOf(card)
    assert.equal(new Set(secrets).size, 6)
    await fc.assert(
      fc.asyncProperty(commands, async sequence => {
        card.store.content = stored && Uint8Array.from(stored)
        const attacked = await card.restart()
        let before = await state(attacked)
        const { keys, objects } = before
        for (const bytes of sequence) {
          const answer = await attacked.card.transmit(bytes)
          assertAnswer(answer)
          assert.ok(!secrets.some(secret => toHex(answer).includes(secret)), 'a secret came out')
          const after = await state(attacked)
          assert.ok(after.pin.tries.left <= before.pin.tries.left, 'a PIN try came back')
          assert.ok(after.puk.tries.left <= before.puk.tries.left, 'a PUK try came back')
          before = after
        }
        assert.deepEqual(before.objects, objects)
        assert.deepEqual(
          before.keys.map(key => key.reference),
          keys.map(key => key.reference),
        )
        assert.deepEqual(await secretsOf(attacked), secrets)
      }),
      { numRuns: 300 },
    )
  })

  test('answers each command of an administrator, who still finds no PIN and takes no key out', async () => {
    const card = await secretCard()
    const stored = card.store.content
    const secrets = await secretsOf(card)
    await fc.assert(
      fc.asyncProperty(commands, async sequence => {
        card.store.content = stored && Uint8Array.from(stored)
        const held = await card.restart()
        await authenticate(held, 'AES-192', secretKey)
        let left = 15
        for (const bytes of sequence) {
          const answer = await held.card.transmit(bytes)
          assertAnswer(answer)
          assert.ok(!secrets.some(secret => toHex(answer).includes(secret)), 'a secret came out')
          const { pin, puk } = await state(held)
          assert.ok(pin.tries.left <= left, 'a PIN try came back')
          left = pin.tries.left
          assert.equal(toHex(pin.value), padded(secretPin))
          assert.equal(toHex(puk.value), padded(secretPuk))
        }
        await held.restart()
      }),
      { numRuns: 150 },
    )
  })

  test('answers each command of a holder who knows the PIN, and keeps what is the administrator’s', async () => {
    const card = await secretCard()
    const stored = card.store.content
    const secrets = await secretsOf(card)
    await fc.assert(
      fc.asyncProperty(commands, async sequence => {
        card.store.content = stored && Uint8Array.from(stored)
        const held = await card.restart()
        for (const bytes of sequence) {
          await held.verify(secretPin)
          const answer = await held.card.transmit(bytes)
          assertAnswer(answer)
          assert.ok(!secrets.some(secret => toHex(answer).includes(secret)), 'a secret came out')
        }
        const { managementKey, keys, objects } = await state(held)
        assert.deepEqual(managementKey.value, secretKey)
        assert.equal(keys.length, 3)
        assert.equal(objects.length, 2)
      }),
      { numRuns: 150 },
    )
  })
})
