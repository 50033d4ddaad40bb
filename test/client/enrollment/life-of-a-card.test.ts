import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { after, describe, test } from 'node:test'
import { openPivCard } from '../../../src/card/piv/host/open-piv-card.ts'
import { cancelEnrollment } from '../../../src/client/enrollment/cancel-enrollment.ts'
import { endUse } from '../../../src/client/enrollment/end-use.ts'
import { fillCard } from '../../../src/client/enrollment/fill-card.ts'
import type { CertificateOfKey } from '../../../src/client/enrollment/issue-certificates-to.ts'
import { unblockCard } from '../../../src/client/enrollment/unblock-card.ts'
import { type RequestType, requestStatus, smartcardStatus } from '../../../src/client/enumerations.ts'
import {
  type BenchCard,
  cardTemplate,
  newBenchCard,
  newKeeper,
  noWords,
  type Personality,
  person,
  pin,
  randomness,
  runOf,
  words,
} from './enrollment-bench.ts'
import { startBench } from './server-in-process.ts'

const bench = await startBench({ after })
const alice = bench.clientOf('alice')
const bob = bench.clientOf('bob')
const otherPin = '60417293'

/** SELECT, GET DATA, GET METADATA and GET SERIAL change nothing on a card, carried out or not. */
const isReading: ReadonlySet<number> = new Set([0xa4, 0xcb, 0xf7, 0xf8])

async function enrolled(card: BenchCard): Promise<string> {
  const keeper = newKeeper('Enroll', { profiletemplateuuid: cardTemplate })
  const { request } = await fillCard(runOf(alice, keeper), () => card.open(), person(), words)
  return request.NewSmartcardUuid
}

function about(operation: RequestType, smartcard: string) {
  return runOf(alice, newKeeper(operation, { smartcard }))
}

async function statusOf(smartcard: string): Promise<number | undefined> {
  return (await alice.call('GET /v1.0/smartcards/{id}', { path: { id: smartcard } }))?.Status
}

async function keyCount(card: BenchCard): Promise<number> {
  const opened = await card.open()
  const { length } = await opened.listKeys()
  await opened.disconnect()
  return length
}

/** Programs sign in with what is in 9A, and find earlier keys in retired slots. */
async function assertSignsInWith(card: BenchCard, renewed: CertificateOfKey | undefined): Promise<void> {
  const opened = await card.open()
  const keys = await opened.listKeys()
  await opened.disconnect()
  assert.deepEqual(
    keys.map(({ keyId, hasCertificate }) => [keyId, hasCertificate]),
    [
      ['9a', true],
      ['82', true],
    ],
  )
  const { publicKey } = new X509Certificate(renewed?.certificate.der ?? '')
  assert.deepEqual(Buffer.from(keys[0]?.publicKey ?? []), publicKey.export({ type: 'spki', format: 'der' }))
}

