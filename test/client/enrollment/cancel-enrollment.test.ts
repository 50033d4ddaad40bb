import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { CardError } from '../../../src/card/card-error.ts'
import type { CardKey } from '../../../src/card/smart-card.ts'
import type { EnrollableCard } from '../../../src/client/cards/enrollable-card.ts'
import type { RequestWords } from '../../../src/client/enrollment/begin-request.ts'
import { cancelEnrollment } from '../../../src/client/enrollment/cancel-enrollment.ts'
import { fillCard } from '../../../src/client/enrollment/fill-card.ts'
import { type RequestType, requestStatus } from '../../../src/client/enumerations.ts'
import { type AppletHabits, AppletPivCard, pivApplet } from '../../card/piv/host/applet-piv-card.ts'
import {
  type BenchCard,
  type BenchRun,
  cardTemplate,
  newBenchCard,
  newKeeper,
  noWords,
  person,
  runOf,
  words,
} from './enrollment-bench.ts'
import { startBench } from './server-in-process.ts'

const bench = await startBench({ after })
const alice = bench.clientOf('alice')

const cardOf = (habits: Partial<AppletHabits>) =>
  newBenchCard('PIV', made => new AppletPivCard(made, { ...pivApplet, ...habits }))
const enrollment = () => runOf(alice, newKeeper('Enroll', { profiletemplateuuid: cardTemplate }))
const about = (operation: RequestType, smartcard: string) => runOf(alice, newKeeper(operation, { smartcard }))

async function keysOf(card: BenchCard): Promise<readonly CardKey[]> {
  const opened = await card.open()
  const keys = await opened.listKeys()
  await opened.disconnect()
  return keys
}

async function placesOf(card: BenchCard): Promise<readonly (readonly [string, boolean])[]> {
  return (await keysOf(card)).map(({ keyId, hasCertificate }) => [keyId, hasCertificate] as const)
}

/** Carries a request out until the card has done one thing. */
async function interruptBehind(
  step: 'generateKeyPair' | 'writeCertificate',
  card: BenchCard,
  run: BenchRun,
  requestWords: RequestWords = words,
): Promise<void> {
  const thenPulled =
    <Given extends readonly unknown[]>(act: (...given: Given) => Promise<unknown>) =>
    async (...given: Given): Promise<never> => {
      await act(...given)
      throw new CardError('card-removed', 'The card was taken out of its reader.')
    }
  const open = async (): Promise<EnrollableCard> => {
    const opened = await card.open()
    return step === 'generateKeyPair'
      ? { ...opened, generateKeyPair: thenPulled(opened.generateKeyPair) }
      : { ...opened, writeCertificate: thenPulled(opened.writeCertificate) }
  }
  await assert.rejects(fillCard(run, open, person(), requestWords), { code: 'card-removed' })
}

async function statusOf(run: BenchRun): Promise<number | undefined> {
  const id = run.keeper.journal.requestUuid ?? ''
  return (await alice.call('GET /v1.0/requests/{id}', { path: { id } }))?.Status
}

describe('a card that neither deletes nor replaces keys', () => {
  for (const step of ['generateKeyPair', 'writeCertificate'] as const) {
    test(`holds up no request that was interrupted behind ${step}, and is said to keep its key`, async () => {
      const card = await cardOf({ replacesKeys: false })
      const run = enrollment()
      await interruptBehind(step, card, run)
      assert.deepEqual(await placesOf(card), [['9a', step === 'writeCertificate']])
      const sentences = (await cancelEnrollment(run, () => card.open(), person())).join(' ')
      assert.equal(await statusOf(run), requestStatus.canceled)
      assert.match(sentences, /^The request .* is canceled\. /)
      assert.match(sentences, /but not the private key in 9A: the card neither deletes nor replaces it\. /)
      assert.doesNotMatch(sentences, /No key that the request made|its next enrollment erases/)
      assert.deepEqual(await placesOf(card), [['9a', false]])
    })
  }

  test('keeps the key that was to be renewed, and its certificate', async () => {
    const card = await cardOf({ replacesKeys: false })
    const { request } = await fillCard(enrollment(), () => card.open(), person(), words)
    const [former] = await keysOf(card)
    const run = about('Renew', request.NewSmartcardUuid)
    await interruptBehind('generateKeyPair', card, run, noWords)
    const sentences = (await cancelEnrollment(run, () => card.open(), person())).join(' ')
    assert.equal(await statusOf(run), requestStatus.canceled)
    assert.match(sentences, /but not the private key in 9D: /)
    const [kept, made] = await keysOf(card)
    assert.deepEqual(kept, former)
    assert.deepEqual([made?.keyId, made?.hasCertificate], ['9d', false])
  })
})

test('a card that replaces what it cannot delete is said to have no key of the request', async () => {
  const card = await cardOf({})
  const run = enrollment()
  await interruptBehind('writeCertificate', card, run)
  const [made] = await keysOf(card)
  const sentences = (await cancelEnrollment(run, () => card.open(), person())).join(' ')
  assert.match(sentences, /No key that the request made is on it any more/)
  const [other] = await keysOf(card)
  assert.equal(other?.hasCertificate, false)
  assert.notDeepEqual(other?.publicKey, made?.publicKey)
})

test('a request goes on living where its card is pulled while its key is being deleted', async () => {
  const card = await cardOf({ replacesKeys: false })
  const run = enrollment()
  await interruptBehind('generateKeyPair', card, run)
  const pulled = async (): Promise<EnrollableCard> => ({
    ...(await card.open()),
    deleteKey: async () => {
      throw new CardError('card-removed', 'The card was taken out of its reader.')
    },
  })
  await assert.rejects(cancelEnrollment(run, pulled, person()), { code: 'card-removed' })
  assert.equal(await statusOf(run), requestStatus.executing)
})

describe('a card without metadata, which tells of no key that has no certificate', () => {
  test('is not said to have no key of the request where none was seen', async () => {
    const card = await cardOf({ metadata: 'nothing' })
    const run = enrollment()
    await interruptBehind('generateKeyPair', card, run)
    const sentences = (await cancelEnrollment(run, () => card.open(), person())).join(' ')
    assert.equal(await statusOf(run), requestStatus.canceled)
    assert.match(
      sentences,
      /The card shows no key that the request made\. One without a certificate may lie on it unseen;/,
    )
    assert.doesNotMatch(sentences, /No key that the request made is on it/)
  })

  test('is said to have none where it was seen by its certificate, and deleted', async () => {
    const card = await cardOf({ metadata: 'nothing' })
    const run = enrollment()
    await interruptBehind('writeCertificate', card, run)
    const sentences = (await cancelEnrollment(run, () => card.open(), person())).join(' ')
    assert.match(sentences, /No key that the request made is on it any more\./)
    assert.deepEqual(await keysOf(card), [])
  })
})
