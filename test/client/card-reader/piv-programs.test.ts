import assert from 'node:assert/strict'
import { randomBytes, verify, X509Certificate } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, suite, type TestContext, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { openPivCard } from '../../../src/card/piv/host/open-piv-card.ts'
import type { CardReaders } from '../../../src/client/card-reader/card-readers.ts'
import { openPcscReaders } from '../../../src/client/card-reader/pcsc-readers.ts'
import { openssl } from '../../card/openssl.ts'
import { leftOutWithout } from '../../testbed/left-out.ts'
import { type Pcscd, startPcscd } from '../../testbed/pcscd.ts'
import { type InsertedCard, insertNewCard } from './inserted-card.ts'

const pin = '123456'
const puk = '12345678'
const otherKey = 'a1a2a3a4a5a6a7a8b1b2b3b4b5b6b7b8c1c2c3c4c5c6c7c8'
const plugProgram = join(import.meta.dirname, 'piv-plug-card.ts')

let pcscd: Pcscd
const reader = () => ['--reader', pcscd.reader]
const slot = () => ['--slot-description', pcscd.reader]
const login = () => [...slot(), '--login', '--pin', pin]

suite('Programs for PIV cards, through pcscd', { skip: leftOutWithout('pcscd') }, tests)

function tests() {
  before(async () => {
    pcscd = await startPcscd()
  })
  after(() => pcscd.stop())

  test('yubico-piv-tool sees a new card and gives it an identity', async t => {
    const card = await newCard(t)
    const before = await yubico(card, 'status')
    assert.match(before, /Version:\t5\.7\.0\nSerial Number:\t19088743\nCHUID:\tNo data available/)
    assert.match(before, /PIN tries left:\t3/)
    await yubico(card, 'set-chuid')
    await yubico(card, 'set-ccc')
    assert.match(await yubico(card, 'status'), /CHUID:\t3019d4e739da.*\nCCC:\tf015a000000116ff02/)
  })

  test('yubico-piv-tool makes keys, imports their certificates and uses them', async t => {
    const card = await newCard(t)
    for (const [algorithm, slotName, action, done] of [
      ['RSA2048', '9a', 'test-signature', 'Successful RSA verification'],
      ['ECCP256', '9c', 'test-signature', 'Successful ECDSA verification'],
      ['ECCP384', '9d', 'test-decipher', 'Successfully performed ECDH exchange'],
      ['RSA2048', '82', 'test-decipher', 'Successfully performed RSA decryption'],
    ] as const) {
      const certificate = await keyAndCertificate(card, slotName, algorithm)
      const read = await yubico(card, 'read-certificate', '-s', slotName)
      assert.ok(new X509Certificate(read).raw.equals(new X509Certificate(certificate).raw))
      const listed = new RegExp(`Slot ${slotName}:\t\n\tAlgorithm:\t${algorithm}\n`)
      assert.match(await yubico(card, 'status'), listed)
      const input = ['-s', slotName, '-i', card.file('certificate.pem')]
      assert.match(await yubico(card, action, '-a', 'verify-pin', '-P', pin, ...input), new RegExp(done))
      await yubico(card, 'delete-certificate', '-s', slotName)
      assert.doesNotMatch(await yubico(card, 'status'), /Slot/)
    }
  })

  test('yubico-piv-tool imports a key pair from outside', async t => {
    const card = await newCard(t)
    openssl([
      'genpkey',
      '-algorithm',
      'RSA',
      '-pkeyopt',
      'rsa_keygen_bits:2048',
      '-out',
      card.file('key.pem'),
    ])
    const names = ['-new', '-key', card.file('key.pem'), '-subj', '/CN=bob']
    openssl(['x509', ...names, '-signkey', card.file('key.pem'), '-out', card.file('bob.pem')])
    await yubico(card, 'import-key', '-s', '9d', '-i', card.file('key.pem'))
    const input = ['-s', '9d', '-i', card.file('bob.pem')]
    const used = await yubico(card, 'test-decipher', '-a', 'verify-pin', '-P', pin, ...input)
    assert.match(used, /Successfully performed RSA decryption/)
  })

  test('yubico-piv-tool changes and unblocks the PIN, changes the PUK and the management key', async t => {
    const card = await newCard(t)
    await yubico(card, 'change-pin', '-P', pin, '-N', '654321')
    await yubico(card, 'change-puk', '-P', puk, '-N', '87654321')
    for (let left = 2; left >= 0; left--) {
      const refused = await pcscd.run('yubico-piv-tool', ...ofReader(), '-a', 'verify-pin', '-P', '000000')
      assert.match(refused.stderr, left === 0 ? /blocked/ : new RegExp(`${left} tries left`))
    }
    await yubico(card, 'unblock-pin', '-P', '87654321', '-N', pin)
    await yubico(card, 'verify-pin', '-P', pin)
    await yubico(card, 'set-mgm-key', '-n', otherKey)
    const old = await pcscd.run('yubico-piv-tool', ...ofReader(), '-a', 'set-chuid')
    assert.match(old.stderr, /Failed authentication/)
    await yubico(card, 'set-chuid', `-k${otherKey}`)
  })

  test('yubico-piv-tool sets numbers of tries and resets a card whose PIN and PUK are blocked', async t => {
    const card = await newCard(t)
    const retries = ['--pin-retries', '4', '--puk-retries', '2']
    await yubico(card, 'pin-retries', '-a', 'verify-pin', '-P', pin, ...retries)
    assert.match(await yubico(card, 'status'), /PIN tries left:\t4/)
    const early = await pcscd.run('yubico-piv-tool', ...ofReader(), '-a', 'reset')
    assert.notEqual(early.status, 0)
    for (let tries = 4; tries > 0; tries--) {
      await pcscd.run('yubico-piv-tool', ...ofReader(), '-a', 'verify-pin', '-P', '000000')
      await pcscd.run('yubico-piv-tool', ...ofReader(), '-a', 'unblock-pin', '-P', '00000000', '-N', pin)
    }
    assert.match(await yubico(card, 'reset'), /Successfully reset the application/)
    assert.match(await yubico(card, 'status'), /PIN tries left:\t3/)
  })

  test('Yubico’s library for Python administers the card with every type of management key', async t => {
    const card = await newCard(t, 'AES-192')
    const program = join(import.meta.dirname, 'piv-yubikit.py')
    const said = await card.tool('python3', program, pcscd.reader)
    assert.deepEqual(JSON.parse(said), {
      version: [5, 7, 0],
      managementKey: 'AES192',
      keyTypes: ['AES128', 'AES256', 'TDES'],
      signed: true,
      signedTwiceByOnePin: false,
      agreed: true,
      opened: 'a secret',
      attempts: [5, 4],
      afterReset: ['AES192', 3],
    })
  })

  test('piv-tool authenticates mutually by AES and writes certificates, compressed ones too', async t => {
    const card = await newCard(t, 'AES-192')
    const key = card.file('management-key')
    await writeFile(key, '01:02:03:04:05:06:07:08:'.repeat(3).slice(0, -1))
    openssl(['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', card.file('ca.key')])
    const names = ['-new', '-key', card.file('ca.key'), '-subj', '/CN=carol', '-days', '2']
    const pem = openssl(['x509', ...names, '-signkey', card.file('ca.key')])
    await writeFile(card.file('carol.pem'), pem)
    // Its exit status is a length when it has written a certificate.
    const tool = (...args: string[]) =>
      pcscd.run('env', `PIV_EXT_AUTH_KEY=${key}`, 'piv-tool', '-A', 'M:9B:0A', ...args)
    await tool('--cert', '9A', '--in', card.file('carol.pem'))
    await writeFile(card.file('carol.gz'), gzipSync(new X509Certificate(pem).raw))
    await tool('--compresscert', '9E', '--in', card.file('carol.gz'))
    for (const id of ['01', '04']) {
      const read = await card.tool('pkcs15-tool', ...reader(), '--read-certificate', id)
      assert.equal(new X509Certificate(read).subject, 'CN=carol')
    }
  })

  test('OpenSC lists the card, tests its keys and makes a certification request', async t => {
    const card = await newCard(t)
    await yubico(card, 'set-chuid')
    await yubico(card, 'set-ccc')
    for (const [slotName, algorithm] of [
      ['9a', 'RSA2048'],
      ['9c', 'ECCP256'],
      ['9d', 'RSA2048'],
    ] as const) {
      await keyAndCertificate(card, slotName, algorithm)
    }
    assert.match(await card.tool('opensc-tool', ...reader(), '--name'), /Personal Identity Verification Card/)
    const dump = await card.tool('pkcs15-tool', ...reader(), '--dump')
    assert.match(dump, /Private RSA Key \[PIV AUTH key\][\s\S]*Private EC Key \[SIGN key\]/)
    assert.match(dump, /Private RSA Key \[KEY MAN key\][\s\S]*Certificate for Key Management/)
    const { status, stdout, stderr } = await pcscd.run('pkcs11-tool', ...login(), '--test')
    assert.equal(status, 0, stdout + stderr)
    assert.match(stdout, /SHA256-RSA-PKCS: OK[\s\S]*Decryption[\s\S]*RSA-PKCS: OK/)
    assert.match(stdout, /No errors/)

    const request = card.file('request.pem')
    const key = `pkcs11:id=%01;type=private;pin-value=${pin}`
    const engine = ['-engine', 'pkcs11', '-keyform', 'engine', '-key', key]
    await card.tool('openssl', 'req', '-new', ...engine, '-subj', '/CN=alice', '-out', request)
    assert.match(openssl(['req', '-in', request, '-noout', '-subject', '-verify']).toString(), /CN = alice/)

    const [message, signature] = [card.file('message'), card.file('signature')]
    await writeFile(message, 'a message')
    const sign = ['--sign', '--mechanism', 'ECDSA-SHA256', '--signature-format', 'openssl', '--id', '02']
    await card.tool('pkcs11-tool', ...login(), ...sign, '-i', message, '-o', signature)
    const verify = [
      'dgst',
      '-sha256',
      '-verify',
      card.file('public-9c.pem'),
      '-signature',
      signature,
      message,
    ]
    assert.equal(openssl(verify).toString(), 'Verified OK\n')
    const refused = await pcscd.run('pkcs11-tool', ...slot(), '--login', '--pin', '000000', '--list-objects')
    assert.match(refused.stderr, /CKR_PIN_INCORRECT/)
  })

  test('they read and use what our driver has written', async t => {
    const card = await insertNewCard(t, pcscd, join(import.meta.dirname, 'piv-plug-driven-card.ts'))
    const status = await yubico(card, 'status')
    assert.match(status, /CHUID:\t3019d4e739da[0-9a-f]+341059756269\S+3e00fe00\nCCC:\tf015a000000116ff02/)
    assert.match(status, /Slot 9a:\t\n\tAlgorithm:\tRSA2048\n\tSubject DN:\tCN=alice/)
    assert.match(status, /Slot 9c:\t\n\tAlgorithm:\tECCP256\n\tSubject DN:\tCN=alice/)
    await writeFile(card.file('9a.pem'), await yubico(card, 'read-certificate', '-s', '9a'))
    const verified = ['-a', 'verify-pin', '-P', '654321']
    const used = await yubico(card, 'test-signature', ...verified, '-s', '9a', '-i', card.file('9a.pem'))
    assert.match(used, /Successful RSA verification/)
    await yubico(card, 'unblock-pin', '-P', '87654321', '-N', pin)
    await yubico(card, 'set-chuid', `-k${otherKey}`)
    const objects = await card.tool('pkcs11-tool', ...login(), '--list-objects')
    assert.match(objects, /Private Key Object; RSA[\s\S]*Private Key Object; EC/)
    const dump = await card.tool('pkcs15-tool', ...reader(), '--dump')
    assert.match(
      dump,
      /Data object 'Card Capability Container'[\s\S]*Data \(53 bytes\): 5333F015A000000116FF02/,
    )
  })

  test('our driver reads and uses through PC/SC what they have written', async t => {
    const card = await newCard(t)
    await yubico(card, 'set-ccc')
    const certificates = new Map<string, Buffer>()
    for (const [slotName, algorithm] of [
      ['9a', 'RSA2048'],
      ['9e', 'ECCP384'],
    ] as const) {
      certificates.set(slotName, await keyAndCertificate(card, slotName, algorithm))
    }
    await yubico(card, 'set-mgm-key', '-n', otherKey)
    const connection = await (await openReaders()).connect(pcscd.reader)
    t.after(() => connection.disconnect())
    const driver = await openPivCard(connection, { randomBytes })
    assert.equal(await driver.readCardId(), '59756269-4b65-7900-0000-000001234567')
    assert.equal(await driver.readManagementKeyType(), '3DES')
    await driver.authenticateMutually(Buffer.from(otherKey, 'hex'))
    await driver.verifyPin(pin)
    const keys = await driver.listKeys()
    assert.deepEqual(
      keys.map(({ keyId, hasCertificate }) => [keyId, hasCertificate]),
      [
        ['9a', true],
        ['9e', true],
      ],
    )
    const message = Buffer.from('a message')
    for (const { keyId } of keys) {
      const certificate = new X509Certificate(certificates.get(keyId) ?? '')
      assert.ok(certificate.raw.equals(await driver.readCertificate(keyId)))
      assert.ok(
        verify('sha384', message, certificate.publicKey, await driver.sign(keyId, 'SHA-384', message)),
      )
    }
    await driver.deleteKey('9a')
    await driver.setManagementKey('AES-256', new Uint8Array(32).fill(9))
    await driver.disconnect()
    assert.doesNotMatch(await yubico(card, 'status'), /Slot 9a/)
  })

  test('finds spent tries, keys and certificates again after the card was killed', async t => {
    const card = await newCard(t)
    const certificate = await keyAndCertificate(card, '9a', 'ECCP256')
    await pcscd.run('yubico-piv-tool', ...ofReader(), '-a', 'verify-pin', '-P', '000000')
    await card.killAndInsert()
    assert.match(await yubico(card, 'status'), /PIN tries left:\t2/)
    const read = await yubico(card, 'read-certificate', '-s', '9a')
    assert.ok(new X509Certificate(read).raw.equals(new X509Certificate(certificate).raw))
    const input = ['-s', '9a', '-i', card.file('certificate.pem')]
    const used = await yubico(card, 'test-signature', '-a', 'verify-pin', '-P', pin, ...input)
    assert.match(used, /Successful ECDSA verification/)
  })
}

