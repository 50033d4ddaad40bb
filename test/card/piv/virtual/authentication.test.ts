import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  managementKeyCiphers,
  managementKeyResponse,
  managementKeyTypes,
  managementKeyWitness,
} from '../../../../src/card/secrets/management-key.ts'
import { byte, fromHex, toHex } from '../../apdu/hex.ts'
import { authenticate, generateKey, respond } from '../administrator.ts'
import { managementKey, newCard, type PivWire } from '../piv-cards.ts'

const isAdministrator = async (card: PivWire) => (await card.send('00DB3FFF095C035FC1025302AA01')) === '9000'
const askChallenge = '00870A9B047C02810000'
const askWitness = '00870A9B047C02800000'

function proveWitness(witness: Uint8Array, challenge: string): string {
  return `00870A9B267C248010${toHex(witness)}8110${challenge}00`
}

suite('the administrator of a PIV card', () => {
  for (const type of managementKeyTypes) {
    test(`is authenticated by a key of ${type}, alone and mutually`, async () => {
      const { keyLength, identifier, challengeLength } = managementKeyCiphers[type]
      const value = Uint8Array.from({ length: keyLength }, (_, index) => index + 1)
      const card = await newCard({ managementKey: { type, value } })
      assert.equal(await isAdministrator(card), false)
      await authenticate(card, type, value)
      assert.ok(await isAdministrator(card))

      await card.card.reset()
      assert.equal(await isAdministrator(card), false)
      const begin = `0087${byte(identifier)}9B`
      const witness = fromHex((await card.expect(`${begin}047C02800000`)).slice(8))
      const challenge = new Uint8Array(challengeLength).fill(0x5a)
      const objects = [
        [0x80, managementKeyWitness(type, value, witness)],
        [0x81, challenge],
      ] as const
      const inner = objects.map(([tag, block]) => byte(tag) + byte(block.length) + toHex(block)).join('')
      const template = `7C${byte(inner.length / 2)}${inner}`
      const answer = await card.expect(`${begin}${byte(template.length / 2)}${template}00`)
      assert.equal(answer.slice(8), toHex(managementKeyResponse(type, value, challenge)))
      assert.ok(await isAdministrator(card))
    })
  }

  test('is asked for the algorithm of the key that the card has', async () => {
    const card = await newCard()
    for (const other of ['00', '03', '08', '0C', '07']) {
      assert.equal(await card.send(`0087${other}9B047C02810000`), '6A86')
    }
    const older = await newCard({ managementKey: { type: '3DES', value: managementKey } })
    assert.match(await older.send('0087009B047C02810000'), /^7C0A8108.{16}9000$/)
  })

  test('has one response for each challenge, and ends with a wrong one', async () => {
    const card = await newCard()
    await authenticate(card)
    const challenge = fromHex((await card.expect(askChallenge)).slice(8))
    const right = respond('AES-192', managementKeyResponse('AES-192', managementKey, challenge))
    assert.equal(await card.send(respond('AES-192', challenge)), '6982')
    assert.equal(await isAdministrator(card), false)
    assert.equal(await card.send(right), '6A80')
    assert.equal(await isAdministrator(card), false)
    await card.expect(askChallenge)
    assert.equal(await card.send(respond('AES-192', challenge.subarray(0, 8))), '6A80')
  })

  test('is not whoever answers one authentication with the other', async () => {
    const card = await newCard()
    const witness = fromHex((await card.expect(askWitness)).slice(8))
    const opened = managementKeyWitness('AES-192', managementKey, witness)
    assert.equal(await card.send(respond('AES-192', witness)), '6A80')
    const challenge = fromHex((await card.expect(askChallenge)).slice(8))
    assert.equal(await card.send(proveWitness(challenge, '00'.repeat(16))), '6A80')
    assert.equal(await card.send(proveWitness(opened, '00'.repeat(16))), '6A80')
    assert.equal(await isAdministrator(card), false)
  })

  test('gets nothing encrypted before having proved the key', async () => {
    const card = await newCard()
    const block = '11'.repeat(16)
    assert.equal(await card.send(`00870A9B167C148200 8110${block}00`), '6A80')
    assert.equal(await card.send(`00870A9B147C128110${block}00`), '6A80')
    await card.expect(askWitness)
    assert.equal(await card.send(proveWitness(new Uint8Array(16), block)), '6982')
    assert.equal(await isAdministrator(card), false)
  })

  test('replaces the key by one of any type, which then alone is right', async () => {
    const card = await newCard()
    const set = (algorithm: string, key: string) =>
      `00FFFFFF${byte(3 + key.length / 2)}${algorithm}9B${byte(key.length / 2)}${key}`
    assert.equal(await card.send(set('08', '22'.repeat(16))), '6982')
    await authenticate(card)
    assert.equal(await card.send(set('08', '22'.repeat(24))), '6A80')
    assert.equal(await card.send(set('07', '22'.repeat(16))), '6A80')
    assert.equal(await card.send(set('08', '22'.repeat(16)).replace('FFFFFF', 'FFFFFE')), '6A81')
    await card.expect(set('08', '22'.repeat(16)))
    const restarted = await card.restart()
    assert.equal(await restarted.send(askChallenge), '6A86')
    await authenticate(restarted, 'AES-128', fromHex('22'.repeat(16)))
    assert.equal(await restarted.send('00F7009B00'), '01010802020001050100 9000'.replaceAll(' ', ''))
  })

  test('alone makes, puts in, moves and deletes keys, and writes data objects', async () => {
    const card = await newCard()
    await card.verify('123456')
    const commands = [
      generateKey('9A', '11'),
      `00FE119A220620${'01'.repeat(32)}`,
      '00F6FF9A',
      '00DB3FFF095C035FC1025302AA01',
    ]
    assert.deepEqual(await Promise.all(commands.map(command => card.send(command))), Array(4).fill('6982'))
  })
})
