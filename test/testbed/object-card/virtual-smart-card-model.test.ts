import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { authenticationResponse } from '../../../src/card/secrets/admin-key.ts'
import type { SmartCard } from '../../../src/card/smart-card.ts'
import { refusalOf } from '../../card/card-errors.ts'
import { createVirtualSmartCard } from './virtual-smart-card.ts'

const pins = ['12345678', 'aaaa1111', '123'] as const
const adminKeys = [new Uint8Array(24), new Uint8Array(24).fill(0x55), new Uint8Array(24).fill(0xaa)] as const
const wrongAdminKey = 2
const tries = 3
const maximumKeys = 2

type Pin = (typeof pins)[number]
type Command =
  | { does: 'requestChallenge' | 'generateKeyPair' | 'listKeys' | 'erase' | 'disconnect' | 'readCardId' }
  | { does: 'respond' | 'verifyPin'; isRight: boolean }
  | { does: 'changeAdminKey'; to: 0 | 1 }
  | { does: 'setPin'; pin: Pin }
  | { does: 'changePin'; isRight: boolean; pin: Pin }
  | { does: 'sign' | 'deleteKey' | 'writeCertificate' | 'readCertificate'; key: number }

const isRight = fc.constantFrom(true, true, false)
const pin = fc.constantFrom(...pins)
const key = fc.constantFrom(0, 0, 1, maximumKeys)
const plainCommand = fc.constantFrom(
  ...(['requestChallenge', 'generateKeyPair', 'listKeys', 'erase', 'disconnect', 'readCardId'] as const),
)
const keyCommand = fc.constantFrom(...(['sign', 'deleteKey', 'writeCertificate', 'readCertificate'] as const))
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ does: plainCommand }),
  fc.record({ does: fc.constant('generateKeyPair' as const) }),
  fc.record({ does: fc.constantFrom('verifyPin' as const, 'respond' as const), isRight }),
  fc.record({ does: fc.constant('setPin' as const), pin }),
  fc.record({ does: fc.constant('changePin' as const), isRight, pin }),
  fc.record({ does: fc.constant('changeAdminKey' as const), to: fc.constantFrom<0 | 1>(0, 1) }),
  fc.record({ does: keyCommand, key }),
)
/** A challenge answered at once, which single commands in random order would hit too seldom. */
const challengeAndResponse: fc.Arbitrary<Command[]> = isRight.map(isRight => [
  { does: 'requestChallenge' },
  { does: 'respond', isRight },
])
/** Repeated, as a guesser would, so that counters run down to zero. */
const burst = fc
  .tuple(
    fc.oneof(
      { weight: 4, arbitrary: command.map(one => [one]) },
      { weight: 1, arbitrary: challengeAndResponse },
    ),
    fc.constantFrom(1, 1, 1, 2, 3),
  )
  .map(([part, times]) => Array.from({ length: times }, () => part).flat())
const commands = fc.array(burst, { minLength: 1, maxLength: 60, size: 'max' }).map(parts => parts.flat())

/** What a card is, as far as its refusals go. Keys are the numbers of those that were made. */
interface Model {
  pin: Pin
  adminKey: 0 | 1
  pinLeft: number
  adminLeft: number
  isChallenged: boolean
  isAdministrator: boolean
  isPinVerified: boolean
  keys: { hasCertificate: boolean }[]
}

/** Says how a card in the model's state answers, and puts the model into the state that follows. */
function expectedAnswer(model: Model, command: Command): string {
  const isChallenged = model.isChallenged
  model.isChallenged = command.does === 'requestChallenge'
  switch (command.does) {
    case 'requestChallenge':
    case 'readCardId':
      return 'done'
    case 'listKeys':
      return model.keys.map(({ hasCertificate }) => `${hasCertificate}`).join()
    case 'disconnect':
      model.isAdministrator = model.isPinVerified = false
      return 'done'
    case 'respond':
      model.isAdministrator = false
      if (model.adminLeft === 0) return 'admin-blocked 0'
      if (!isChallenged) return 'no-challenge'
      if (!command.isRight) return `wrong-response ${--model.adminLeft}`
      model.adminLeft = tries
      model.isAdministrator = true
      return 'done'
    case 'changeAdminKey':
      if (!model.isAdministrator) return 'security-status-not-satisfied'
      model.adminKey = command.to
      return 'done'
    case 'setPin':
      if (!model.isAdministrator) return 'security-status-not-satisfied'
      if (command.pin.length < 4) return 'invalid-pin'
      model.pin = command.pin
      model.pinLeft = tries
      model.isAdministrator = model.isPinVerified = false
      return 'done'
    case 'verifyPin':
      return presentPin(model, command.isRight)
    case 'changePin': {
      if (command.pin.length < 4) return 'invalid-pin'
      const answer = presentPin(model, command.isRight)
      if (answer === 'done') model.pin = command.pin
      return answer
    }
    case 'generateKeyPair':
      if (!model.isPinVerified) return 'security-status-not-satisfied'
      if (model.keys.length === maximumKeys) return 'card-full'
      model.keys.push({ hasCertificate: false })
      return 'done'
    case 'erase':
      if (!model.isAdministrator) return 'security-status-not-satisfied'
      model.keys = []
      return 'done'
    case 'readCertificate': {
      const key = model.keys[command.key]
      if (!key) return 'no-such-key'
      return key.hasCertificate ? 'done' : 'no-such-certificate'
    }
    case 'deleteKey':
      if (!model.isPinVerified && !model.isAdministrator) return 'security-status-not-satisfied'
      if (!model.keys[command.key]) return 'no-such-key'
      model.keys.splice(command.key, 1)
      return 'done'
    case 'sign':
    case 'writeCertificate': {
      if (!model.isPinVerified) return 'security-status-not-satisfied'
      const key = model.keys[command.key]
      if (!key) return 'no-such-key'
      if (command.does === 'writeCertificate') key.hasCertificate = true
      return 'done'
    }
  }
}

