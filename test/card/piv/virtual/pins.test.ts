import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { authenticate, generateKey, signDigest } from '../administrator.ts'
import { managementKey, newCard, type PivWire, padded, pin, puk } from '../piv-cards.ts'

const change = (reference: string, current: string, next: string) =>
  `002400${reference}10${padded(current)}${padded(next)}`
const unblock = (key: string, next: string) => `002C008010${padded(key)}${padded(next)}`

suite('the PIN of a PIV card', () => {
  test('is counted, told of without a try, and restored by the right one', async () => {
    const card = await newCard()
    assert.equal(await card.verify(), '63C3')
    assert.equal(await card.verify('000000'), '63C2')
    assert.equal(await card.verify(), '63C2')
    assert.equal(await card.verify(pin), '9000')
    assert.equal(await card.verify(), '9000')
    assert.equal(await card.send('00F7008000'), '0101FF0501010602 0303 9000'.replaceAll(' ', ''))
  })

  test('is blocked after as many wrong ones as there are tries, and then even the right one is refused', async () => {
    const card = await newCard({ pinTries: 2 })
    assert.equal(await card.verify('000000'), '63C1')
    assert.equal(await card.verify('000000'), '63C0')
    assert.equal(await card.verify(pin), '6983')
    assert.equal(await card.verify(), '6983')
    assert.equal(await card.send(change('80', pin, '654321')), '6983')
    await card.expect(unblock(puk, '654321'))
    assert.equal(await card.verify('654321'), '9000')
  })

  test('stays verified until a wrong one, a reset or the host ends that', async () => {
    const card = await newCard()
    const ends = [() => card.verify('000000'), () => card.card.reset(), () => card.send('0020FF80')]
    for (const end of ends) {
      assert.equal(await card.verify(pin), '9000')
      assert.equal(await card.verify(), '9000')
      await end()
      assert.match(await card.verify(), /^63C/)
    }
    assert.equal(await card.verify(pin), '9000')
    await card.expect('00A404000BA000000308000010000100')
    assert.equal(await card.verify(), '9000')
  })

  test('costs no try where the command is not one of the standard', async () => {
    const card = await newCard()
    const odd = ['0020008006313233343536', '0020018008313233343536FFFF', '0020008108313233343536FFFF']
    assert.deepEqual(await Promise.all(odd.map(command => card.send(command))), ['6A80', '6A86', '6A88'])
    assert.equal(await card.verify(), '63C3')
  })

  test('is changed by who knows it, and only into one that the card can hold', async () => {
    const card = await newCard()
    assert.equal(await card.send(change('80', '000000', '654321')), '63C2')
    for (const unfit of ['12345', '12345FFF31323334']) {
      const next = /^\d+$/.test(unfit) ? padded(unfit) : `313233343536FF31`
      assert.equal(await card.send(`0024008010${padded(pin)}${next}`), '6A80')
    }
    await card.expect(change('80', pin, '12345678'))
    assert.equal(await card.verify(pin), '63C2')
    assert.equal(await card.verify('12345678'), '9000')
  })

  test('gets other numbers of tries from an administrator whose holder is there', async () => {
    const card = await newCard()
    assert.equal(await card.send('00FA0504'), '6982')
    await authenticate(card)
    assert.equal(await card.send('00FA0504'), '6982')
    await card.expect(change('80', pin, '654321'))
    assert.equal(await card.send('00FA0004'), '6A86')
    await card.expect('00FA0504')
    assert.equal(await card.verify(), '63C5')
    assert.equal(await card.verify('654321'), '63C4')
    assert.equal(await card.verify(pin), '9000')
    assert.equal((await card.send('00F7008100')).slice(-8), '04049000')
  })
})

suite('the PUK of a PIV card', () => {
  test('is counted and blocked by itself', async () => {
    const card = await newCard()
    assert.equal(await card.send(unblock('00000000', '654321')), '63C2')
    await card.expect(unblock(puk, '654321'))
    assert.equal(await card.send(change('81', '00000000', '87654321')), '63C2')
    assert.equal(await card.send(change('81', '00000000', '87654321')), '63C1')
    assert.equal(await card.send(change('81', '00000000', '87654321')), '63C0')
    assert.equal(await card.send(unblock(puk, pin)), '6983')
    assert.equal(await card.verify('654321'), '9000')
  })

  test('is changed by who knows it', async () => {
    const card = await newCard()
    await card.expect(change('81', puk, '87654321'))
    assert.equal(await card.send(unblock(puk, '654321')), '63C2')
    await card.expect(unblock('87654321', '654321'))
  })

  test('does not verify the PIN that it sets', async () => {
    const card = await newCard()
    await card.verify(pin)
    await card.expect(unblock(puk, '654321'))
    assert.equal(await card.verify(), '63C3')
  })
})

suite('a reset', () => {
  test('is refused while PIN or PUK have a try left', async () => {
    const card = await newCard()
    await block(card)
    const withPuk = await newCard()
    for (let tries = 3; tries > 0; tries--) await withPuk.verify('000000')
    assert.equal(await withPuk.send('00FB0000'), '6985')
    await authenticate(card)
    await card.expect(generateKey('9E', '11'))
    await card.expect('00FB0000')
    assert.equal(await card.send(signDigest('9E', '11')), '6A86')
    assert.equal(await card.send(generateKey('9E', '11')), '6982')
    assert.equal(await card.verify(pin), '9000')
    assert.equal(await card.expect('00F8000000'), '01234567')
  })

  for (const [type, identifier] of [
    ['3DES', '03'],
    ['AES-192', '0A'],
  ] as const) {
    test(`brings back the management key of ${type} that its maker gave it, whatever was set since`, async () => {
      const card = await newCard({ managementKey: { type, value: managementKey } })
      assert.equal(await card.expect('00F7009B00'), `0101${identifier}02020001050101`)
      await authenticate(card, type)
      await card.expect(`00FFFFFF13089B10${'22'.repeat(16)}`)
      assert.equal(await card.expect('00F7009B00'), '01010802020001050100')
      await block(card)
      await (await card.restart()).expect('00FB0000')
      const restarted = await card.restart()
      assert.equal(await restarted.expect('00F7009B00'), `0101${identifier}02020001050101`)
      await authenticate(restarted, type)
    })
  }
})

async function block(card: PivWire): Promise<void> {
  for (let tries = 3; tries > 0; tries--) {
    assert.equal(await card.send('00FB0000'), '6985')
    await card.verify('000000')
    await card.send(unblock('00000000', pin))
  }
}
