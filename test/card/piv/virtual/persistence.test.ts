import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { encodeDataObject, readDataObjects } from '../../../../src/card/apdu/ber-tlv.ts'
import { personalGidsCardState } from '../../../../src/card/gids/virtual/new-gids-card.ts'
import {
  createVirtualGidsCard,
  openVirtualGidsCard,
} from '../../../../src/card/gids/virtual/virtual-gids-card.ts'
import { decodeCardState, encodeCardState } from '../../../../src/card/piv/virtual/card-state-encoding.ts'
import { newPivCardState } from '../../../../src/card/piv/virtual/new-piv-card.ts'
import { openVirtualPivCard } from '../../../../src/card/piv/virtual/virtual-piv-card.ts'
import { personalityOf } from '../../../../src/card/virtual/card-personality.ts'
import { refuses } from '../../card-errors.ts'
import { MemoryStore } from '../../virtual/memory-store.ts'
import { authenticate, generateKey, signDigest } from '../administrator.ts'
import { newCard, type PivWire, padded, pin, puk } from '../piv-cards.ts'

const randomBytes = (length: number) => new Uint8Array(length)

/** Commands that change what is stored, each for a card on which the ones before it have succeeded. */
const changes: readonly [what: string, command: string][] = [
  ['a wrong PIN', `0020008008${padded('000000')}`],
  ['the right PIN', `0020008008${padded(pin)}`],
  ['a new PIN', `0024008010${padded(pin)}${padded('654321')}`],
  ['a wrong PUK', `002C008010${padded('00000000')}${padded('654321')}`],
  ['a new PUK', `0024008110${padded(puk)}${padded('87654321')}`],
  ['an unblocked PIN', `002C008010${padded('87654321')}${padded('123456')}`],
  ['a key', generateKey('9E', '11')],
  ['a moved key', '00F6829E'],
  ['a data object', '00DB3FFF095C035FC1025302AA01'],
  ['an attestation key', generateKey('F9', '11')],
  ['an imported attestation key', `00FE11F9220620${'01'.repeat(32)}`],
  ['a certificate of the attestation key', '00DB3FFF095C035FFF015302AA01'],
  ['a management key', `00FFFFFF130A9B1022${'22'.repeat(15)}`.replace('130A', '1308')],
]

