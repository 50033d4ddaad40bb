import assert from 'node:assert/strict'
import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { suite, test } from 'node:test'
import { parseAnswerToReset } from '../../src/card/answer-to-reset.ts'
import { authenticationResponse } from '../../src/card/secrets/admin-key.ts'
import type { CardKey, HashAlgorithm, KeyPairAlgorithm, SmartCard } from '../../src/card/smart-card.ts'
import { refusalOf, refuses } from './card-errors.ts'

/** A card in a known state: no keys, all tries left, nobody authenticated. */
export interface PreparedCard {
  readonly cardId: string
  readonly adminKey: Uint8Array
  readonly pin: string
  readonly adminTries: number
  readonly pinTries: number
  readonly maximumKeys: number
  /** What the card is able to make; the suite makes one of each. */
  readonly algorithms: readonly [KeyPairAlgorithm, ...KeyPairAlgorithm[]]
  /** Connects to the card; after `disconnect`, connects to the same card again. */
  connect(): Promise<SmartCard>
}

/** So many words of the port's documentation, so many tests: every implementation of `SmartCard` must pass. */
export function smartCardContract(name: string, prepare: () => Promise<PreparedCard>): void {
  suite(`${name} as a smart card`, () => {
    test('says what it is to anybody', async () => {
      const { card, prepared } = await connect()
      assert.match(card.answerToReset, /^[0-9a-f]+$/)
      assert.equal(parseAnswerToReset(card.answerToReset).hex, card.answerToReset)
      assert.equal(await card.readCardId(), prepared.cardId)
      assert.deepEqual(await card.listKeys(), [])
    })

    suite('authenticating the administrator', () => {
      test('gives a new challenge of 8 bytes each time', async () => {
        const { card } = await connect()
        const challenges = new Set<string>()
        for (let time = 0; time < 10; time++) {
          const challenge = await card.requestChallenge()
          assert.equal(challenge.length, 8)
          challenges.add(Buffer.from(challenge).toString('hex'))
        }
        assert.equal(challenges.size, 10)
      })

      test('accepts the right response once', async () => {
        const { card, prepared } = await connect()
        const response = authenticationResponse(prepared.adminKey, await card.requestChallenge())
        await card.authenticateAdministrator(response)
        await card.erase()
        await refuses(card.authenticateAdministrator(response), 'no-challenge')
      })

      test('ends with a second attempt that fails', async () => {
        const { card, prepared } = await connect()
        await authenticate(card, prepared.adminKey)
        await refuses(answerWrongly(card), 'wrong-response')
        await refuses(card.erase(), 'security-status-not-satisfied')
      })

      test('takes no response to an earlier challenge', async () => {
        const { card, prepared } = await connect()
        const early = authenticationResponse(prepared.adminKey, await card.requestChallenge())
        await card.requestChallenge()
        await refuses(card.authenticateAdministrator(early), 'wrong-response')
      })

      test('uses the challenge up by a wrong response too', async () => {
        const { card, prepared } = await connect()
        const challenge = await card.requestChallenge()
        await refuses(card.authenticateAdministrator(new Uint8Array(8)), 'wrong-response')
        await refuses(
          card.authenticateAdministrator(authenticationResponse(prepared.adminKey, challenge)),
          'no-challenge',
        )
      })

      test('does not outlive the connection, and nor does a challenge', async () => {
        const { card, prepared } = await connect()
        await authenticate(card, prepared.adminKey)
        const challenge = await card.requestChallenge()
        await card.disconnect()
        const again = await prepared.connect()
        await refuses(again.erase(), 'security-status-not-satisfied')
        await refuses(
          again.authenticateAdministrator(authenticationResponse(prepared.adminKey, challenge)),
          'no-challenge',
        )
      })

      test('counts wrong responses in a row, and starts again after a right one', async () => {
        const { card, prepared } = await connect()
        for (let left = prepared.adminTries - 1; left > 0; left--) {
          await refusesResponse(card, left)
        }
        await authenticate(card, prepared.adminKey)
        await refusesResponse(card, prepared.adminTries - 1)
      })

      test('does not count an attempt without a challenge', async () => {
        const { card, prepared } = await connect()
        for (let time = 0; time <= prepared.adminTries; time++) {
          await refuses(card.authenticateAdministrator(new Uint8Array(8)), 'no-challenge')
        }
        await authenticate(card, prepared.adminKey)
      })

      test('is blocked when no try is left, for right responses too, and over a reset', async () => {
        const { card, prepared } = await connect()
        for (let left = prepared.adminTries - 1; left >= 0; left--) {
          await refusesResponse(card, left)
        }
        await refuses(authenticate(card, prepared.adminKey), 'admin-blocked')
        await card.disconnect()
        await refuses(authenticate(await prepared.connect(), prepared.adminKey), 'admin-blocked')
      })
    })

    suite('the admin key', () => {
      const newKey = Uint8Array.from(Buffer.from('0123456789abcdef23456789abcdef01456789abcdef0123', 'hex'))

      test('is changed by the administrator, who stays authenticated', async () => {
        const { card, prepared } = await connect()
        await authenticate(card, prepared.adminKey)
        await card.changeAdminKey(newKey)
        await card.erase()
        await refuses(authenticate(card, prepared.adminKey), 'wrong-response')
        await authenticate(card, newKey)
      })

      test('is changed by nobody else, the cardholder neither', async () => {
        const { card, prepared } = await connect()
        await card.verifyPin(prepared.pin)
        await refuses(card.changeAdminKey(newKey), 'security-status-not-satisfied')
        await authenticate(card, prepared.adminKey)
      })

      test('has 24 bytes', async () => {
        const { card, prepared } = await connect()
        await authenticate(card, prepared.adminKey)
        for (const length of [0, 8, 16, 23, 25]) {
          await refuses(card.changeAdminKey(new Uint8Array(length)), 'invalid-key')
        }
        await authenticate(card, prepared.adminKey)
      })
    })

    suite('the PIN', () => {
      test('counts wrong ones in a row, and starts again after the right one', async () => {
        const { card, prepared } = await connect()
        for (let left = prepared.pinTries - 1; left > 0; left--) {
          await refuses(card.verifyPin(wrongPin(left)), 'wrong-pin', left)
        }
        await card.verifyPin(prepared.pin, lastTry)
        await refuses(card.verifyPin(wrongPin(0)), 'wrong-pin', prepared.pinTries - 1)
      })

      test('is blocked when no try is left, for the right one too, and over a reset', async () => {
        const { card, prepared } = await connect()
        await blockPin(card, prepared)
        await refuses(card.verifyPin(prepared.pin), 'pin-blocked')
        await refuses(card.changePin(prepared.pin, '74193058'), 'pin-blocked')
        await card.disconnect()
        await refuses((await prepared.connect()).verifyPin(prepared.pin), 'pin-blocked')
      })

      test('is set and unblocked by the administrator, whose authentication ends with it', async () => {
        const { card, prepared } = await connect()
        await blockPin(card, prepared)
        await authenticate(card, prepared.adminKey)
        await card.setPin('74193058')
        await refuses(card.setPin('85203169'), 'security-status-not-satisfied')
        await refuses(card.generateKeyPair(prepared.algorithms[0]), 'security-status-not-satisfied')
        await refuses(card.verifyPin(prepared.pin), 'wrong-pin', prepared.pinTries - 1)
        await card.verifyPin('74193058')
      })

      test('is set by nobody else, the cardholder neither', async () => {
        const { card, prepared } = await connect()
        await card.verifyPin(prepared.pin)
        await refuses(card.setPin('74193058'), 'security-status-not-satisfied')
        await card.verifyPin(prepared.pin)
      })

      test('is changed by whoever knows it', async () => {
        const { card, prepared } = await connect()
        await refuses(card.changePin('00000000', '74193058'), 'wrong-pin', prepared.pinTries - 1)
        await card.changePin(prepared.pin, '74193058')
        await refuses(card.verifyPin(prepared.pin), 'wrong-pin')
        await card.verifyPin('74193058')
      })

      test('that the card cannot hold is refused, and costs neither try nor authentication', async () => {
        const { card, prepared } = await connect()
        await authenticate(card, prepared.adminKey)
        for (const pin of ['', '123', '1'.repeat(128)]) {
          await refuses(card.setPin(pin), 'invalid-pin')
          await refuses(card.changePin('00000000', pin), 'invalid-pin')
        }
        await card.setPin(prepared.pin)
        await refuses(card.verifyPin('00000000'), 'wrong-pin', prepared.pinTries - 1)
      })

      test('is no longer verified after a wrong one', async () => {
        const { card, prepared } = await connect()
        await card.verifyPin(prepared.pin)
        const { keyId } = await card.generateKeyPair(prepared.algorithms[0])
        await refuses(card.verifyPin('00000000'), 'wrong-pin')
        await refuses(card.sign(keyId, 'SHA-256', new Uint8Array(1)), 'security-status-not-satisfied')
      })
    })

    suite('a key pair', () => {
      test('is made, listed and used by the cardholder alone, and keeps over a reset', async () => {
        const { card, prepared } = await connect()
        await refuses(card.generateKeyPair(prepared.algorithms[0]), 'security-status-not-satisfied')
        await authenticate(card, prepared.adminKey)
        await refuses(card.generateKeyPair(prepared.algorithms[0]), 'security-status-not-satisfied')
        await card.verifyPin(prepared.pin)
        const key = await card.generateKeyPair(prepared.algorithms[0])
        await card.disconnect()

        const again = await prepared.connect()
        assert.deepEqual(await again.listKeys(), [key])
        await refuses(again.sign(key.keyId, 'SHA-256', new Uint8Array(1)), 'security-status-not-satisfied')
        await authenticate(again, prepared.adminKey)
        await refuses(again.sign(key.keyId, 'SHA-256', new Uint8Array(1)), 'security-status-not-satisfied')
        await again.verifyPin(prepared.pin)
        await again.sign(key.keyId, 'SHA-256', new Uint8Array(1))
      })

      test('of every algorithm is what was asked for, and signs under every hash', async () => {
        const { card, prepared } = await connect()
        await card.verifyPin(prepared.pin)
        const data = Buffer.from('to be signed')
        for (const algorithm of prepared.algorithms) {
          const key = await card.generateKeyPair(algorithm)
          assert.deepEqual(key.algorithm, algorithm)
          assert.equal(key.hasCertificate, false)
          const publicKey = createPublicKey({ key: Buffer.from(key.publicKey), type: 'spki', format: 'der' })
          assert.deepEqual(algorithmOf(publicKey), algorithm)
          for (const hash of ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'] as const) {
            const signature = await card.sign(key.keyId, hash, data)
            assert.ok(
              isSignature(publicKey, hash, data, signature),
              `${hash} by ${JSON.stringify(algorithm)}`,
            )
            assert.equal(isSignature(publicKey, hash, Buffer.from('another'), signature), false)
          }
        }
        const listed = await card.listKeys()
        assert.deepEqual(
          listed.map(key => key.algorithm),
          prepared.algorithms,
        )
        assert.equal(new Set(listed.map(fingerprint)).size, prepared.algorithms.length)
      })

      test('of an algorithm unknown to the card is refused', async () => {
        const { card, prepared } = await connect()
        await card.verifyPin(prepared.pin)
        for (const text of [
          '{"algorithm":"RSA","keySize":1024}',
          '{"algorithm":"RSA","keySize":"2048"}',
          '{"algorithm":"RSA"}',
          '{"algorithm":"EC","curve":"secp256k1"}',
          '{"algorithm":"DSA","keySize":2048}',
        ]) {
          await refuses(card.generateKeyPair(JSON.parse(text)), 'unsupported-algorithm')
        }
        const { keyId } = await card.generateKeyPair(prepared.algorithms[0])
        await refuses(card.sign(keyId, JSON.parse('"MD5"'), new Uint8Array(1)), 'unsupported-algorithm')
        assert.equal((await card.listKeys()).length, 1)
      })

      test('has no room on a full card until another is deleted', async () => {
        const { card, prepared } = await connect()
        await card.verifyPin(prepared.pin)
        const algorithm =
          prepared.algorithms.find(({ algorithm }) => algorithm === 'EC') ?? prepared.algorithms[0]
        const keys: CardKey[] = []
        while (keys.length < prepared.maximumKeys) keys.push(await card.generateKeyPair(algorithm))
        await refuses(card.generateKeyPair(algorithm), 'card-full')
        assert.deepEqual(await card.listKeys(), keys)
        await card.deleteKey(keyIdOf(keys[0]))
        await card.generateKeyPair(algorithm)
      })

      test('is named by an id that no other command takes for another key', async () => {
        const { card, prepared } = await connect()
        await card.verifyPin(prepared.pin)
        const { keyId } = await card.generateKeyPair(prepared.algorithms[0])
        for (const unknown of ['', `${keyId}0`, 'constructor', '__proto__']) {
          await refuses(card.sign(unknown, 'SHA-256', new Uint8Array(1)), 'no-such-key')
          await refuses(card.writeCertificate(unknown, new Uint8Array(1)), 'no-such-key')
          await refuses(card.readCertificate(unknown), 'no-such-key')
          await refuses(card.deleteKey(unknown), 'no-such-key')
        }
      })

      test('is deleted by the cardholder or the administrator', async () => {
        const { card, prepared } = await connect()
        await card.verifyPin(prepared.pin)
        const first = await card.generateKeyPair(prepared.algorithms[0])
        const second = await card.generateKeyPair(prepared.algorithms[0])
        await card.deleteKey(first.keyId)
        assert.deepEqual(await card.listKeys(), [second])
        await refuses(card.sign(first.keyId, 'SHA-256', new Uint8Array(1)), 'no-such-key')
        await card.disconnect()

        const again = await prepared.connect()
        await refuses(again.deleteKey(second.keyId), 'security-status-not-satisfied')
        await authenticate(again, prepared.adminKey)
        await again.deleteKey(second.keyId)
        assert.deepEqual(await again.listKeys(), [])
      })
    })

    suite('a certificate', () => {
      const certificate = Uint8Array.of(0x30, 0x03, 0x02, 0x01, 0x05)

      test('is written by the cardholder, in place of an earlier one, and read by anybody', async () => {
        const { card, prepared } = await connect()
        await card.verifyPin(prepared.pin)
        const { keyId } = await card.generateKeyPair(prepared.algorithms[0])
        await refuses(card.readCertificate(keyId), 'no-such-certificate')
        await card.writeCertificate(keyId, Uint8Array.of(0x30, 0x00))
        await card.writeCertificate(keyId, certificate)
        assert.deepEqual(
          (await card.listKeys()).map(({ hasCertificate }) => hasCertificate),
          [true],
        )
        await card.disconnect()

        const again = await prepared.connect()
        assert.deepEqual(await again.readCertificate(keyId), certificate)
        await refuses(again.writeCertificate(keyId, certificate), 'security-status-not-satisfied')
        await authenticate(again, prepared.adminKey)
        await refuses(again.writeCertificate(keyId, certificate), 'security-status-not-satisfied')
      })

      test('is not empty and not larger than the card', async () => {
        const { card, prepared } = await connect()
        await card.verifyPin(prepared.pin)
        const { keyId } = await card.generateKeyPair(prepared.algorithms[0])
        await refuses(card.writeCertificate(keyId, new Uint8Array(0)), 'invalid-certificate')
        await refuses(card.writeCertificate(keyId, new Uint8Array(1_000_000)), 'card-full')
        await refuses(card.readCertificate(keyId), 'no-such-certificate')
      })
    })

    test('is erased by the administrator alone; PIN, admin key and card id stay', async () => {
      const { card, prepared } = await connect()
      await card.verifyPin(prepared.pin)
      const { keyId } = await card.generateKeyPair(prepared.algorithms[0])
      await card.writeCertificate(keyId, Uint8Array.of(0x30, 0x00))
      await refuses(card.erase(), 'security-status-not-satisfied')
      await authenticate(card, prepared.adminKey)
      await card.erase()
      assert.deepEqual(await card.listKeys(), [])
      await refuses(card.readCertificate(keyId), 'no-such-key')
      assert.equal(await card.readCardId(), prepared.cardId)
      await card.verifyPin(prepared.pin)
      await authenticate(card, prepared.adminKey)
    })

    test('carries out commands in the order of the calls, the slow and the refused ones too', async () => {
      const { card, prepared } = await connect()
      const [early, verified, key, listed] = await Promise.allSettled([
        card.generateKeyPair(prepared.algorithms[0]),
        card.verifyPin(prepared.pin),
        card.generateKeyPair(prepared.algorithms[0]),
        card.listKeys(),
        card.disconnect(),
      ])
      const again = await prepared.connect()
      await refuses(again.generateKeyPair(prepared.algorithms[0]), 'security-status-not-satisfied')
      assert.equal(early.status, 'rejected')
      assert.equal(verified.status, 'fulfilled')
      assert.deepEqual(listed, {
        status: 'fulfilled',
        value: key.status === 'fulfilled' ? [key.value] : 'no key',
      })
    })
  })

  async function connect(): Promise<{ card: SmartCard; prepared: PreparedCard }> {
    const prepared = await prepare()
    return { card: await prepared.connect(), prepared }
  }
}

