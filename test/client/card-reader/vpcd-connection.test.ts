import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { suite, type TestContext, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { ApduCard } from '../../../src/card/apdu/apdu-card.ts'
import { plugIntoVpcd } from '../../../src/client/card-reader/vpcd-connection.ts'
import { freePort } from '../../testbed/server.ts'

/** A card that answers with its command and 9000, and counts resets and commands. */
function echoCard() {
  let resets = 0
  let commands = 0
  const card: ApduCard = {
    answerToReset: '3b8d0180fba000000397425446590301c8',
    async reset() {
      resets += 1
    },
    async transmit(command) {
      commands += 1
      return Buffer.concat([command, Buffer.of(0x90, 0x00)])
    },
  }
  return { card, resets: () => resets, commands: () => commands }
}

/** vpcd's end of the line. @param hangs whether it takes no note of a card that leaves */
async function openReader(t: TestContext, hangs = false) {
  const server = createServer({ allowHalfOpen: hangs }).listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  const { port } = address
  return {
    port,
    async insert(card: ApduCard, isQuick = false) {
      const [plugged, [socket]] = await Promise.all([
        plugIntoVpcd(card, { port, isQuick }),
        once(server, 'connection'),
      ])
      t.after(() => socket.destroy())
      return { plugged, line: lineOver(socket) }
    },
  }
}

function lineOver(socket: Socket) {
  const answers = socket.iterator({ destroyOnReturn: false })
  return {
    socket,
    send: (hex: string) => socket.write(Buffer.from(hex.replaceAll(' ', ''), 'hex')),
    async receive(length: number): Promise<string> {
      let received = Buffer.alloc(0)
      while (received.length < length) {
        const { value, done } = await answers.next()
        if (done) break
        received = Buffer.concat([received, value])
      }
      return received.toString('hex')
    },
  }
}

suite('a card in vpcd’s reader', () => {
  test('tells its answer to reset', async t => {
    const { line, plugged } = await (await openReader(t)).insert(echoCard().card)
    line.send('0001 04')
    assert.equal(await line.receive(19), '00113b8d0180fba000000397425446590301c8')
    await plugged.unplug()
  })

  test('answers commands, also those that come in pieces or together', async t => {
    const { line, plugged } = await (await openReader(t)).insert(echoCard().card)
    line.send('0004 00a40000 0004 00b000')
    assert.equal(await line.receive(8), '000600a400009000')
    line.send('00')
    assert.equal(await line.receive(8), '000600b000009000')
    await plugged.unplug()
  })

  test('answers long commands', async t => {
    const { line, plugged } = await (await openReader(t)).insert(echoCard().card)
    line.send(`fffd${'5a'.repeat(0xfffd)}`)
    assert.equal(await line.receive(2 + 0xffff), `ffff${'5a'.repeat(0xfffd)}9000`)
    await plugged.unplug()
  })

  test('is reset by power and reset, without an answer', async t => {
    const { card, resets } = echoCard()
    const { line, plugged } = await (await openReader(t)).insert(card)
    line.send('0001 01 0001 02 0001 00 0001 07 0000 0001 04')
    assert.match(await line.receive(19), /^00113b8d/)
    assert.equal(resets(), 3)
    await plugged.unplug()
    assert.equal(resets(), 4, 'and by its removal')
  })

  for (const end of ['end', 'resetAndDestroy'] as const) {
    test(`leaves when the reader goes by ${end}`, async t => {
      const { line, plugged } = await (await openReader(t)).insert(echoCard().card)
      line.send('0001 04')
      await line.receive(19)
      line.socket[end]()
      await plugged.unplugged
    })
  }

  test('leaves a reader that hangs, and answers no farewell', { timeout: 10_000 }, async t => {
    const { card, resets } = echoCard()
    const { line, plugged } = await (await openReader(t, true)).insert(card)
    line.send('0001 04')
    await line.receive(19)
    await plugged.unplug()
    await plugged.unplugged
    assert.equal(resets(), 1)
  })

  test('leaves a reader that hangs while it is sent an answer', { timeout: 10_000 }, async t => {
    const { card, resets, commands } = echoCard()
    const { line, plugged } = await (await openReader(t, true)).insert(card)
    line.socket.on('error', () => undefined).pause()
    const long = `fffd${'5a'.repeat(0xfffd)}`
    for (let sent = 0; sent < 200; sent++) line.send(long)
    // Until nothing moves any more: what the reader does not take fills the buffers of the line.
    for (let [before, still] = [commands(), 0]; still < 500; still++) {
      await setImmediate()
      if (commands() !== before) [before, still] = [commands(), 0]
    }
    assert.ok(commands() > 0 && commands() < 200)
    await plugged.unplug()
    assert.equal(resets(), 1)
  })

  test('answers a command in one piece however its length comes, unless it is quick', async t => {
    const { line, plugged } = await (await openReader(t)).insert(echoCard().card)
    const long = Buffer.alloc(600, 0xab)
    line.send('0258')
    await new Promise(resolve => line.socket.write(long, resolve))
    assert.equal(await line.receive(604), `025a${long.toString('hex')}9000`)
    await plugged.unplug()
  })

  test('begins its answer when it is quick and the length of a command comes alone', async t => {
    const { line, plugged } = await (await openReader(t)).insert(echoCard().card, true)
    line.send('0004')
    assert.equal(await line.receive(1), '00')
    line.send('00a40000')
    assert.equal(await line.receive(7), '0600a400009000')
    line.send('0004 00b00000')
    assert.equal(await line.receive(8), '000600b000009000', 'together as ever')
    line.send('0001')
    line.send('04')
    assert.equal(await line.receive(19), '00113b8d0180fba000000397425446590301c8')
    await plugged.unplug()
  })

  for (const [what, command] of [
    ['short', '00c0000000'],
    ['extended', '00c00000000000'],
  ] as const) {
    test(`hands out the rest of a long answer that it has begun, by GET RESPONSE in ${what} form`, async t => {
      const { line, plugged } = await (await openReader(t)).insert(echoCard().card, true)
      const long = Buffer.alloc(600, 0xab).toString('hex')
      line.send('0258')
      assert.equal(await line.receive(1), '00')
      line.send(long)
      assert.equal(await line.receive(256), `ff${long.slice(0, 2 * 253)}6100`)
      const length = (command.length / 2).toString(16).padStart(4, '0')
      line.send(length)
      assert.equal(await line.receive(1), '00')
      line.send(command)
      assert.equal(await line.receive(256), `ff${'ab'.repeat(253)}615e`)
      line.send(length)
      assert.equal(await line.receive(1), '00')
      line.send(command)
      assert.equal(await line.receive(97), `60${'ab'.repeat(94)}9000`)
      line.send(`${length}${command}`)
      const echo = `${command}9000`
      assert.equal(
        await line.receive(2 + echo.length / 2),
        `00${(echo.length / 2).toString(16).padStart(2, '0')}${echo}`,
      )
      await plugged.unplug()
    })
  }

  test('forgets the rest of an answer by any other command and by a reset', async t => {
    const { line, plugged } = await (await openReader(t)).insert(echoCard().card, true)
    for (const between of ['0004 00a40000', '0001 02']) {
      line.send('0258')
      await line.receive(1)
      line.send(Buffer.alloc(600, 0xab).toString('hex'))
      await line.receive(256)
      line.send(`${between} 0005 00c0000000`)
      const answers = await line.receive(between.length > 8 ? 17 : 9)
      assert.ok(answers.endsWith('000700c00000009000'), answers)
    }
    await plugged.unplug()
  })

  test('is not plugged where no reader is', async () => {
    const port = await freePort()
    await assert.rejects(plugIntoVpcd(echoCard().card, { port }), { code: 'ECONNREFUSED' })
  })
})
