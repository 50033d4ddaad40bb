import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { inspect } from 'node:util'
import { authenticationResponse } from '../../../src/card/secrets/admin-key.ts'
import { refusalOf, refuses } from '../../card/card-errors.ts'
import { openssl } from '../../card/openssl.ts'
import { authenticate, smartCardContract } from '../../card/smart-card-contract.ts'
import { createVirtualSmartCard } from './virtual-smart-card.ts'

const cardId = 'bc88f13f-83ba-4037-8262-46eba1291c6e'
const adminKey = Uint8Array.from(Buffer.from('010203040506070801020304050607080102030405060708', 'hex'))
const pin = '12345678'
const curve = { algorithm: 'EC', curve: 'P-256' } as const
const newCard = () => createVirtualSmartCard({ cardId, adminKey, randomBytes })

smartCardContract('a virtual smart card', async () => {
  const card = newCard()
  return {
    cardId,
    adminKey,
    pin,
    adminTries: 5,
    pinTries: 5,
    maximumKeys: 30,
    algorithms: [curve, { algorithm: 'EC', curve: 'P-384' }, { algorithm: 'RSA', keySize: 2048 }],
    connect: async () => card,
  }
})

suite('a virtual smart card', () => {
  test('answers the published challenge under the published key, and shows the ATR of Windows', async () => {
    const challenge = Uint8Array.from(Buffer.from('1hFD+cz/0so=', 'base64'))
    const card = createVirtualSmartCard({
      cardId: `{${cardId.toUpperCase()}}`,
      adminKey: new Uint8Array(24),
      randomBytes: () => challenge,
    })
    assert.equal(card.answerToReset, '3b8d0180fba000000397425446590301c8')
    assert.equal(await card.readCardId(), cardId)
    assert.deepEqual(await card.requestChallenge(), challenge)
    await card.authenticateAdministrator(Uint8Array.from(Buffer.from('F0Zudm4wPLY=', 'base64')))
    await card.erase()
  })

  test('forgets a challenge with the next command, whichever it is', async () => {
    const card = newCard()
    const commands = [
      () => card.readCardId(),
      () => card.listKeys(),
      () => card.verifyPin(pin),
      () => card.verifyPin('00000000'),
      () => card.changePin(pin, pin),
      () => card.setPin(pin),
      () => card.changeAdminKey(adminKey),
      () => card.generateKeyPair(curve),
      () => card.sign('none', 'SHA-256', new Uint8Array(1)),
      () => card.readCertificate('none'),
      () => card.writeCertificate('none', new Uint8Array(1)),
      () => card.deleteKey('none'),
      () => card.erase(),
      () => card.disconnect(),
    ]
    for (const command of commands) {
      const response = authenticationResponse(adminKey, await card.requestChallenge())
      await refusalOf(command())
      await refuses(card.authenticateAdministrator(response), 'no-challenge')
    }
  })

  test('counts a response of the wrong length', async () => {
    const card = newCard()
    const challenge = await card.requestChallenge()
    const response = authenticationResponse(adminKey, challenge)
    await refuses(card.authenticateAdministrator(response.subarray(0, 7)), 'wrong-response', 4)
    await card.requestChallenge()
    await refuses(card.authenticateAdministrator(new Uint8Array(0)), 'wrong-response', 3)
  })

  test('keeps its own copy of the admin key and of certificates', async () => {
    const givenKey = Uint8Array.from(adminKey)
    const card = createVirtualSmartCard({ cardId, adminKey: givenKey, randomBytes })
    givenKey.fill(0)
    await authenticate(card, adminKey)
    const changedKey = Uint8Array.from(adminKey, byte => byte ^ 0xf0)
    await card.changeAdminKey(changedKey)
    const kept = Uint8Array.from(changedKey)
    changedKey.fill(0)
    await authenticate(card, kept)

    await card.verifyPin(pin)
    const key = await card.generateKeyPair(curve)
    const publicKey = Uint8Array.from(key.publicKey)
    key.publicKey.fill(0)
    const certificate = Uint8Array.of(0x30, 0x00)
    await card.writeCertificate(key.keyId, certificate)
    certificate.fill(0)
    ;(await card.readCertificate(key.keyId)).fill(0)
    assert.deepEqual(await card.readCertificate(key.keyId), Uint8Array.of(0x30, 0x00))
    assert.deepEqual((await card.listKeys())[0]?.publicKey, publicKey)
  })

  test('gives out its challenge as a copy: writing into it does not choose what must be answered', async () => {
    const card = newCard()
    const challenge = await card.requestChallenge()
    const response = authenticationResponse(adminKey, challenge)
    challenge.fill(0)
    await card.authenticateAdministrator(response)
  })

  test('without a PIN waits for the administrator to set one', async () => {
    const card = createVirtualSmartCard({ cardId, adminKey, randomBytes, pin: null })
    await refuses(card.verifyPin(pin), 'pin-not-set')
    await refuses(card.changePin(pin, pin), 'pin-not-set')
    await authenticate(card, adminKey)
    await card.setPin('4711-4711')
    await card.verifyPin('4711-4711')
  })

  test('has the tries and the room that it was made with', async () => {
    const card = createVirtualSmartCard({
      cardId,
      adminKey,
      randomBytes,
      pin: '4711',
      pinTries: 1,
      adminTries: 1,
      maximumKeys: 1,
    })
    await card.verifyPin('4711')
    await card.generateKeyPair(curve)
    await refuses(card.generateKeyPair(curve), 'card-full')
    await refuses(card.verifyPin('4712'), 'wrong-pin', 0)
    await refuses(card.verifyPin('4711'), 'pin-blocked', 0)
    await card.requestChallenge()
    await refuses(card.authenticateAdministrator(new Uint8Array(8)), 'wrong-response', 0)
    await refuses(authenticate(card, adminKey), 'admin-blocked', 0)
  })

  test('is not made with a card id, admin key or PIN that no card could have', () => {
    const options = { cardId, adminKey, randomBytes }
    assert.throws(() => createVirtualSmartCard({ ...options, cardId: 'card' }), { code: 'invalid-card-id' })
    assert.throws(() => createVirtualSmartCard({ ...options, adminKey: new Uint8Array(16) }), {
      code: 'invalid-key',
    })
    for (const unfit of ['', '123', '1'.repeat(128), 'pässwort']) {
      assert.throws(() => createVirtualSmartCard({ ...options, pin: unfit }), { code: 'invalid-pin' })
    }
  })

  test('makes keys of the other sizes too', async () => {
    const card = newCard()
    await card.verifyPin(pin)
    const key = await card.generateKeyPair({ algorithm: 'RSA', keySize: 3072 })
    assert.equal((await card.sign(key.keyId, 'SHA-256', new Uint8Array(1))).length, 384)
  })

  test('shows nothing but its answer to reset, however it is looked at', async () => {
    const card = newCard()
    await authenticate(card, adminKey)
    await card.setPin('Very-Secret-9')
    await card.verifyPin('Very-Secret-9')
    await card.generateKeyPair(curve)
    const { answerToReset } = card
    assert.equal(JSON.stringify(card), JSON.stringify({ answerToReset }))
    assert.equal(
      inspect(card, { showHidden: true, depth: null, getters: true, breakLength: Number.POSITIVE_INFINITY }),
      `VirtualSmartCard { answerToReset: '${answerToReset}' }`,
    )
    assert.deepEqual({ ...card }, { answerToReset })
    assert.deepEqual(Reflect.ownKeys(card), ['answerToReset'])
  })

  test('has no command but those of the port', () => {
    assert.deepEqual(Reflect.ownKeys(Reflect.getPrototypeOf(newCard()) ?? {}), [
      'constructor',
      'readCardId',
      'requestChallenge',
      'authenticateAdministrator',
      'changeAdminKey',
      'setPin',
      'changePin',
      'verifyPin',
      'generateKeyPair',
      'sign',
      'writeCertificate',
      'readCertificate',
      'listKeys',
      'deleteKey',
      'erase',
      'disconnect',
    ])
  })

  test('repeats neither PIN nor response in a refusal', async () => {
    const card = newCard()
    const guess = 'Gu3ss!Gu3ss!'
    const response = Uint8Array.from(Buffer.from('Resp0nse'))
    await card.requestChallenge()
    const refusals = [
      await refusalOf(card.authenticateAdministrator(response)),
      await refusalOf(card.authenticateAdministrator(response)),
      await refusalOf(card.verifyPin(guess)),
      await refusalOf(card.changePin(guess, pin)),
      await refusalOf(card.changePin(pin, guess.repeat(20))),
      await refusalOf(card.setPin(guess)),
    ]
    for (const refusal of refusals) {
      assert.ok(refusal)
      const shown = inspect(refusal, { depth: null, showHidden: true })
      for (const secret of [guess, pin, 'Resp0nse', Buffer.from(response).toString('hex')]) {
        assert.equal(refusal.message.includes(secret), false)
        assert.equal(shown.includes(secret), false)
      }
      assert.match(refusal.message, /\.$/)
    }
  })

  test('signs what openssl verifies', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'virtual-smart-card-'))
    try {
      const card = newCard()
      await card.verifyPin(pin)
      const data = randomBytes(1000)
      const publicKeyFile = join(folder, 'public-key.der')
      const signatureFile = join(folder, 'signature')
      for (const algorithm of [curve, { algorithm: 'RSA', keySize: 2048 } as const]) {
        const { keyId, publicKey } = await card.generateKeyPair(algorithm)
        writeFileSync(publicKeyFile, publicKey)
        for (const hash of ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'] as const) {
          writeFileSync(signatureFile, await card.sign(keyId, hash, data))
          const verification = ['dgst', `-${hash.replace('-', '').toLowerCase()}`, '-keyform', 'DER']
          const said = openssl([...verification, '-verify', publicKeyFile, '-signature', signatureFile], data)
          assert.equal(said.toString().trim(), 'Verified OK')
        }
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
