import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openPivCard } from '../../../src/card/piv/host/open-piv-card.ts'
import { parseAdminKeyHex } from '../../../src/card/secrets/admin-key.ts'
import type { EnrollableCard } from '../../../src/client/cards/enrollable-card.ts'
import { authenticateAdministrator } from '../../../src/client/enrollment/card-administrator.ts'
import { type EnrollmentRun, recordCard } from '../../../src/client/enrollment/enrollment-run.ts'
import { fillCard } from '../../../src/client/enrollment/fill-card.ts'
import type { JournalKeeper } from '../../../src/client/enrollment/journal.ts'
import { readSmartcardConfiguration } from '../../../src/client/enrollment/read-smartcard-configuration.ts'
import { unblockCard } from '../../../src/client/enrollment/unblock-card.ts'
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
/** Of every new PIV card (SP 800-73-4 names none; Yubico's manual does). */
const factoryManagementKey = Buffer.from('0102030405060708'.repeat(3), 'hex')
const enrollment = () => newKeeper('Enroll', { profiletemplateuuid: cardTemplate })

/** Which admin keys of the server the card takes. A refusal costs a try, which the right one gives back. */
async function knownKeys(card: EnrollableCard, { journal }: JournalKeeper): Promise<readonly string[]> {
  const path = { id: journal.requestUuid ?? '', smartcard: journal.card?.smartcardUuid ?? '' }
  const accepted: string[] = []
  for (const diversified of [false, true]) {
    const challenge = Buffer.from(await card.requestChallenge()).toString('base64')
    const operation = 'POST /v2.0/requests/{id}/smartcards/{smartcard}/authentication-response'
    const { response } = await alice.call(operation, { path, body: { challenge, diversified } })
    const isAccepted = await card.authenticateAdministrator(Buffer.from(response, 'base64')).then(
      () => true,
      error => {
        assert.equal(error.code, 'wrong-response')
        return false
      },
    )
    if (isAccepted) accepted.push(diversified ? 'own' : 'default')
  }
  return accepted
}

/** The commands from the assignment of the card to its first key: what is between changes the admin key and the PIN. */
async function personalisation(personality: Personality): Promise<readonly number[]> {
  const card = await newBenchCard(personality)
  const run = runOf(alice, enrollment())
  const marks = { bind: 0, pin: 0 }
  const report = (step: string) => {
    if (step === 'bind' || step === 'pin') marks[step] = card.instructions.length
  }
  await fillCard({ ...run, report }, () => card.open(), person(), words)
  return Array.from({ length: marks.pin - marks.bind }, (_, index) => marks.bind + index)
}

for (const personality of ['GIDS', 'PIV'] satisfies Personality[]) {
  test(`a ${personality} card that is pulled while it is given its admin key has one that the server knows, and goes on with it`, async () => {
    const seen = new Set<string>()
    for (const at of await personalisation(personality)) {
      for (const carriesOut of [false, true]) {
        const card = await newBenchCard(personality)
        const keeper = enrollment()
        await assert.rejects(
          fillCard(runOf(alice, keeper), () => card.open({ at, carriesOut }), person(), words),
          { code: 'card-removed' },
        )
        const [key, ...others] = await keysOf(card, keeper)
        assert.ok(key !== undefined && others.length === 0, `pulled at ${at}: ${key} ${others}`)
        seen.add(`${key} while ${keeper.journal.card?.adminKey}`)
        await fillCard(runOf(alice, keeper), () => card.open(), person(), words)
      }
    }
    // Pulled before and behind the change itself, the journal says the same of both.
    assert.deepEqual([...seen].sort(), [
      'default while changing',
      'default while default',
      'default while probably-default',
      'own while changing',
      'own while own',
    ])
  })
}

async function keysOf(card: BenchCard, keeper: JournalKeeper): Promise<readonly string[]> {
  const opened = await card.open()
  try {
    return await knownKeys(opened, keeper)
  } finally {
    await opened.disconnect()
  }
}

test('a PIV card that was reset and unblocked gets an admin key of its own when it is renewed', async () => {
  const card = await newBenchCard('PIV')
  const enrolled = await fillCard(runOf(alice, enrollment()), () => card.open(), person(), words)
  const smartcard = enrolled.request.NewSmartcardUuid
  await (await openPivCard(card.connect(), randomness)).reset()
  await unblockCard(runOf(alice, newKeeper('Unblock', { smartcard })), () => card.open(), person(), noWords)
  const run = runOf(alice, newKeeper('Renew', { smartcard }))
  await fillCard(run, () => card.open(), person(), noWords)
  assert.deepEqual(
    run.reported.filter(step => step === 'admin-key' || step === 'key'),
    ['admin-key', 'key'],
  )
  const opened = await openPivCard(card.connect(), randomness)
  await assert.rejects(opened.authenticateMutually(factoryManagementKey), { code: 'wrong-response' })
})

test('a GIDS card that was given the admin key of new ones gets its own when it is unblocked', async () => {
  const card = await newBenchCard('GIDS')
  const enrolled = await fillCard(runOf(alice, enrollment()), () => card.open(), person(), words)
  const smartcard = enrolled.request.NewSmartcardUuid
  const unblock = async (choosePin: (run: EnrollmentRun, card: EnrollableCard) => Promise<string>) => {
    const run = runOf(alice, newKeeper('Unblock', { smartcard }))
    let opened = await card.open()
    const open = async () => {
      opened = await card.open()
      return opened
    }
    await unblockCard(run, open, person({ choosePin: () => choosePin(run, opened) }), noWords)
    return run.reported
  }
  const giveDefaultKey = async (run: EnrollmentRun, opened: EnrollableCard) => {
    await authenticateAdministrator(run, opened)
    const { DefaultAdminKeyHex } = await readSmartcardConfiguration(alice, cardTemplate)
    await opened.changeAdminKey(parseAdminKeyHex(DefaultAdminKeyHex))
    await recordCard(run, { adminKey: 'probably-own' })
    return pin
  }
  assert.ok((await unblock(giveDefaultKey)).includes('admin-key'))
  assert.ok(!(await unblock(async () => pin)).includes('admin-key'))
})
