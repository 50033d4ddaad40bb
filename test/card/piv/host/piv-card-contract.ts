import assert from 'node:assert/strict'
import { createHash, createPublicKey, type KeyObject, randomBytes, verify } from 'node:crypto'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { readTemplate, requireValue } from '../../../../src/card/apdu/ber-tlv.ts'
import type { CardConnection } from '../../../../src/card/card-connection.ts'
import { openPivCard } from '../../../../src/card/piv/host/open-piv-card.ts'
import type { PivCard } from '../../../../src/card/piv/host/piv-card.ts'
import {
  type ManagementKeyType,
  managementKeyCiphers,
  managementKeyResponse,
} from '../../../../src/card/secrets/management-key.ts'
import type { CardKey, HashAlgorithm } from '../../../../src/card/smart-card.ts'
import { refusalOf, refuses } from '../../card-errors.ts'
import { certificateFor } from '../certificate.ts'
import { managementKey, pin, puk, serialNumber } from '../piv-cards.ts'

export interface CardUnderTest {
  /** The commands that have reached the card. */
  readonly commands: readonly Uint8Array[]
  connect(): CardConnection
}

export interface Features {
  readonly managementKeyType: ManagementKeyType
  /** Whether the card has a YubiKey's extensions. */
  readonly extensions: boolean
  /** Whether a deleted key leaves its slot empty, and not with a new key that nobody uses. */
  readonly emptiesSlots: boolean
}

const p256 = { algorithm: 'EC', curve: 'P-256' } as const
const rsa = { algorithm: 'RSA', keySize: 2048 } as const
const message = Buffer.from('a message')