function presentPin(model: Model, isRight: boolean): string {
  model.isPinVerified = false
  if (model.pinLeft === 0) return 'pin-blocked 0'
  if (!isRight) return `wrong-pin ${--model.pinLeft}`
  model.pinLeft = tries
  model.isPinVerified = true
  return 'done'
}

/** The admin key and PIN that the card should have before a command. */
type Secrets = Pick<Model, 'adminKey' | 'pin'>

/** Gives the commands to a card, which knows its keys by ids and must be asked for challenges. */
function driver(card: SmartCard): (command: Command, secrets: Secrets) => Promise<string> {
  let challenge: Uint8Array = new Uint8Array(8)
  let keyIds: string[] = []

  async function run(command: Command, secrets: Secrets): Promise<string> {
    const rightOrWrongPin = (isRight: boolean) => (isRight ? secrets.pin : 'bbbb2222')
    switch (command.does) {
      case 'requestChallenge':
        challenge = await card.requestChallenge()
        break
      case 'respond': {
        const adminKey = adminKeys[command.isRight ? secrets.adminKey : wrongAdminKey]
        await card.authenticateAdministrator(authenticationResponse(adminKey, challenge))
        break
      }
      case 'changeAdminKey':
        await card.changeAdminKey(adminKeys[command.to])
        break
      case 'setPin':
        await card.setPin(command.pin)
        break
      case 'verifyPin':
        await card.verifyPin(rightOrWrongPin(command.isRight))
        break
      case 'changePin':
        await card.changePin(rightOrWrongPin(command.isRight), command.pin)
        break
      case 'generateKeyPair':
        keyIds.push((await card.generateKeyPair({ algorithm: 'EC', curve: 'P-256' })).keyId)
        break
      case 'listKeys': {
        const keys = await card.listKeys()
        assert.deepEqual(
          keys.map(({ keyId }) => keyId),
          keyIds,
        )
        return keys.map(({ hasCertificate }) => `${hasCertificate}`).join()
      }
      case 'erase':
        await card.erase()
        keyIds = []
        break
      case 'deleteKey':
        await card.deleteKey(keyIds[command.key] ?? 'none')
        keyIds.splice(command.key, 1)
        break
      case 'sign':
        await card.sign(keyIds[command.key] ?? 'none', 'SHA-256', Uint8Array.of(1))
        break
      case 'writeCertificate':
        await card.writeCertificate(keyIds[command.key] ?? 'none', Uint8Array.of(0x30, 0x00))
        break
      case 'readCertificate':
        await card.readCertificate(keyIds[command.key] ?? 'none')
        break
      case 'readCardId':
      case 'disconnect':
        await card[command.does]()
        break
    }
    return 'done'
  }

  return async (command, secrets) => {
    let answer = ''
    const refusal = await refusalOf(
      run(command, secrets).then(said => {
        answer = said
      }),
    )
    return refusal ? [refusal.code, refusal.triesLeft].filter(part => part !== undefined).join(' ') : answer
  }
}

test('a virtual smart card answers any sequence of commands as the model of it does', async () => {
  const answers = new Set<string>()
  await fc.assert(
    fc.asyncProperty(commands, async sequence => {
      const model: Model = {
        pin: pins[0],
        adminKey: 0,
        pinLeft: tries,
        adminLeft: tries,
        isChallenged: false,
        isAdministrator: false,
        isPinVerified: false,
        keys: [],
      }
      const perform = driver(
        createVirtualSmartCard({
          cardId: '00000000-0000-4000-8000-000000000001',
          adminKey: adminKeys[0],
          pin: pins[0],
          randomBytes,
          pinTries: tries,
          adminTries: tries,
          maximumKeys,
        }),
      )
      for (const command of sequence) {
        const { adminKey, pin } = model
        const expected = expectedAnswer(model, command)
        assert.equal(await perform(command, { adminKey, pin }), expected, command.does)
        answers.add(`${command.does}: ${expected}`)
      }
    }),
    { numRuns: 400 },
  )
  // The sequences are worth their time only if they reach the states that matter.
  for (const reached of [
    'respond: done',
    'respond: admin-blocked 0',
    'setPin: done',
    'setPin: invalid-pin',
    'verifyPin: pin-blocked 0',
    'generateKeyPair: card-full',
    'sign: done',
    'writeCertificate: done',
    'erase: done',
  ]) {
    assert.ok(answers.has(reached), reached)
  }
})
