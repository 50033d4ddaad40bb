import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { CommandSequence } from '../../../src/card/host/command-sequence.ts'
import { refuses } from '../card-errors.ts'

/** A sequence over a card that only counts how often it was let go of. */
function sequence() {
  const connection = {
    answerToReset: '',
    transmit: async () => Uint8Array.of(0x90, 0x00),
    disconnections: 0,
    async disconnect() {
      connection.disconnections += 1
    },
  }
  return { connection, commands: new CommandSequence(connection) }
}

suite('the commands of one connection', () => {
  test('run one after another, whatever became of the one before', async () => {
    const { commands } = sequence()
    const events: string[] = []
    const slow = commands.run(async () => {
      await new Promise(resolve => setImmediate(resolve))
      events.push('first')
      throw new Error('The first one fails.')
    })
    const next = commands.run(() => events.push('second'))
    await assert.rejects(slow)
    await next
    assert.deepEqual(events, ['first', 'second'])
  })

  test('know of a challenge in the very next command, and no later', async () => {
    const { commands } = sequence()
    const follows = () => commands.run(hasChallenge => hasChallenge)
    assert.equal(await follows(), false)
    await commands.run(() => commands.noteChallenge())
    assert.deepEqual([await follows(), await follows()], [true, false])
  })

  test('end when the card is let go of, which happens once and after those before it', async () => {
    const { commands, connection } = sequence()
    const before = commands.run(() => connection.disconnections)
    await Promise.all([commands.disconnect(), commands.disconnect()])
    assert.equal(await before, 0)
    assert.equal(connection.disconnections, 1)
    await refuses(
      commands.run(() => undefined),
      'not-connected',
    )
  })
})
