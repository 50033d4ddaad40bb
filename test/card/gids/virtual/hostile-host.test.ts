import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { decodeCardState } from '../../../../src/card/gids/virtual/card-state-encoding.ts'
import { fromHex, toHex } from '../../apdu/hex.ts'
import { adminKey, createKeyFile, type GidsHost, newCard, personalCard } from '../gids-host.ts'

/** No host of these tests finds it. */
const secretPin = 'correct horse battery staple'

/** Commands that reach deep into the card, to be sent as they are, or damaged. */
const knownCommands = [
  '00A4040009A0000003974254465900',
  '00A4000C023FFF',
  '00A4000402B081',
  '00200080',
  '0020008004 31323334',
  '0024008008 3132333435363738',
  '0024018004 31323334',
  '002C028004 31323334',
  '002281A403830180',
  '0022C1A403830180',
  '002241B606800157840181',
  '00870000047C02810000',
  `00870000147C128110${'11'.repeat(16)}00`,
  '008700000C7C0A82080102030405060708',
  `008700002C7C2A8228${'22'.repeat(40)}00`,
  '00CB3FFF045C027F7100',
  '00CB3FFF0A70088401 81A5037F498000',
  '00CB3FFF0A70088401 80A5037F498000',
  '00CBA000045C02DF1F00',
  '00CBA0120000025C000000',
  '00DBA01009DF2206000000000000',
  `00DB3FFF26 7024 840180 A51F 8718${'00'.repeat(24)} 8803000000`,
  '10DB3FFF06 7024840180A5',
  '0047000008AC0680010C83018100',
  createKeyFile(0x81, 0x0c),
  createKeyFile(0x82, 0x07),
  '00E4000002B081',
  '00E4000002A012',
  '00440000',
  '002A9E9A04010203 0400',
  '002A808604010203 0400',
  '00C0000000',
  '0084000010',
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
  { weight: 2, arbitrary: fc.constantFrom(...knownCommands) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }) },
)
const commands = fc.array(command, { minLength: 1, maxLength: 25 })

async function state(host: GidsHost) {
  return decodeCardState((await host.store.load()) ?? new Uint8Array())
}

function assertAnswer(answer: Uint8Array): void {
  assert.ok(answer.length >= 2, 'a status word at least')
  const [first = 0, second = 0] = answer.subarray(-2)
  assert.ok(first >> 4 === 6 || first === 0x90, 'a status word of the standard')
  assert.notEqual((first << 8) | second, 0x6f00, 'and none that hides a fault of ours')
}

suite('a card whose host sends anything', () => {
  test('answers each command, and gives no try back and no secret out', async () => {
    const host = await personalCard({ pin: secretPin, pinTries: 15, adminTries: 255 })
    await host.verifyPin(secretPin)
    await host.expect(createKeyFile(0x81, 0x0c), '00440000', '0047000008AC0680010C83018100')
    const stored = await state(host)
    const secrets = [toHex(adminKey), toHex(Buffer.from(secretPin))]
    for (const file of stored.files) {
      if (file.kind !== 'key' || file.key?.kind !== 'asymmetric') continue
      const { d = '' } = file.key.privateKey.export({ format: 'jwk' })
      secrets.push(toHex(Buffer.from(d, 'base64url')))
    }
    const content = Uint8Array.from(host.store.content ?? [])
    assert.equal(secrets.length, 3)
    await fc.assert(
      fc.asyncProperty(commands, async sequence => {
        host.store.content = Uint8Array.from(content)
        const attacked = await host.restart()
        let before = await state(attacked)
        for (const bytes of sequence) {
          const answer = await attacked.card.transmit(bytes)
          assertAnswer(answer)
          const hex = toHex(answer)
          assert.ok(!secrets.some(secret => hex.includes(secret.slice(0, 16))), 'a secret came out')
          const after = await state(attacked)
          assert.ok(after.pinTries.left <= before.pinTries.left, 'a PIN try came back')
          assert.ok(after.adminTries.left <= before.adminTries.left, 'an administrator’s try came back')
          assert.equal(after.lifeCycle, 'operational')
          before = after
        }
        assert.deepEqual(before.files, stored.files, 'nobody has proved anything, so nothing has changed')
        assert.equal(toHex(before.pin ?? new Uint8Array()), secrets[1])
      }),
      { numRuns: 300 },
    )
  })

  test('answers each command of a holder who knows the PIN, and keeps what is the administrator’s', async () => {
    const host = await personalCard({ pin: secretPin, pinTries: 15, adminTries: 255 })
    const content = Uint8Array.from(host.store.content ?? [])
    const cardId = await host.expect('00CBA012045C02DF2000')
    await fc.assert(
      fc.asyncProperty(commands, async sequence => {
        host.store.content = Uint8Array.from(content)
        const held = await host.restart()
        for (const bytes of sequence) {
          await held.verifyPin(secretPin)
          const answer = await held.card.transmit(bytes)
          assertAnswer(answer)
          assert.ok(!toHex(answer).includes(toHex(adminKey).slice(0, 16)))
        }
        const restarted = await held.restart()
        assert.equal(await restarted.expect('00CBA012045C02DF2000'), cardId)
        const adminKeys = (await state(restarted)).files.filter(
          file =>
            file.kind === 'key' &&
            file.key?.kind === 'symmetric' &&
            toHex(file.key.value) === toHex(adminKey),
        )
        assert.equal(adminKeys.length, 1)
      }),
      { numRuns: 150 },
    )
  })

  test('answers each command in creation too', async () => {
    await fc.assert(
      fc.asyncProperty(commands, async sequence => {
        const host = await newCard()
        for (const bytes of sequence) assertAnswer(await host.card.transmit(bytes))
        await host.restart()
      }),
      { numRuns: 150 },
    )
  })
})