for (const personality of ['GIDS', 'PIV'] satisfies Personality[]) {
  describe(`a ${personality} card in use`, () => {
    test('is renewed: the same card, the same PIN, one key more', async () => {
      const card = await newBenchCard(personality)
      const smartcard = await enrolled(card)
      const unchosen = person({ choosePin: () => assert.fail('A new PIN was asked for.') })
      const { request, certificates } = await fillCard(
        about('Renew', smartcard),
        () => card.open(),
        unchosen,
        noWords,
      )
      assert.equal(await statusOf(smartcard), smartcardStatus.retired)
      assert.equal(await statusOf(request.NewSmartcardUuid), smartcardStatus.active)
      assert.equal(certificates.length, 1)
      assert.equal(await keyCount(card), 2)
      if (personality === 'PIV') await assertSignsInWith(card, certificates[0])
    })

    test('is renewed though it was pulled at whichever command, and no key is left over', async () => {
      const clean = await newBenchCard(personality)
      const cleanUuid = await enrolled(clean)
      const before = clean.instructions.length
      await fillCard(about('Renew', cleanUuid), () => clean.open(), person(), noWords)
      const instructions = clean.instructions.slice(before)
      for (const [at, instruction] of instructions.entries()) {
        if (isReading.has(instruction)) continue
        const card = await newBenchCard(personality)
        const run = about('Renew', await enrolled(card))
        await assert.rejects(
          fillCard(run, () => card.open({ at, carriesOut: true }), person(), noWords),
          { code: 'card-removed' },
        )
        const { certificates } = await fillCard(run, () => card.open(), person(), noWords)
        assert.equal(await keyCount(card), 2, `pulled at ${at}`)
        if (personality === 'PIV') await assertSignsInWith(card, certificates[0])
      }
    })

    test('is renewed onto another card, which is made the user’s own', async () => {
      const [card, other] = [await newBenchCard(personality), await newBenchCard(personality)]
      const smartcard = await enrolled(card)
      const chosen = person({ choosePin: async () => otherPin })
      const { request } = await fillCard(about('Recover', smartcard), () => other.open(), chosen, noWords)
      assert.equal(await statusOf(request.NewSmartcardUuid), smartcardStatus.active)
      await (await other.open()).verifyPin(otherPin)
    })

    test('is not renewed by who does not know its PIN, and spends one try at most', async () => {
      const card = await newBenchCard(personality)
      const smartcard = await enrolled(card)
      const run = about('Renew', smartcard)
      const guessing = person({ currentPin: async () => '111222' })
      await assert.rejects(
        fillCard(run, () => card.open(), guessing, noWords),
        { code: 'wrong-pin' },
      )
      const opened = await card.open()
      assert.equal(await opened.readPinTries(), personality === 'GIDS' ? 4 : 2)
      await opened.disconnect()
      assert.equal(await keyCount(card), 1)
      await fillCard(run, () => card.open(), person(), noWords)
      assert.equal(await keyCount(card), 2)
    })

    test('is unblocked after too many wrong PINs', async () => {
      const card = await newBenchCard(personality)
      const smartcard = await enrolled(card)
      const blocked = await card.open()
      for (const wrong of ['111111', '222222', '333333', '444444', '555555']) {
        await assert.rejects(blocked.verifyPin(wrong, { spendsLastTry: true }))
      }
      await assert.rejects(blocked.verifyPin(pin), { code: 'pin-blocked' })
      await blocked.disconnect()
      const chosen = person({ choosePin: async () => otherPin })
      const request = await unblockCard(about('Unblock', smartcard), () => card.open(), chosen, noWords)
      assert.equal(request.Status, requestStatus.completed)
      await (await card.open()).verifyPin(otherPin)
      assert.equal(await keyCount(card), 1)
    })

    test('is unblocked while its renewal is open, which goes on with the new PIN', async () => {
      const card = await newBenchCard(personality)
      const smartcard = await enrolled(card)
      const run = about('Renew', smartcard)
      const guessing = person({ currentPin: async () => '111222' })
      await assert.rejects(
        fillCard(run, () => card.open(), guessing, noWords),
        { code: 'wrong-pin' },
      )
      const chosen = person({ choosePin: async () => otherPin, currentPin: async () => otherPin })
      await unblockCard(about('Unblock', smartcard), () => card.open(), chosen, noWords)
      await fillCard(run, () => card.open(), chosen, noWords)
      assert.equal(await keyCount(card), 2)
    })

    test('is unblocked again and again, each time with another PUK', async () => {
      const card = await newBenchCard(personality)
      const smartcard = await enrolled(card)
      for (const newPin of ['60417293', '60417294', '60417295']) {
        const chosen = person({ choosePin: async () => newPin })
        await unblockCard(about('Unblock', smartcard), () => card.open(), chosen, noWords)
        await (await card.open()).verifyPin(newPin)
      }
    })

    test('is unblocked though it was pulled at whichever command', async () => {
      const clean = await newBenchCard(personality)
      const cleanUuid = await enrolled(clean)
      const before = clean.instructions.length
      await unblockCard(about('Unblock', cleanUuid), () => clean.open(), person(), noWords)
      const card = await newBenchCard(personality)
      const smartcard = await enrolled(card)
      for (let at = 0; at < clean.instructions.length - before; at++) {
        for (const carriesOut of [false, true]) {
          const run = about('Unblock', smartcard)
          await assert.rejects(
            unblockCard(run, () => card.open({ at, carriesOut }), person(), noWords),
            { code: 'card-removed' },
          )
          await unblockCard(run, () => card.open(), person({ choosePin: async () => otherPin }), noWords)
          const opened = await card.open()
          await opened.verifyPin(otherPin)
          await opened.disconnect()
        }
      }
    })

    test('is retired: erased, and its use ended; then it serves another user', async () => {
      const card = await newBenchCard(personality)
      const smartcard = await enrolled(card)
      await endUse(about('Retire', smartcard), () => card.open(), person(), noWords)
      assert.equal(await statusOf(smartcard), smartcardStatus.retired)
      assert.equal(await keyCount(card), 0)
      const keeper = newKeeper('Enroll', { profiletemplateuuid: cardTemplate })
      await fillCard(runOf(bob, keeper), () => card.open(), person(), words)
      assert.equal(await keyCount(card), 1)
    })

    test('is retired though it is not at hand', async () => {
      const card = await newBenchCard(personality)
      const smartcard = await enrolled(card)
      await endUse(about('Retire', smartcard), null, person(), noWords)
      assert.equal(await statusOf(smartcard), smartcardStatus.retired)
      assert.equal(await keyCount(card), 1)
    })

    test('that was retired elsewhere is enrolled only if its keys may be erased', async () => {
      const card = await newBenchCard(personality)
      await endUse(about('Retire', await enrolled(card)), null, person(), noWords)
      const before = (await alice.call('GET /v1.0/requests'))?.length
      const questions: string[] = []
      const declining = person({
        confirm: async question => {
          questions.push(question)
          return false
        },
      })
      const keeper = newKeeper('Enroll', { profiletemplateuuid: cardTemplate })
      await assert.rejects(
        fillCard(runOf(alice, keeper), () => card.open(), declining, words),
        { code: 'declined' },
      )
      assert.match(questions[0] ?? '', /holds a key already/)
      assert.equal((await alice.call('GET /v1.0/requests'))?.length, before)
      assert.equal(await keyCount(card), 1)
      await enrolled(card)
      assert.equal(await keyCount(card), 1)
    })

    test('is not enrolled a second time, nor by somebody else', async () => {
      const card = await newBenchCard(personality)
      await enrolled(card)
      const before = (await alice.call('GET /v1.0/requests'))?.length
      await assert.rejects(enrolled(card), { code: 'card-in-use', message: /cardinal retire/ })
      const keeper = newKeeper('Enroll', { profiletemplateuuid: cardTemplate })
      await assert.rejects(
        fillCard(runOf(bob, keeper), () => card.open(), person(), words),
        { code: 'card-in-use', message: /somebody else/ },
      )
      assert.equal((await alice.call('GET /v1.0/requests'))?.length, before)
      assert.equal(await keyCount(card), 1)
    })

    test('is not unblocked in place of another one', async () => {
      const [card, other] = [await newBenchCard(personality), await newBenchCard(personality)]
      const smartcard = await enrolled(card)
      await enrolled(other)
      const run = about('Unblock', smartcard)
      await assert.rejects(
        unblockCard(run, () => other.open(), person(), noWords),
        { code: 'card-mismatch' },
      )
      assert.equal(run.keeper.journal.requestUuid, null)
    })

    test('keeps the PIN that the server made, which is handed over before the card has it', async () => {
      const proposing = await startBench({ after }, file => ({
        ...file,
        profileTemplates: file.profileTemplates.map(template => ({
          ...template,
          ...(template.smartcard && {
            smartcard: { ...template.smartcard, userPinOption: 'randomized' as const },
          }),
        })),
      }))
      const card = await newBenchCard(personality)
      let received = ''
      const keeper = newKeeper('Enroll', { profiletemplateuuid: cardTemplate })
      const receiving = person({
        choosePin: () => assert.fail('A PIN was asked for.'),
        receivePin: async made => {
          assert.equal(keeper.journal.card?.hasPin, false)
          received = made
        },
      })
      await fillCard(runOf(proposing.clientOf('alice'), keeper), () => card.open(), receiving, words)
      assert.match(received, /^\d{8}$/)
      await (await card.open()).verifyPin(received)
    })
  })

  test(`a canceled renewal of a ${personality} card leaves the key that it was to renew, whenever it was interrupted`, async () => {
    const clean = await newBenchCard(personality)
    const cleanUuid = await enrolled(clean)
    const before = clean.instructions.length
    await fillCard(about('Renew', cleanUuid), () => clean.open(), person(), noWords)
    for (const [at, instruction] of clean.instructions.slice(before).entries()) {
      if (isReading.has(instruction)) continue
      const card = await newBenchCard(personality)
      const run = about('Renew', await enrolled(card))
      const opened = await card.open()
      const former = (await opened.listKeys()).map(({ publicKey }) => publicKey)
      await opened.disconnect()
      await assert.rejects(
        fillCard(run, () => card.open({ at, carriesOut: true }), person(), noWords),
        { code: 'card-removed' },
      )
      await cancelEnrollment(run, () => card.open(), person())
      const left = await card.open()
      const keys = await left.listKeys()
      await left.disconnect()
      // Nothing is deleted where it was not written down yet what was there before.
      if (run.keeper.journal.card?.earlierKeyIds != null) assert.equal(keys.length, 1, `pulled at ${at}`)
      const own = keys.find(({ publicKey }) => Buffer.compare(publicKey, former[0] ?? new Uint8Array()) === 0)
      assert.equal(own?.hasCertificate, true, `pulled at ${at}`)
    }
  })

  describe(`a canceled enrollment of a ${personality} card`, () => {
    test('leaves no key on the card, whose next enrollment succeeds, whenever it was interrupted', async () => {
      const clean = await newBenchCard(personality)
      await enrolled(clean)
      const writing = clean.instructions.flatMap((instruction, at) =>
        isReading.has(instruction) ? [] : [at],
      )
      for (const at of writing) {
        const card = await newBenchCard(personality)
        const run = runOf(alice, newKeeper('Enroll', { profiletemplateuuid: cardTemplate }))
        await assert.rejects(
          fillCard(run, () => card.open({ at, carriesOut: true }), person(), words),
          { code: 'card-removed' },
        )
        const { requestUuid } = run.keeper.journal
        const sentences = await cancelEnrollment(run, () => card.open(), person())
        if (requestUuid === null) assert.deepEqual(sentences, ['No request had been made.'])
        else {
          assert.match(sentences[0] ?? '', /is canceled/)
          assert.equal(
            (await alice.call('GET /v1.0/requests/{id}', { path: { id: requestUuid } }))?.Status,
            requestStatus.canceled,
          )
        }
        if (run.keeper.journal.card?.earlierKeyIds != null) {
          assert.equal(await keyCount(card), 0, `pulled at ${at}: a key was left`)
        }
        await enrolled(card).catch(error => assert.fail(`pulled at ${at}: ${error.stack}`))
        assert.equal(await keyCount(card), 1, `pulled at ${at}`)
      }
    })

    /** An enrollment that was killed when its key was made. */
    async function interruptedEnrollment() {
      const card = await newBenchCard(personality)
      const run = runOf(alice, newKeeper('Enroll', { profiletemplateuuid: cardTemplate }))
      const { keeper } = run
      const interrupting = {
        ...run,
        keeper: {
          ...keeper,
          get journal() {
            return keeper.journal
          },
          record: async (changes: object) => {
            await keeper.record(changes)
            if (keeper.journal.certificates.length > 0) throw new Error('killed')
          },
        },
      }
      await assert.rejects(
        fillCard(interrupting, () => card.open(), person(), words),
        { message: 'killed' },
      )
      return { card, run }
    }

    test('says what was on a card that is not at hand, when it was last seen', async () => {
      const { run } = await interruptedEnrollment()
      const sentences = (await cancelEnrollment(run, null, person())).join(' ')
      assert.match(
        sentences,
        /last seen, the card had an admin key that only the server knows.*last seen, the card had the PIN.*Keys that the request made may lie on it/,
      )
      assert.equal(/PUK/.test(sentences), personality === 'PIV')
      assert.doesNotMatch(sentences, /The card has|It has|Its PUK/)
    })

    test('says what is on a card that is at hand', async () => {
      const { card, run } = await interruptedEnrollment()
      const sentences = (await cancelEnrollment(run, () => card.open(), person())).join(' ')
      assert.match(
        sentences,
        /The card has an admin key that only the server knows.*No key that the request made is on it any more/,
      )
    })

    if (personality === 'PIV') {
      test('says of a card at hand that it was reset since, and nothing of what was on it', async () => {
        const { card, run } = await interruptedEnrollment()
        await (await openPivCard(card.connect(), randomness)).reset()
        const [canceled, ...facts] = await cancelEnrollment(run, () => card.open(), person())
        assert.match(canceled ?? '', /is canceled/)
        assert.deepEqual(facts, [
          'The card was reset since the request was interrupted: it has the PUK of its maker.',
        ])
      })
    }
  })
}
