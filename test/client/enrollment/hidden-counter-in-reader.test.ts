import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { after, before, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { CardReaders } from '../../../src/client/card-reader/card-readers.ts'
import { openPcscReaders } from '../../../src/client/card-reader/pcsc-readers.ts'
import { openEnrollableCard } from '../../../src/client/cards/open-enrollable-card.ts'
import { cancelEnrollment } from '../../../src/client/enrollment/cancel-enrollment.ts'
import { fillCard } from '../../../src/client/enrollment/fill-card.ts'
import { unblockCard } from '../../../src/client/enrollment/unblock-card.ts'
import { leftOutWithout } from '../../testbed/left-out.ts'
import { type Pcscd, startPcscd } from '../../testbed/pcscd.ts'
import { cardTemplate, newKeeper, noWords, person, randomness, runOf, words } from './enrollment-bench.ts'
import { changeReferenceData } from './hiding-card.ts'
import { startBench } from './server-in-process.ts'

const program = fileURLToPath(new URL('plug-hiding-card.ts', import.meta.url))

suite('a card in a reader that hides its PUK counter', { skip: leftOutWithout('pcscd') }, () => {
  let pcscd: Pcscd
  let readers: CardReaders
  let plug: ChildProcess
  let presented = 0

  before(async () => {
    pcscd = await startPcscd()
    Object.assign(process.env, { PCSCLITE_CSOCK_NAME: pcscd.socket })
    readers = await openPcscReaders()
    const inserted = pcscd.next('insertion')
    plug = pcscd.spawnInside(process.execPath, program)
    await inserted
  })
  after(async () => {
    plug.stdin?.end()
    if (plug.exitCode === null) await once(plug, 'exit')
    await pcscd.stop()
  })

  /** The first presentation of a PUK is carried out, and its answer lost. */
  async function open(losesAnswer = false) {
    const connection = await readers.connect(pcscd.reader, { timeLimit: 10_000, patience: 5_000 })
    const transmit = async (command: Uint8Array) => {
      const isPresentation = command[1] === changeReferenceData
      if (isPresentation) presented += 1
      const answer = await connection.transmit(command)
      if (isPresentation && losesAnswer) throw new Error('the power fails')
      return answer
    }
    const { answerToReset } = connection
    return await openEnrollableCard(
      { answerToReset, transmit, disconnect: () => connection.disconnect() },
      randomness,
    )
  }

  test('goes on where the answer to a PUK was lost, and keeps its last try from PUKs that are not its own', async () => {
    const alice = (await startBench({ after })).clientOf('alice')
    const enrolling = runOf(alice, newKeeper('Enroll', { profiletemplateuuid: cardTemplate }))
    const { request } = await fillCard(enrolling, open, person(), words)
    const smartcard = request.NewSmartcardUuid
    const interrupted = runOf(alice, newKeeper('Unblock', { smartcard }))
    await assert.rejects(
      unblockCard(interrupted, () => open(true), person(), noWords),
      { message: 'the power fails' },
    )
    await unblockCard(interrupted, open, person(), noWords)

    const told = runOf(alice, newKeeper('Unblock', { smartcard }))
    await assert.rejects(
      unblockCard(told, () => open(true), person(), noWords),
      { message: 'the power fails' },
    )
    const path = { id: told.keeper.journal.requestUuid ?? '', smartcard }
    const operation = 'POST /v2.0/requests/{id}/smartcards/{smartcard}/unblocking-key'
    const { next } = await alice.call(operation, { path })
    const byAnotherProgram = await open()
    await byAnotherProgram.changeUnblockingKey(next ?? '', '55554444')
    await byAnotherProgram.disconnect()
    await cancelEnrollment(told, null, person())

    const refused = runOf(alice, newKeeper('Unblock', { smartcard }))
    presented = 0
    for (let again = 0; again < 3; again++) {
      await assert.rejects(unblockCard(refused, open, person(), noWords), { code: 'wrong-puk', triesLeft: 1 })
    }
    assert.equal(presented, 2)
    const alive = await open()
    await alive.changeUnblockingKey('55554444', '12345678')
    await alive.disconnect()
  })
})
