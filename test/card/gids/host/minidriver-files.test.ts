import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { inflateSync } from 'node:zlib'
import type { CardConnection } from '../../../../src/card/card-connection.ts'
import { openGidsCard } from '../../../../src/card/gids/host/open-gids-card.ts'
import { readContainerMap, readKeyMap, readMasterFile } from '../../../../src/card/gids/minidriver-files.ts'
import { traceApdus } from '../../../../src/card/host/trace-apdus.ts'
import { refuses } from '../../card-errors.ts'
import { authenticate } from '../../smart-card-contract.ts'
import {
  adminKey,
  cardId,
  createKeyFile,
  type GidsHost,
  generateKey,
  newCard,
  personalCard,
  pin,
} from '../gids-host.ts'
import { connectionTo, open } from './connected-card.ts'

const curve = { algorithm: 'EC', curve: 'P-256' } as const
const rsa = { algorithm: 'RSA', keySize: 2048 } as const
const certificate = Uint8Array.from({ length: 600 }, (_, index) => (index * index * 7) & 0xff)
const keyMap = '00CBA000045C02DF2000'
const containerMap = '00CBA010045C02DF2300'
const masterFile = '00CBA000045C02DF1F00'
const freshness = '00CBA010045C02DF2200'

/** The value of a data object as the card answers it, under a tag of two bytes. */
async function value(host: GidsHost, command: string): Promise<Buffer> {
  const object = Buffer.from(await host.expect(command), 'hex')
  const lengthByte = object[2] ?? 0
  return object.subarray(lengthByte < 0x80 ? 3 : 3 + (lengthByte & 0x7f))
}

