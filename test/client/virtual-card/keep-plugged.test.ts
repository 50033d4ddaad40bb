import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { suite, type TestContext, test } from 'node:test'
import type { ApduCard } from '../../../src/card/apdu/apdu-card.ts'
import { keepPlugged } from '../../../src/client/virtual-card/keep-plugged.ts'

const card: ApduCard = {
  answerToReset: '3b00',
  reset: async () => undefined,
  transmit: async () => Buffer.of(0x90, 0x00),
}

async function openReader(port = 0): Promise<{ server: Server; port: number }> {
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  return { server, port: address.port }
}

async function nextCard(server: Server): Promise<Socket> {
  const [socket] = await once(server, 'connection')
  assert.ok(socket !== undefined)
  return socket
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  await closed
}

async function askForAnswerToReset(reader: Socket): Promise<string> {
  reader.write(Buffer.of(0, 1, 4))
  const [answer] = await once(reader, 'data')
  return Buffer.from(answer).toString('hex')
}

function keep(t: TestContext, port: number) {
  const said: string[] = []
  const stop = new AbortController()
  t.after(() => stop.abort())
  const kept = keepPlugged(card, {
    host: '127.0.0.1',
    port,
    isQuick: false,
    signal: stop.signal,
    beforeAttempt: async () => undefined,
    onPlugged: async () => void said.push('plugged'),
    onRemoved: async () => void said.push('removed'),
  })
  return { said, kept, stop: () => stop.abort() }
}

suite('a card that is kept plugged', () => {
  test('goes in again when the service has gone and come back', async t => {
    const { server, port } = await openReader()
    const { said, kept, stop } = keep(t, port)
    const first = await nextCard(server)
    assert.equal(await askForAnswerToReset(first), '00023b00')
    first.destroy()
    await close(server)
    const { server: later } = await openReader(port)
    const second = await nextCard(later)
    assert.equal(await askForAnswerToReset(second), '00023b00')
    assert.deepEqual(said, ['plugged', 'removed', 'plugged'])
    stop()
    await kept
    await close(later)
    assert.deepEqual(said, ['plugged', 'removed', 'plugged'], 'no removal that was wished')
  })

  test('waits for a reader that comes late', async t => {
    const { server, port } = await openReader()
    await close(server)
    const { kept, stop } = keep(t, port)
    const { server: later } = await openReader(port)
    await nextCard(later)
    stop()
    await kept
    await close(later)
  })

  test('ends at once while it waits', async t => {
    const { server, port } = await openReader()
    await close(server)
    const { said, kept, stop } = keep(t, port)
    stop()
    await kept
    assert.deepEqual(said, [])
  })
})