/** What protects the holder of a card that is spoken to through a reader; a card in software cannot be one's last. */
export function carefulDriverContract(name: string, prepare: () => Promise<PreparedCard>): void {
  suite(`${name} as a card whose tries are precious`, () => {
    test('is not sent a PIN again that it has refused, by either command', async () => {
      const prepared = await prepare()
      const card = await prepared.connect()
      await refuses(card.verifyPin(wrongPin(1)), 'wrong-pin', prepared.pinTries - 1)
      await refuses(card.verifyPin(wrongPin(1), lastTry), 'pin-refused-before')
      await refuses(card.changePin(wrongPin(1), '74193058', lastTry), 'pin-refused-before')
      await refuses(card.changePin(wrongPin(2), '74193058'), 'wrong-pin', prepared.pinTries - 2)
      await refuses(card.verifyPin(wrongPin(2)), 'pin-refused-before')
      await card.verifyPin(prepared.pin)
      await refuses(card.verifyPin(wrongPin(1)), 'pin-refused-before')
      await refuses(card.verifyPin(wrongPin(3)), 'wrong-pin', prepared.pinTries - 1)
    })

    test('takes a PIN that it refused once it was set to it', async () => {
      const prepared = await prepare()
      const card = await prepared.connect()
      await refuses(card.verifyPin('74193058'), 'wrong-pin')
      await authenticate(card, prepared.adminKey)
      await card.setPin('74193058')
      await card.verifyPin('74193058')
    })

    test('keeps its last try until it is told otherwise, over a reset too', async () => {
      const prepared = await prepare()
      const card = await prepared.connect()
      for (let left = prepared.pinTries - 1; left > 0; left--) {
        await refuses(card.verifyPin(wrongPin(left)), 'wrong-pin', left)
      }
      await refuses(card.verifyPin(prepared.pin), 'last-pin-try', 1)
      await refuses(card.changePin(prepared.pin, '74193058'), 'last-pin-try', 1)
      await card.disconnect()
      const again = await prepared.connect()
      await refuses(again.verifyPin(prepared.pin), 'last-pin-try', 1)
      await again.changePin(prepared.pin, '74193058', lastTry)
      await again.verifyPin('74193058')
    })

    test('does nothing any more after it was disconnected', async () => {
      const card = await (await prepare()).connect()
      await card.disconnect()
      await refuses(card.readCardId(), 'not-connected')
      await refuses(card.verifyPin('74193058'), 'not-connected')
      await card.disconnect()
    })
  })
}

