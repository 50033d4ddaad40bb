import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { fillCard } from '../../../src/client/enrollment/fill-card.ts'
import { smartcardStatus } from '../../../src/client/enumerations.ts'
import {
  cardTemplate,
  newBenchCard,
  newKeeper,
  noWords,
  type Personality,
  person,
  pin,
  runOf,
  softwareTemplate,
  words,
} from './enrollment-bench.ts'
import { startBench } from './server-in-process.ts'

const bench = await startBench({ after })
const alice = bench.clientOf('alice')
const enrollment = () => newKeeper('Enroll', { profiletemplateuuid: cardTemplate })

for (const personality of ['GIDS', 'PIV'] satisfies Personality[]) {
  describe(`a new ${personality} card`, () => {
    test('is enrolled: the certificate lies beside its key, and the PIN opens it', async () => {
      const card = await newBenchCard(personality)
      const run = runOf(alice, enrollment())
      const { request, certificates } = await fillCard(run, () => card.open(), person(), words)
      assert.equal(
        (await alice.call('GET /v1.0/smartcards/{id}', { path: { id: request.NewSmartcardUuid } }))?.Status,
        smartcardStatus.active,
      )
      const enrolled = await card.open()
      const [key, ...others] = await enrolled.listKeys()
      assert.deepEqual(others, [])
      assert.equal(key?.hasCertificate, true)
      assert.deepEqual(key.publicKey, certificates[0]?.certificate.subjectPublicKeyInfo.der)
      await enrolled.verifyPin(pin)
      await enrolled.sign(key.keyId, 'SHA-256', new Uint8Array(1))
    })
  })
}

test('a card is not enrolled for a template without smart cards', async () => {
  const card = await newBenchCard('GIDS')
  const run = runOf(alice, newKeeper('Enroll', { profiletemplateuuid: softwareTemplate }))
  await assert.rejects(
    fillCard(run, () => card.open(), person(), noWords),
    { code: 'not-offered' },
  )
})