suite('what the GIDS driver writes', () => {
  test('is a container, a key and a certificate as the minidriver keeps them', async () => {
    const host = await personalCard()
    const card = await open(connectionTo(host.card))
    await card.verifyPin(pin)
    const first = await card.generateKeyPair(rsa)
    const second = await card.generateKeyPair(curve)
    await card.writeCertificate(second.keyId, certificate)
    await card.writeCertificate(first.keyId, certificate)
    assert.match(first.keyId, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)

    assert.deepEqual(readContainerMap(await value(host, containerMap)), [
      { name: first.keyId, isValid: true, isDefault: true, signatureKeySize: 0, keyExchangeKeySize: 2048 },
      { name: second.keyId, isValid: true, isDefault: false, signatureKeySize: 256, keyExchangeKeySize: 0 },
    ])
    assert.deepEqual(readKeyMap(await value(host, keyMap)), [
      { isUsed: true, mechanism: 0x07, purpose: 'key exchange', keyFile: 0xb081 },
      { isUsed: true, mechanism: 0x0c, purpose: 'signature', keyFile: 0xb082 },
    ])
    assert.deepEqual(readMasterFile(await value(host, masterFile)).slice(5), [
      { directory: 'mscp', name: 'ksc01', file: 0xa010, tag: 0xdf21 + 3 },
      { directory: 'mscp', name: 'kxc00', file: 0xa010, tag: 0xdf21 + 4 },
    ])
    const file = await value(host, '00CBA010045C02DF2500')
    assert.equal(file.subarray(0, 4).toString('hex'), '01005802')
    assert.deepEqual(Uint8Array.from(inflateSync(file.subarray(4))), certificate)
  })

  test('leaves the records of others as they are, in a place that was given up too', async () => {
    const host = await personalCard()
    const card = await open(connectionTo(host.card))
    await card.verifyPin(pin)
    const first = await card.generateKeyPair(curve)
    const second = await card.generateKeyPair(curve)
    const third = await card.generateKeyPair(curve)
    await card.writeCertificate(second.keyId, certificate)
    await card.deleteKey(second.keyId)
    assert.deepEqual(await card.listKeys(), [first, third])
    assert.equal(readMasterFile(await value(host, masterFile)).length, 5)
    assert.equal(readKeyMap(await value(host, keyMap))[1]?.isUsed, false)
    const fourth = await card.generateKeyPair(rsa)
    assert.deepEqual(await card.listKeys(), [first, fourth, third])
  })

  test('keeps clear of a key that the key map puts in another file, and uses it', async () => {
    const host = await personalCard()
    await host.verifyPin()
    await host.expect(createKeyFile(0x82, 0x07), '00440000')
    await host.send(generateKey(0x82, 0x07))
    const name = Buffer.from('first', 'utf16le').toString('hex').padEnd(160, '0')
    await host.expect('00DBA00010DF200D0101000000079A82B0FFFF0000', `00DBA01059DF2356${name}030000000008`)
    const card = await open(connectionTo(host.card))
    const [first] = await card.listKeys()
    assert.equal(first?.keyId, 'first')
    await card.verifyPin(pin)
    await card.sign('first', 'SHA-256', new Uint8Array(1))
    const second = await card.generateKeyPair(curve)
    assert.deepEqual(await card.listKeys(), [first, second])
    assert.equal(readKeyMap(await value(host, keyMap))[1]?.keyFile, 0xb083)
    assert.equal(readContainerMap(await value(host, containerMap))[1]?.isDefault, false)
    await card.deleteKey('first')
    assert.deepEqual(await card.listKeys(), [second])
  })

  test('does not take the certificate that another program left behind for a new key’s', async () => {
    const host = await personalCard()
    const card = await open(connectionTo(host.card))
    await card.verifyPin(pin)
    const { keyId } = await card.generateKeyPair(curve)
    await card.writeCertificate(keyId, certificate)
    // What OpenSC does to delete a key alone: the key file, and its records.
    await host.expect('00A4000C02B081', '00E40000', `00DBA01059DF2356${'00'.repeat(86)}`)
    await card.disconnect()
    const again = await open(connectionTo(host.card))
    assert.deepEqual(await again.listKeys(), [])
    await again.verifyPin(pin)
    const key = await again.generateKeyPair(curve)
    assert.equal(key.hasCertificate, false)
    await refuses(again.readCertificate(key.keyId), 'no-such-certificate')
  })

  test('is announced to those who keep copies, by the counters in cardcf', async () => {
    const host = await personalCard()
    const card = await open(connectionTo(host.card))
    const counters = async () => {
      const bytes = await value(host, freshness)
      return [bytes[1], bytes.readUInt16LE(2), bytes.readUInt16LE(4)]
    }
    assert.deepEqual(await counters(), [0, 0, 0])
    await card.verifyPin(pin)
    const { keyId } = await card.generateKeyPair(curve)
    assert.deepEqual(await counters(), [0, 1, 1])
    await card.writeCertificate(keyId, certificate)
    assert.deepEqual(await counters(), [0, 1, 2])
    await card.changePin(pin, '74193058')
    assert.deepEqual(await counters(), [1, 1, 2])
    await authenticate(card, adminKey)
    await card.setPin(pin)
    assert.deepEqual(await counters(), [2, 1, 2])
  })

  test('furnishes a blank card as OpenSC does, and no other', async () => {
    const host = await newCard()
    const card = await open(connectionTo(host.card))
    assert.equal(await card.isInitialized(), false)
    await refuses(card.readCardId(), 'not-initialized')
    await refuses(card.listKeys(), 'not-initialized')
    await refuses(card.initialize({ cardId: 'none', adminKey, pin }), 'invalid-card-id')
    await refuses(card.initialize({ cardId, adminKey: new Uint8Array(8), pin }), 'invalid-key')
    await refuses(card.initialize({ cardId, adminKey, pin: '1' }), 'invalid-pin')
    await card.initialize({ cardId, adminKey, pin })
    const other = await personalCard()
    for (const command of [
      masterFile,
      containerMap,
      freshness,
      '00CBA012045C02DF2000',
      '00CBA010045C02DF2100',
    ]) {
      assert.equal(await host.expect(command), await other.expect(command))
    }
    await refuses(card.initialize({ cardId, adminKey, pin: '99999999' }), 'already-initialized')
    await card.verifyPin(pin)
    await refuses(card.initialize({ cardId, adminKey, pin: '99999999' }), 'already-initialized')
    assert.deepEqual(await card.readPinTries(), { left: 5, limit: 5 })
  })
})