/** The library finds the service by the environment of this process. */
async function openReaders(): Promise<CardReaders> {
  const { stdout } = await pcscd.run('/usr/bin/printenv', 'PCSCLITE_CSOCK_NAME')
  Object.assign(process.env, { PCSCLITE_CSOCK_NAME: stdout.trim() })
  return await openPcscReaders()
}

/** Up to version 2.2, yubico-piv-tool knows management keys of triple DES alone. */
function newCard(t: TestContext, managementKeyType = '3DES'): Promise<InsertedCard> {
  return insertNewCard(t, pcscd, plugProgram, managementKeyType)
}

const ofReader = () => ['-r', pcscd.reader]

/** What yubico-piv-tool prints; its actions come in the order given, the named one last. */
function yubico(card: InsertedCard, action: string, ...args: string[]): Promise<string> {
  return card.tool('sh', '-c', 'exec yubico-piv-tool "$@" 2>&1', 'sh', ...ofReader(), ...args, '-a', action)
}

async function keyAndCertificate(card: InsertedCard, slotName: string, algorithm: string): Promise<Buffer> {
  const [publicKey, certificate] = [card.file(`public-${slotName}.pem`), card.file('certificate.pem')]
  await yubico(card, 'generate', '-s', slotName, '-A', algorithm, '-o', publicKey)
  const authority = card.file('ca.key')
  openssl(['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', authority])
  const names = ['-new', '-subj', '/CN=alice', '-key', authority, '-force_pubkey', publicKey]
  openssl(['x509', ...names, '-signkey', authority, '-days', '2', '-out', certificate])
  await yubico(card, 'import-certificate', '-s', slotName, '-i', certificate)
  return readFile(certificate)
}