/** What the driver makes of any PIV card that is new, with 3 tries and the PIN, PUK and management key of all new cards. */
export function pivCardContract(newCard: () => Promise<CardUnderTest>, features: Features): void {
  const { managementKeyType: type, extensions, emptiesSlots } = features
  const open = (card: CardUnderTest) => openPivCard(card.connect(), { randomBytes })
  const administer = async (): Promise<PivCard> => {
    const card = await open(await newCard())
    await card.authenticateMutually(managementKey)
    return card
  }

  test('finds out the type of the management key, and spends no try on it', async () => {
    const card = await open(await newCard())
    assert.equal(await card.readManagementKeyType(), type)
    assert.equal(await card.readPinTries(), 3)
  })

  test('authenticates the administrator by challenge and response, once each', async () => {
    const card = await open(await newCard())
    const challenge = await card.requestChallenge()
    assert.equal(challenge.length, managementKeyCiphers[type].challengeLength)
    const response = managementKeyResponse(type, managementKey, challenge)
    await card.authenticateAdministrator(response)
    await refuses(card.authenticateAdministrator(response), 'no-challenge')
    await refuses(card.generateKeyPair(p256), 'security-status-not-satisfied')
    await card.requestChallenge()
    await refuses(card.authenticateAdministrator(response), 'wrong-response')
  })

  test('tells a wrong management key from a card that is not genuine', async () => {
    const card = await open(await newCard())
    await refuses(card.authenticateMutually(new Uint8Array(24).fill(7)), 'wrong-response')
    await refuses(card.authenticateMutually(new Uint8Array(5)), 'invalid-key')
    await refuses(card.deleteKey('9a'), 'security-status-not-satisfied')
    await card.authenticateMutually(managementKey)
  })

  test('initializes a new card, which has the same id ever after', async () => {
    const underTest = await newCard()
    const card = await open(underTest)
    if (!extensions) await refuses(card.readCardId(), 'not-initialized')
    await refuses(card.initialize(), 'security-status-not-satisfied')
    await card.authenticateMutually(managementKey)
    const cardId = await card.initialize()
    if (extensions) assert.equal(cardId, '59756269-4b65-7900-0000-000001234567')
    assert.equal(await card.readSerialNumber(), extensions ? serialNumber : undefined)
    assert.equal(await card.initialize(), cardId)
    assert.equal(await (await open(underTest)).readCardId(), cardId)
  })

  test('makes keys in free slots, and in those that are asked for', async () => {
    const card = await administer()
    const ids = []
    for (const slot of [undefined, undefined, undefined, '9c', undefined]) {
      const key = await card.generateKeyPair(p256, slot)
      ids.push(key.keyId)
      await card.writeCertificate(key.keyId, certificateFor(key.publicKey))
    }
    assert.deepEqual(ids, ['9a', '9d', '82', '9c', '83'])
    const keys = await card.listKeys()
    assert.deepEqual(
      keys.map(key => key.keyId),
      ['9a', '9c', '9d', '82', '83'],
    )
    assert.ok(keys.every(key => key.hasCertificate))
    await refuses(card.generateKeyPair(p256, '9b'), 'no-such-key')
  })

  for (const algorithm of [rsa, p256, { algorithm: 'EC', curve: 'P-384' } as const]) {
    const name = algorithm.algorithm === 'RSA' ? 'RSA-2048' : algorithm.curve
    test(`signs with a key of ${name} under every hash`, async () => {
      const card = await administer()
      const key = await card.generateKeyPair(algorithm)
      assert.deepEqual(key.algorithm, algorithm)
      await refuses(card.sign(key.keyId, 'SHA-256', message), 'security-status-not-satisfied')
      await card.verifyPin(pin)
      for (const hash of ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'] as const) {
        assertVerifies(key, hash, await card.sign(key.keyId, hash, message))
      }
    })
  }

  test('signs with 9c once for each time the PIN is verified', async () => {
    const card = await administer()
    const signing = await card.generateKeyPair(p256, '9c')
    await card.verifyPin(pin)
    assertVerifies(signing, 'SHA-256', await card.sign('9c', 'SHA-256', message))
    await refuses(card.sign('9c', 'SHA-256', message), 'security-status-not-satisfied')
    await card.disconnect()
    await refuses(card.sign('9c', 'SHA-256', message), 'not-connected')
  })

  test('signs with 9e without a PIN', async () => {
    const card = await administer()
    const key = await card.generateKeyPair(p256, '9e')
    assertVerifies(key, 'SHA-256', await card.sign('9e', 'SHA-256', message))
  })

  test('writes a certificate, reads it in another connection, and signs with what it certifies', async () => {
    const underTest = await newCard()
    const card = await open(underTest)
    await card.authenticateMutually(managementKey)
    const key = await card.generateKeyPair(rsa)
    await refuses(card.readCertificate(key.keyId), 'no-such-certificate')
    await refuses(card.writeCertificate(key.keyId, message), 'invalid-certificate')
    const certificate = certificateFor(key.publicKey)
    await card.writeCertificate(key.keyId, certificate)
    await card.disconnect()
    const again = await open(underTest)
    assert.deepEqual(await again.readCertificate(key.keyId), certificate)
    assert.deepEqual(await again.listKeys(), [{ ...key, hasCertificate: true }])
    await again.verifyPin(pin)
    assertVerifies(key, 'SHA-256', await again.sign(key.keyId, 'SHA-256', message))
  })

  test('refuses the certificate of another key', async () => {
    const card = await administer()
    await card.generateKeyPair(p256)
    const other = await card.generateKeyPair(p256, '9d')
    await refuses(card.writeCertificate('9a', certificateFor(other.publicKey)), 'invalid-certificate')
  })

  test('reads a certificate that another program has compressed', async () => {
    const underTest = await newCard()
    const card = await open(underTest)
    await card.authenticateMutually(managementKey)
    const key = await card.generateKeyPair(rsa)
    const certificate = certificateFor(key.publicKey)
    await putCertificateObject(underTest.connect(), gzipSync(certificate))
    assert.deepEqual(await card.readCertificate('9a'), certificate)
    await putCertificateObject(underTest.connect(), gzipSync(certificate).subarray(0, 100))
    await refuses(card.readCertificate('9a'), 'unexpected-answer')
    await putCertificateObject(underTest.connect(), gzipSync(new Uint8Array(1_000_000)))
    const refusal = await refusalOf(card.readCertificate('9a'))
    assert.match(refusal?.message ?? '', /compressed content cannot be read/)
    await card.deleteKey('9a')
    await refuses(card.readCertificate('9a'), emptiesSlots ? 'no-such-key' : 'no-such-certificate')
  })

  test('deletes a key with its certificate, and all of them', async () => {
    const card = await administer()
    for (const slot of ['9a', '9c', '95']) {
      const key = await card.generateKeyPair(p256, slot)
      await card.writeCertificate(slot, certificateFor(key.publicKey))
    }
    const inUse = async () =>
      (await card.listKeys()).filter(key => key.hasCertificate || emptiesSlots).map(key => key.keyId)
    await card.deleteKey('9c')
    if (emptiesSlots) await refuses(card.deleteKey('9c'), 'no-such-key')
    assert.deepEqual(await inUse(), ['9a', '95'])
    assert.deepEqual(await card.erase(), [])
    assert.deepEqual(await inUse(), [])
  })

  test('leaves no private key to sign with, of those that were deleted or erased', async () => {
    const underTest = await newCard()
    const card = await open(underTest)
    await card.authenticateMutually(managementKey)
    const former: CardKey[] = []
    for (const slot of ['9a', '9e', '82', '83']) {
      const key = await card.generateKeyPair(p256, slot)
      if (slot !== '83') await card.writeCertificate(slot, certificateFor(key.publicKey))
      former.push(key)
    }
    await card.verifyPin(pin)
    const isSignedBy = async ({ keyId, publicKey }: CardKey) => {
      const signature = await signedDigest(underTest.connect(), keyId)
      const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' })
      return signature !== undefined && verify('sha256', message, key, signature)
    }
    for (const key of former) assert.equal(await isSignedBy(key), true, key.keyId)
    await card.deleteKey('82')
    assert.deepEqual(await card.erase(), [])
    for (const key of former) assert.equal(await isSignedBy(key), false, key.keyId)
  })

  test('has room for the next holder after each erasure, in the slot that programs sign in with', async () => {
    const underTest = await newCard()
    for (let holder = 0; holder < 3; holder++) {
      const card = await open(underTest)
      await card.authenticateMutually(managementKey)
      const kept: string[] = []
      for (const slot of ['9a', '9d', '82']) {
        const again = await open(underTest)
        await again.authenticateMutually(managementKey)
        const { keyId, publicKey } = await again.generateKeyPair(p256, undefined, kept)
        assert.equal(keyId, slot)
        if (slot === '9a') await again.writeCertificate(keyId, certificateFor(publicKey))
        kept.push(keyId)
      }
      assert.deepEqual(await card.erase(), [])
    }
  })

  test('changes the PIN and the PUK', async () => {
    const card = await open(await newCard())
    await card.changePin(pin, '654321')
    await card.changePuk(puk, '87654321')
    await refuses(card.verifyPin(pin), 'wrong-pin', 2)
    await card.verifyPin('654321')
    await refuses(card.changePuk(puk, '11111111'), 'wrong-puk', 2)
    await refuses(card.changePin('654321', '12345'), 'invalid-pin')
    await refuses(card.changePin('654321', '123456789'), 'invalid-pin')
    await refuses(card.verifyPin('1'), 'invalid-pin')
  })

  test('sends no PIN twice, and none on the last try unless told to', async () => {
    const underTest = await newCard()
    const card = await open(underTest)
    await refuses(card.verifyPin('000000'), 'wrong-pin', 2)
    const sent = verifications(underTest)
    await refuses(card.verifyPin('000000'), 'pin-refused-before')
    await refuses(card.changePin('000000', '222222'), 'pin-refused-before')
    await refuses(card.verifyPin('000001'), 'wrong-pin', 1)
    await refuses(card.verifyPin('000002'), 'last-pin-try', 1)
    assert.equal(verifications(underTest), sent + 1)
    await refuses(card.verifyPin('000002', { spendsLastTry: true }), 'wrong-pin', 0)
    await refuses(card.verifyPin(pin), 'pin-blocked', 0)
    await card.unblockPin(puk, '000000')
    await card.verifyPin('000000')
  })

  test('sends no PUK twice', async () => {
    const card = await open(await newCard())
    await refuses(card.unblockPin('00000000', '222222'), 'wrong-puk', 2)
    await refuses(card.unblockPin('00000000', '222222'), 'pin-refused-before')
    await refuses(card.changePuk('00000000', '22222222'), 'pin-refused-before')
    await refuses(card.changePuk('00000001', '22222222'), 'wrong-puk', 1)
    await refuses(card.changePuk('00000002', '22222222', { spendsLastTry: true }), 'wrong-puk', 0)
    await refuses(card.changePuk(puk, '22222222', { spendsLastTry: true }), 'puk-blocked')
    assert.equal(await card.readPukTries(), extensions ? 0 : undefined)
  })

  if (!extensions) {
    test('says what the card cannot do', async () => {
      const card = await administer()
      await refuses(card.changeAdminKey(new Uint8Array(24).fill(5)), 'command-not-supported')
      await refuses(card.reset(), 'command-not-supported')
      assert.equal(await card.readPinTries(), 3)
    })
    return
  }

  test('replaces the management key by one of any type', async () => {
    const underTest = await newCard()
    let key = managementKey
    for (const next of ['3DES', 'AES-128', 'AES-192', 'AES-256'] as const) {
      const card = await open(underTest)
      await card.authenticateMutually(key)
      key = new Uint8Array(randomBytes(managementKeyCiphers[next].keyLength))
      await card.setManagementKey(next, key)
      assert.equal(await card.readManagementKeyType(), next)
      await card.changeAdminKey(key.reverse())
    }
    await (await open(underTest)).authenticateMutually(key)
  })

  test('resets the card to what its maker delivered', async () => {
    const card = await administer()
    await card.changePin(pin, '654321')
    await card.setManagementKey('AES-128', new Uint8Array(16).fill(1))
    await card.generateKeyPair(p256)
    await card.initialize()
    await card.reset()
    assert.equal(await card.readManagementKeyType(), type)
    assert.deepEqual(await card.listKeys(), [])
    await card.verifyPin(pin)
    assert.equal(await card.readPinTries(), 3)
    assert.equal(await card.readPukTries(), 3)
    await refuses(card.erase(), 'security-status-not-satisfied')
  })
}