suite('the commands that the GIDS driver sends', () => {
  async function traced(isShared: boolean) {
    const host = await personalCard()
    const apdus: string[] = []
    const connection: CardConnection = traceApdus(connectionTo(host.card), ({ command }) =>
      apdus.push(command),
    )
    const card = await openGidsCard(connection, {
      randomBytes: length => new Uint8Array(length).fill(7),
      isShared,
    })
    return { host, card, apdus }
  }

  test('are as few as a personalisation needs', async () => {
    const { card, apdus } = await traced(false)
    await authenticate(card, adminKey)
    await card.changeAdminKey(adminKey)
    await card.setPin(pin)
    await card.verifyPin(pin)
    const { keyId } = await card.generateKeyPair(curve)
    await card.sign(keyId, 'SHA-256', new Uint8Array(1))
    await card.writeCertificate(keyId, new Uint8Array(100))
    assert.deepEqual(
      apdus.map(apdu => apdu.slice(0, 8)),
      [
        '00A40400',
        // The administrator: the key chosen, challenge, response, new key.
        ...['002281A4', '00870000', '00870000', '00DB3FFF'],
        // The new PIN, announced: master file, freshness read and written.
        ...['00CBA000', '00CBA010', '00DBA010', '002C0280'],
        // The PIN, after a look at its tries.
        ...['00CB3FFF', '00200080'],
        // The key: both maps read, its file, itself, all announced, both maps written.
        ...['00CBA010', '00CBA000', '00E00000', '00440000', '00470000', '00DBA010', '00DBA000', '00DBA010'],
        ...['002241B6', '002A9E9A'],
        // The certificate, announced, and listed in a master file of 169 bytes.
        ...['00DBA010', '00DBA010', '00DBA000'],
      ],
    )
    const before = apdus.length
    await card.listKeys()
    await card.readCertificate(keyId)
    await card.readCardId()
    await card.readCardId()
    assert.deepEqual(apdus.slice(before), ['00CBA012045C02DF2000'])
  })

  test('hide every PIN, key, challenge and signature from whoever traces them', async () => {
    const { card, apdus } = await traced(false)
    await authenticate(card, adminKey)
    await card.changeAdminKey(adminKey)
    await card.setPin(pin)
    await card.changePin(pin, '74193058')
    const text = apdus.join('\n')
    for (const secret of [Buffer.from(pin), Buffer.from('74193058'), Buffer.from(adminKey.subarray(0, 8))]) {
      assert.ok(!text.includes(secret.toString('hex').toUpperCase()))
    }
    assert.match(text, /^00200080 \[9 bytes masked\]$/m)
  })

  test('read again what another program has changed on a shared card, and nothing else', async () => {
    const { host, card, apdus } = await traced(true)
    await host.verifyPin()
    await card.listKeys()
    const before = apdus.length
    await card.listKeys()
    assert.deepEqual(apdus.slice(before), [freshness])
    const name = Buffer.from('first', 'utf16le').toString('hex').padEnd(160, '0')
    await host.expect('00DBA01009DF2206000001000000', `00DBA01059DF2356${name}010000010000`)
    await card.listKeys()
    assert.ok(apdus.slice(before + 1).includes(containerMap))
  })

  test('read nothing twice on a card that is not shared', async () => {
    const { card, apdus } = await traced(false)
    await card.listKeys()
    const before = apdus.length
    await card.listKeys()
    assert.deepEqual(apdus.slice(before), [])
  })
})