/** Authenticates as the enrollment client does, with a response made elsewhere. */
export async function authenticate(card: SmartCard, adminKey: Uint8Array): Promise<void> {
  await card.authenticateAdministrator(authenticationResponse(adminKey, await card.requestChallenge()))
}

/** What is no card's PIN in these tests, another one for each number. */
function wrongPin(number: number): string {
  return `0000000${number}`
}

const lastTry = { spendsLastTry: true }

/** Not every card tells how many responses may still be wrong; none tells a wrong number. */
async function refusesResponse(card: SmartCard, left: number): Promise<void> {
  const refusal = await refusalOf(answerWrongly(card))
  assert.equal(refusal?.code, 'wrong-response')
  if (refusal?.triesLeft !== undefined) assert.equal(refusal.triesLeft, left)
}

async function answerWrongly(card: SmartCard): Promise<void> {
  const challenge = await card.requestChallenge()
  await card.authenticateAdministrator(authenticationResponse(new Uint8Array(24).fill(0x9e), challenge))
}

async function blockPin(card: SmartCard, { pinTries }: PreparedCard): Promise<void> {
  for (let left = pinTries - 1; left >= 0; left--) {
    await refuses(card.verifyPin(wrongPin(left), lastTry), 'wrong-pin', left)
  }
}

function isSignature(
  publicKey: KeyObject,
  hash: HashAlgorithm,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  return verify(hash.replace('-', ''), data, publicKey, signature)
}

function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject) {
  const curves: Record<string, string> = { prime256v1: 'P-256', secp384r1: 'P-384' }
  return asymmetricKeyType === 'rsa'
    ? { algorithm: 'RSA', keySize: asymmetricKeyDetails?.modulusLength }
    : { algorithm: 'EC', curve: curves[asymmetricKeyDetails?.namedCurve ?? ''] }
}

function fingerprint({ publicKey }: CardKey): string {
  return createHash('sha256').update(publicKey).digest('hex')
}

function keyIdOf(key: CardKey | undefined): string {
  return key?.keyId ?? assert.fail('the card holds no key')
}