suite('what a PIV card has stored', () => {
  test('is all that was answered, and a refused save changes nothing', async () => {
    for (const [index, [what, command]] of changes.entries()) {
      for (let save = 1; save <= 4; save++) {
        const card = await newCard()
        await authenticate(card)
        for (const [, earlier] of changes.slice(0, index)) await card.send(earlier)
        const before = card.store.content
        card.store.failsFrom = card.store.saves + save
        const answer = await card.send(command)
        const isCut = card.store.saves >= card.store.failsFrom
        if (!isCut) break
        assert.equal(answer, '6581', `${what}, cut at save ${save}`)
        if (save === 1) assert.deepEqual(card.store.content, before)
        const restarted = await card.restart()
        decodeCardState((await restarted.store.load()) ?? new Uint8Array())
      }
    }
  })

  test('has the try spent before the PIN is compared', async () => {
    const card = await newCard()
    card.store.failsFrom = card.store.saves + 2
    assert.equal(await card.verify(pin), '6581')
    const restarted = await card.restart()
    assert.equal(await restarted.verify(), '63C2')
    const cut = await newCard()
    cut.store.failsFrom = cut.store.saves + 1
    assert.equal(await cut.verify(pin), '6581')
    assert.equal(await (await cut.restart()).verify(), '63C3')
  })

  test('comes back as it was, with everything in it', async () => {
    const card = await furnishedCard()
    const content = card.store.content ?? new Uint8Array()
    const state = decodeCardState(content)
    assert.deepEqual(encodeCardState(state), content)
    assert.deepEqual(
      state.keys.map(({ reference, origin }) => [reference, origin]),
      [
        [0xf9, 'generated'],
        [0x9a, 'generated'],
        [0x9e, 'generated'],
      ],
    )
    assert.deepEqual(
      state.objects.map(({ identifier }) => identifier),
      [0x5fff01, 0x5fc102],
    )
    assert.deepEqual(state.pin.tries, { left: 2, limit: 3 })
  })

  test('is read where it was written before a card knew its maker’s management key', async () => {
    for (const type of ['3DES', 'AES-192', 'AES-128'] as const) {
      const value = new Uint8Array(type === 'AES-128' ? 16 : 24).fill(1)
      const state = newPivCardState({ serialNumber: 1, managementKey: { type, value } })
      const [part, ...others] = readDataObjects(encodeCardState(state))
      assert.ok(part !== undefined && others.length === 0)
      const parts = readDataObjects(part.value).filter(({ tag }) => tag !== 0x87)
      const earlier = encodeDataObject(
        part.tag,
        ...parts.map(({ tag, value }) => encodeDataObject(tag, value)),
      )
      assert.equal(earlier.length, encodeCardState(state).length - 3)
      const read = decodeCardState(earlier)
      assert.equal(read.factoryKeyType, type === '3DES' ? '3DES' : 'AES-192')
      assert.deepEqual(read, decodeCardState(encodeCardState(state)))
    }
  })

  test('is refused where it is damaged or another card’s, and nothing of it is told', async () => {
    const { content = new Uint8Array() } = (await furnishedCard()).store
    fc.assert(
      fc.property(fc.nat(content.length - 1), fc.integer({ min: 1, max: 255 }), (position, change) => {
        const damaged = Uint8Array.from(content)
        damaged[position] = (damaged[position] ?? 0) ^ change
        try {
          decodeCardState(damaged)
        } catch (error) {
          assert.ok(error instanceof Error && /^The stored state of the virtual card/.test(error.message))
        }
      }),
    )
    for (let length = 0; length < content.length; length += 7) {
      assert.throws(() => decodeCardState(content.subarray(0, length)), { code: 'invalid-card-state' })
    }
  })

  test('tells which card it is of', async () => {
    assert.equal(personalityOf(encodeCardState(newPivCardState({ serialNumber: 1 }))), 'PIV')
    const store = new MemoryStore()
    const identity = { cardId: '33221100-5544-7766-8899-aabbccddeeff', adminKey: new Uint8Array(24) }
    await createVirtualGidsCard(personalGidsCardState({ ...identity, pin: '12345678' }), store)
    assert.equal(personalityOf(store.content ?? new Uint8Array()), 'GIDS')
    await refuses(openVirtualPivCard({ store, randomBytes }), 'invalid-card-state')
    await refuses(openVirtualGidsCard({ store: (await newCard()).store, randomBytes }), 'invalid-card-state')
    assert.throws(() => personalityOf(new Uint8Array()), { code: 'invalid-card-state' })
    await refuses(openVirtualPivCard({ store: new MemoryStore(), randomBytes }), 'invalid-card-state')
  })
})

test('a new PIV card is refused impossible numbers and secrets', () => {
  for (const serialNumber of [-1, 2 ** 32, 0.5]) {
    assert.throws(() => newPivCardState({ serialNumber }), RangeError)
  }
  for (const pinTries of [0, 256, 1.5]) {
    assert.throws(() => newPivCardState({ serialNumber: 1, pinTries }), RangeError)
  }
  assert.throws(() => newPivCardState({ serialNumber: 1, pin: '12345' }), { code: 'invalid-pin' })
  const short = { type: 'AES-256', value: new Uint8Array(24) } as const
  assert.throws(() => newPivCardState({ serialNumber: 1, managementKey: short }), { code: 'invalid-key' })
})

async function furnishedCard(): Promise<PivWire> {
  const card = await newCard()
  await authenticate(card)
  await card.expect(generateKey('9A', '11'), generateKey('9E', '14'), '00DB3FFF095C035FC1025302AA01')
  assert.match(await card.send(signDigest('9E', '14')), /9000$/)
  await card.verify('000000')
  return card
}
