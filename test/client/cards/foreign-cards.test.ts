import assert from 'node:assert/strict'
import { createPublicKey, verify } from 'node:crypto'
import { after, describe, test } from 'node:test'
import type { ApduCard } from '../../../src/card/apdu/apdu-card.ts'
import type { CardKey } from '../../../src/card/smart-card.ts'
import { describeErasure } from '../../../src/client/cards/describe-erasure.ts'
import { endUse } from '../../../src/client/enrollment/end-use.ts'
import { fillCard } from '../../../src/client/enrollment/fill-card.ts'
import { unblockCard } from '../../../src/client/enrollment/unblock-card.ts'
import type { RequestType } from '../../../src/client/enumerations.ts'
import { AppletGidsCard } from '../../card/gids/host/applet-gids-card.ts'
import { AppletPivCard, pivApplet } from '../../card/piv/host/applet-piv-card.ts'
import {
  type BenchCard,
  type BenchRun,
  cardTemplate,
  newBenchCard,
  newKeeper,
  noWords,
  type Personality,
  person,
  pin,
  runOf,
  words,
} from '../enrollment/enrollment-bench.ts'
import { startBench } from '../enrollment/server-in-process.ts'

const bench = await startBench({ after })
const alice = bench.clientOf('alice')
const bob = bench.clientOf('bob')
const message = Buffer.from('a message')

/** SELECT, GET DATA, GET METADATA and GET SERIAL. */
const isReading: ReadonlySet<number> = new Set([0xa4, 0xcb, 0xf7, 0xf8])

const cards: readonly [name: string, personality: Personality, made: (card: ApduCard) => ApduCard][] = [
  ['an applet of GIDS', 'GIDS', card => new AppletGidsCard(card)],
  ['an applet of PIV, which deletes no keys', 'PIV', card => new AppletPivCard(card)],
  [
    'a PIV card whose metadata nobody understands',
    'PIV',
    card => new AppletPivCard(card, { ...pivApplet, metadata: 'garbage' }),
  ],
]

function about(operation: RequestType, smartcard: string): BenchRun {
  return runOf(alice, newKeeper(operation, { smartcard }))
}

async function enrolled(card: BenchCard, client = alice): Promise<string> {
  const run = runOf(client, newKeeper('Enroll', { profiletemplateuuid: cardTemplate }))
  const { request } = await fillCard(run, () => card.open(), person(), words)
  return request.NewSmartcardUuid
}

async function certifiedKeys(card: BenchCard): Promise<readonly CardKey[]> {
  const opened = await card.open()
  const keys = await opened.listKeys()
  await opened.disconnect()
  return keys.filter(({ hasCertificate }) => hasCertificate)
}

/** Whether one of the keys that the card has now, certified or not, is one of those. */
async function signsWithOneOf(card: BenchCard, former: readonly CardKey[]): Promise<boolean> {
  const opened = await card.open()
  await opened.verifyPin(pin)
  let found = false
  for (const { keyId } of former) {
    const signature = await opened.sign(keyId, 'SHA-256', message).catch(() => undefined)
    if (signature === undefined) continue
    found ||= former.some(({ publicKey }) => {
      const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' })
      return verify('sha256', message, key, signature)
    })
  }
  await opened.disconnect()
  return found
}

for (const [name, personality, made] of cards) {
  describe(name, () => {
    test('is enrolled, renewed, unblocked and retired, and serves the next person after the last', async () => {
      const card = await newBenchCard(personality, made)
      for (let holder = 0; holder < 3; holder++) {
        const smartcard = await enrolled(card)
        const first = await certifiedKeys(card)
        if (personality === 'PIV')
          assert.deepEqual(
            first.map(({ keyId }) => keyId),
            ['9a'],
          )
        const renewal = await fillCard(about('Renew', smartcard), () => card.open(), person(), noWords)
        const renewed = renewal.request.NewSmartcardUuid
        await unblockCard(about('Unblock', renewed), () => card.open(), person(), noWords)
        const former = await certifiedKeys(card)
        assert.equal(former.length, 2)
        assert.equal(await signsWithOneOf(card, former), true)
        await endUse(about('Retire', renewed), () => card.open(), person(), noWords)
        assert.deepEqual(await certifiedKeys(card), [])
        assert.equal(await signsWithOneOf(card, former), false)
      }
      await enrolled(card, bob)
      const keys = await certifiedKeys(card)
      assert.equal(keys.length, 1)
      if (personality === 'PIV') assert.equal(keys[0]?.keyId, '9a')
    })

    test('is enrolled though it was pulled at whichever change, before it or behind it', async () => {
      const clean = await newBenchCard(personality, made)
      await enrolled(clean)
      for (const [at, instruction] of clean.instructions.entries()) {
        if (isReading.has(instruction)) continue
        const card = await newBenchCard(personality, made)
        const run = runOf(alice, newKeeper('Enroll', { profiletemplateuuid: cardTemplate }))
        await assert.rejects(
          fillCard(run, () => card.open({ at, carriesOut: at % 2 === 0 }), person(), words),
          { code: 'card-removed' },
        )
        await fillCard(run, () => card.open(), person(), words).catch(error =>
          assert.fail(`pulled at ${at}: ${error.stack}`),
        )
        assert.equal((await certifiedKeys(card)).length, 1, `pulled at ${at}`)
      }
    })
  })
}

test('a card that keeps its keys is said to keep them, and is no longer in use', async () => {
  const card = await newBenchCard(
    'PIV',
    made => new AppletPivCard(made, { ...pivApplet, replacesKeys: false }),
  )
  const run = about('Retire', await enrolled(card))
  const said: string[] = []
  const telling = { ...run, report: (_step: unknown, text: string) => void said.push(text) }
  const request = await endUse(telling, () => card.open(), person(), noWords)
  assert.match(said.join(' '), /not the private key in 9A: the card neither deletes nor replaces it/)
  assert.doesNotMatch(said.join(' '), /Erased what was on the card/)
  assert.ok(request.Uuid)
  assert.deepEqual(await certifiedKeys(card), [])
})

test('what was erased is said in a sentence', () => {
  assert.equal(describeErasure([]), 'Erased what was on the card.')
  assert.match(describeErasure(['9a', '82']), /but not the private keys in 9A, 82: .* replaces them\. /)
})
