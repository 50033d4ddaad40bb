import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { CardError } from '../../../../src/card/card-error.ts'
import { decodeCardState, encodeCardState } from '../../../../src/card/gids/virtual/card-state-encoding.ts'
import { newGidsCardState, personalGidsCardState } from '../../../../src/card/gids/virtual/new-gids-card.ts'
import { openVirtualGidsCard } from '../../../../src/card/gids/virtual/virtual-gids-card.ts'
import { authenticationResponse } from '../../../../src/card/secrets/admin-key.ts'
import { fromHex, toHex } from '../../apdu/hex.ts'
import { MemoryStore } from '../../virtual/memory-store.ts'
import { adminKey, cardId, createKeyFile, type GidsHost, personalCard, pin } from '../gids-host.ts'

const wrongPin = '30303030'

async function authenticateAdministrator(host: GidsHost, key = adminKey): Promise<string> {
  await host.send('002281A403830180')
  const challenge = fromHex((await host.send('00870000047C02810000')).slice(8, -4))
  if (challenge.length !== 8) return ''
  return host.send(`008700000C7C0A8208${toHex(authenticationResponse(key, challenge))}`)
}

suite('the stored state of a card', () => {
  test('comes back as it was', async () => {
    const host = await personalCard()
    await host.verifyPin()
    await host.expect(createKeyFile(0x81, 0x0c), '00440000', '0047000008AC0680010C83018100')
    const content = host.store.content ?? new Uint8Array()
    assert.equal(toHex(encodeCardState(decodeCardState(content))), toHex(content))
  })

  test('of a new card comes back too', () => {
    const state = newGidsCardState({ pinTries: 15, adminTries: 255 })
    assert.deepEqual(decodeCardState(encodeCardState(state)), state)
  })

  test('is refused where it is damaged, without a word of what is in it', () => {
    const content = encodeCardState(personalGidsCardState({ cardId, adminKey, pin }))
    fc.assert(
      fc.property(fc.nat(content.length - 1), fc.integer({ min: 1, max: 255 }), (position, difference) => {
        const damaged = Uint8Array.from(content)
        damaged[position] = (damaged[position] ?? 0) ^ difference
        try {
          decodeCardState(damaged)
        } catch (error) {
          assert.ok(error instanceof CardError && error.code === 'invalid-card-state')
          assert.ok(!error.message.includes(pin))
          assert.equal(error.cause, undefined)
        }
      }),
    )
    for (const bytes of [
      content.subarray(0, -1),
      fromHex(''),
      fromHex('E100'),
      Buffer.concat([content, Buffer.of(0)]),
    ]) {
      assert.throws(() => decodeCardState(bytes), CardError)
    }
  })

  test('is refused with counters above their limit', () => {
    const content = encodeCardState({ ...newGidsCardState(), pinTries: { left: 6, limit: 5 } })
    assert.throws(() => decodeCardState(content), CardError)
  })

  test('must be there', async () => {
    await assert.rejects(
      openVirtualGidsCard({ store: new MemoryStore(), randomBytes: length => new Uint8Array(length) }),
      CardError,
    )
  })

  for (const fault of [
    { pinTries: 0 },
    { pinTries: 16 },
    { adminTries: 1.5 },
    { pin: '123' },
    { pin: 'ünsafe' },
    { adminKey: new Uint8Array(23) },
    { cardId: 'no GUID' },
  ]) {
    test(`is not made with ${JSON.stringify(fault).slice(0, 40)}`, () => {
      assert.throws(() => personalGidsCardState({ cardId, adminKey, pin, ...fault }))
    })
  }
})

suite('a power cut', () => {
  const scenarios: Record<string, (host: GidsHost) => Promise<unknown>> = {
    'a wrong PIN': host => host.send(`0020008004${wrongPin}`),
    'a wrong old PIN': host => host.send(`0024008008${wrongPin}31323334`),
    'a wrong response of the administrator': host => authenticateAdministrator(host, new Uint8Array(24)),
  }
  for (const [what, run] of Object.entries(scenarios)) {
    test(`gives no try for ${what}, whenever it comes`, async () => {
      const host = await personalCard({ pinTries: 1, adminTries: 1 })
      host.store.failsFrom = host.store.saves + 1
      assert.notEqual(await run(host), '9000')
      assert.equal(host.store.saves, host.store.failsFrom, 'the try was to be stored first')
      assert.notEqual(await run(host), '9000', 'a card that cannot store a try compares nothing')
      const restarted = await host.restart()
      await run(restarted)
      const blocked = await restarted.restart()
      const answers = [await blocked.verifyPin(), await authenticateAdministrator(blocked)]
      assert.ok(answers.includes('6983'))
    })
  }

  test('before a right PIN is answered leaves the try spent, never a free one', async () => {
    const host = await personalCard({ pinTries: 3 })
    host.store.failsFrom = host.store.saves + 2
    assert.equal(await host.verifyPin(), '6581')
    assert.equal(await host.send('00200080'), '63C2', 'nor is the PIN verified')
    const restarted = await host.restart()
    assert.equal(await restarted.send('00200080'), '63C2')
    assert.equal(await restarted.verifyPin(), '9000')
    assert.equal(await restarted.pinTries(), '970103930103')
  })

  test('between any two writes of a PIN change leaves the old PIN or the new one', async () => {
    for (let after = 1; after <= 4; after++) {
      const host = await personalCard()
      host.store.failsFrom = host.store.saves + after
      await host.send('002400800C313233343536373839393939')
      const restarted = await host.restart()
      const works = [await restarted.verifyPin(), await restarted.verifyPin('9999')]
      assert.equal(works.filter(answer => answer === '9000').length, 1)
    }
  })

  test('between any two writes of a key’s making leaves a whole key or none', async () => {
    for (let after = 1; after <= 4; after++) {
      const host = await personalCard()
      await host.verifyPin()
      host.store.failsFrom = host.store.saves + after
      let answer = ''
      for (const command of [createKeyFile(0x81, 0x0c), '00440000', '0047000008AC0680010C83018100']) {
        answer = await host.send(command)
      }
      const restarted = await host.restart()
      const read = await restarted.send('00CB3FFF0A700884018 1A5037F498000'.replaceAll(' ', ''))
      if (after === 4) assert.equal(read, answer)
      else assert.match(read, /^6A88$|^6985$/)
    }
  })

  test('is told as a fault of the memory where a change cannot be stored', async () => {
    const host = await personalCard()
    await host.verifyPin()
    host.store.failsFrom = 0
    assert.equal(await host.send('00DBA01004DF220101'), '6581')
    assert.equal(await host.expect('00CBA010045C02DF2200'), 'DF2206000000000000')
  })
})
