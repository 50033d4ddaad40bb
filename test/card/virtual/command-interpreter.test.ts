import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { CommandApdu } from '../../../src/card/apdu/command-apdu.ts'
import { CardError } from '../../../src/card/card-error.ts'
import { CommandInterpreter } from '../../../src/card/virtual/command-interpreter.ts'
import { CommandRefusal } from '../../../src/card/virtual/command-refusal.ts'
import { fromHex, toHex } from '../apdu/hex.ts'

/** A card that answers with as many bytes as P1P2 says and notes what came. */
function card() {
  const seen: { ins: number; data: string }[] = []
  const interpreter = new CommandInterpreter(async (command: CommandApdu) => {
    seen.push({ ins: command.ins, data: toHex(command.data) })
    const data = Uint8Array.from({ length: (command.p1 << 8) | command.p2 }, (_, index) => index)
    return { data, statusWord: 0x9000 }
  })
  const send = async (hex: string) => toHex(await interpreter.transmit(fromHex(hex)))
  return { seen, interpreter, send }
}

suite('a card’s side of the transport of commands', () => {
  test('gives no more data than the command expects, and the rest by GET RESPONSE', async () => {
    const { send } = card()
    const first = await send('00B0020500')
    assert.equal(first.length, 2 * 258)
    assert.equal(first.slice(-4), '6100', 'more than 255 bytes remain')
    assert.equal((await send('00C0000000')).slice(-4), '6105')
    assert.equal(await send('00C0000005'), '00010203049000')
    assert.equal(await send('00C0000005'), '6985', 'nothing remains')
  })

  test('gives all at once to an extended command', async () => {
    const { send } = card()
    assert.equal((await send('00B00205000000')).length, 2 * (0x205 + 2))
  })

  test('gives no data to a command that expects none', async () => {
    const { send } = card()
    assert.equal(await send('00B00005'), '9000')
    assert.equal(await send('00C0000005'), '6985')
  })

  test('drops the rest of an answer when another command comes', async () => {
    const { send } = card()
    assert.equal(await send('00B0000501'), '006104')
    await send('00B00000')
    assert.equal(await send('00C0000004'), '6985')
  })

  test('refuses GET RESPONSE with parameters or without a length', async () => {
    const { send } = card()
    await send('00B0000501')
    assert.equal(await send('00C0000104'), '6A86')
    assert.equal(await send('00C00000'), '6700')
  })

  test('joins a chain into one command', async () => {
    const { send, seen } = card()
    assert.equal(await send('10DB000002AABB'), '9000')
    assert.equal(await send('10DB000001CC'), '9000')
    assert.equal(await send('00DB000002DDEE'), '9000')
    assert.deepEqual(seen, [{ ins: 0xdb, data: 'AABBCCDDEE' }])
  })

  test('forgets a chain that another command breaks', async () => {
    const { send, seen } = card()
    await send('10DB000002AABB')
    await send('00A40000')
    await send('00DB000001CC')
    assert.deepEqual(seen, [
      { ins: 0xa4, data: '' },
      { ins: 0xdb, data: 'CC' },
    ])
  })

  test('forgets a chain when it is reset', async () => {
    const { send, seen, interpreter } = card()
    await send('10DB000002AABB')
    await interpreter.reset(() => undefined)
    await send('00DB000001CC')
    assert.deepEqual(seen, [{ ins: 0xdb, data: 'CC' }])
  })

  test('refuses a chain without end before it fills the memory', async () => {
    const { interpreter, seen, send } = card()
    const part = fromHex(`10DB0000FF${'00'.repeat(255)}`)
    let answers = 0
    while (toHex(await interpreter.transmit(part)) === '9000') answers += 1
    assert.equal(answers, Math.floor(32_768 / 255))
    assert.equal(await send('00DB000001CC'), '9000', 'and starts afresh')
    assert.deepEqual(seen, [{ ins: 0xdb, data: 'CC' }])
  })

  for (const { what, command, answer } of [
    { what: 'secure messaging', command: '0CA40000', answer: '6882' },
    { what: 'another logical channel', command: '01A40000', answer: '6881' },
    { what: 'a proprietary class', command: '80CA0000', answer: '6E00' },
    { what: 'the class FF', command: 'FFA40000', answer: '6E00' },
    { what: 'a command that is cut short', command: '00A404', answer: '6700' },
    { what: 'no bytes at all', command: '', answer: '6700' },
  ]) {
    test(`answers ${answer} to ${what}`, async () => assert.equal(await card().send(command), answer))
  }

  for (const { thrown, answer } of [
    { thrown: new CommandRefusal(0x6a82), answer: '6A82' },
    { thrown: new CardError('invalid-tlv', 'malformed'), answer: '6A80' },
    { thrown: new TypeError('a fault of ours'), answer: '6F00' },
  ]) {
    test(`answers ${answer} where the application throws ${thrown.name}`, async () => {
      const interpreter = new CommandInterpreter(() => Promise.reject(thrown))
      assert.equal(toHex(await interpreter.transmit(fromHex('00A40000'))), answer)
    })
  }

  test('carries out commands one after another', async () => {
    const order: number[] = []
    const interpreter = new CommandInterpreter(async ({ p1 }) => {
      order.push(p1)
      await new Promise(resolve => setImmediate(resolve))
      order.push(p1)
      return { data: new Uint8Array(), statusWord: 0x9000 }
    })
    await Promise.all(['00B00100', '00B00200'].map(hex => interpreter.transmit(fromHex(hex))))
    assert.deepEqual(order, [1, 1, 2, 2])
  })

  test('overwrites a command’s data after its answer', async () => {
    let kept = fromHex('FF')
    const interpreter = new CommandInterpreter(async ({ data }) => {
      kept = data
      return { data: new Uint8Array(), statusWord: 0x9000 }
    })
    await interpreter.transmit(fromHex('002000800431323334'))
    assert.equal(toHex(kept), '00000000')
    await interpreter.transmit(fromHex('10200080023132'))
    await interpreter.transmit(fromHex('00200080023334'))
    assert.equal(toHex(kept), '00000000')
  })
})