function assertVerifies(key: CardKey, hash: HashAlgorithm, signature: Uint8Array): void {
  const publicKey: KeyObject = createPublicKey({
    key: Buffer.from(key.publicKey),
    format: 'der',
    type: 'spki',
  })
  assert.ok(verify(hash.replace('-', ''), message, publicKey, signature))
}

/** What a key on P-256 signs of the message; nothing where the slot has no such key. */
async function signedDigest({ transmit }: CardConnection, keyId: string): Promise<Uint8Array | undefined> {
  const digest = createHash('sha256').update(message).digest('hex')
  const command = Buffer.from(`008711${keyId}267C2482008120${digest}00`, 'hex')
  let answer = Buffer.from(await transmit(command))
  while (answer.at(-2) === 0x61) {
    const next = await transmit(Buffer.from('00C0000000', 'hex'))
    answer = Buffer.concat([answer.subarray(0, -2), next])
  }
  if (answer.readUInt16BE(answer.length - 2) !== 0x9000) return undefined
  return requireValue(readTemplate(answer.subarray(0, -2), 0x7c), 0x82)
}

/** How many PINs have gone to the card. */
function verifications({ commands }: CardUnderTest): number {
  return commands.filter(command => command[1] === 0x20 && command.length > 5).length
}

/** As the administrator that is authenticated already, by chained commands. */
async function putCertificateObject(connection: CardConnection, compressed: Uint8Array): Promise<void> {
  const tlv = (tag: number, value: Uint8Array) =>
    Buffer.concat([Buffer.of(tag, 0x82, value.length >> 8, value.length & 0xff), value])
  const content = Buffer.concat([tlv(0x70, compressed), Buffer.from('710101FE00', 'hex')])
  let data = Buffer.concat([Buffer.from('5C035FC105', 'hex'), tlv(0x53, content)])
  while (data.length > 255) {
    await connection.transmit(Buffer.concat([Buffer.from('10DB3FFFFF', 'hex'), data.subarray(0, 255)]))
    data = data.subarray(255)
  }
  const last = Buffer.concat([Buffer.from('00DB3FFF', 'hex'), Buffer.of(data.length), data])
  assert.deepEqual([...(await connection.transmit(last))], [0x90, 0x00])
}
