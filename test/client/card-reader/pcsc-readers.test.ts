import assert from 'node:assert/strict'
import { createPublicKey, randomBytes, verify, X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, suite, test } from 'node:test'
import type { CardConnection } from '../../../src/card/card-connection.ts'
import { openGidsCard } from '../../../src/card/gids/host/open-gids-card.ts'
import { authenticationResponse } from '../../../src/card/secrets/admin-key.ts'
import type { CardReaders } from '../../../src/client/card-reader/card-readers.ts'
import { openPcscReaders } from '../../../src/client/card-reader/pcsc-readers.ts'
import { refuses } from '../../card/card-errors.ts'
import { openssl } from '../../card/openssl.ts'
import { carefulDriverContract, smartCardContract } from '../../card/smart-card-contract.ts'
import { leftOutWithout } from '../../testbed/left-out.ts'
import { type Pcscd, startPcscd } from '../../testbed/pcscd.ts'
import { type ExchangeableCard, insertExchangeableCard } from './exchangeable-card.ts'

const personal = {
  cardId: '33221100-5544-7766-8899-aabbccddeeff',
  adminKey: randomBytes(24),
  pin: '12345678',
}
const select = Buffer.from('00A4040009A0000003974254465900', 'hex')

suite('PC/SC', { skip: leftOutWithout('pcscd') }, tests)

function tests() {
  let pcscd: Pcscd
  let readers: CardReaders
  let card: ExchangeableCard
  const connections: CardConnection[] = []

  before(async () => {
    pcscd = await startPcscd()
    const { stdout } = await pcscd.run('/usr/bin/printenv', 'PCSCLITE_CSOCK_NAME')
    Object.assign(process.env, { PCSCLITE_CSOCK_NAME: stdout.trim() })
    readers = await openPcscReaders()
    card = await insertExchangeableCard(pcscd)
  })
  // Also where a test failed: the next one would find the card busy.
  afterEach(async () => {
    for (const connection of connections.splice(0)) await connection.disconnect()
  })
  after(async () => {
    await card.pull()
    await pcscd.stop()
  })

  async function connect(timeLimit = 10_000): Promise<CardConnection> {
    const connection = await readers.connect(pcscd.reader, { timeLimit, patience: 200 })
    connections.push(connection)
    return connection
  }

  async function hasCard(): Promise<boolean | undefined> {
    return (await readers.list()).find(({ name }) => name === pcscd.reader)?.hasCard
  }

  test('lists its reader, with the card in it', async () => {
    assert.equal(await hasCard(), true)
  })

  test('carries APDUs to the card, which it names by its answer to reset', async () => {
    const connection = await connect()
    assert.equal(connection.answerToReset, '3b8d0180fba000000397425446590301c8')
    const answer = Buffer.from(await connection.transmit(select)).toString('hex')
    assert.match(answer, /^6112.*9000$/)
    await connection.disconnect()
    await refuses(connection.transmit(select), 'not-connected')
    await connection.disconnect()
  })

  test('gives the card to one program at a time', async () => {
    const first = await connect()
    await refuses(connect(), 'reader-busy')
    const later = readers.connect(pcscd.reader, { patience: 10_000 })
    await first.disconnect()
    await (await later).disconnect()
  })

  test('says what is not there', async () => {
    await refuses(readers.connect('Another Reader 00 00'), 'no-such-reader')
  })

  async function prepare() {
    await card.personalize(personal)
    return {
      ...personal,
      adminTries: 5,
      pinTries: 5,
      maximumKeys: 30,
      algorithms: [
        { algorithm: 'EC', curve: 'P-256' },
        { algorithm: 'RSA', keySize: 2048 },
      ] as const,
      connect: async () => openGidsCard(await connect(), { randomBytes }),
    } as const
  }

  smartCardContract('the GIDS driver through pcscd', prepare)
  carefulDriverContract('the GIDS driver through pcscd', prepare)

  test('furnishes a blank card, and OpenSC finds on it what the driver wrote', async () => {
    await card.pull()
    const waiting = readers.waitForChange(await readers.list(), 10_000)
    card = await insertExchangeableCard(pcscd)
    await waiting
    const gids = await openGidsCard(await connect(), { randomBytes })
    assert.equal(await gids.isInitialized(), false)
    await gids.initialize(personal)
    await gids.authenticateAdministrator(
      authenticationResponse(personal.adminKey, await gids.requestChallenge()),
    )
    await gids.verifyPin(personal.pin)
    const { keyId, publicKey } = await gids.generateKeyPair({ algorithm: 'RSA', keySize: 2048 })
    const certificate = certificateFor(publicKey)
    await gids.writeCertificate(keyId, certificate)
    await gids.disconnect()
    const reader = ['--reader', pcscd.reader]
    const dump = await pcscd.run('pkcs15-tool', ...reader, '--dump')
    assert.match(dump.stdout, new RegExp(`Private RSA Key \\[${keyId}\\]`))
    assert.match(dump.stdout, /Serial number +: 00112233445566778899aabbccddeeff/)
    const { stdout: pem } = await pcscd.run('pkcs15-tool', ...reader, '--read-certificate', '00')
    assert.deepEqual(new X509Certificate(pem).raw, certificate)
    const test = ['--slot-description', pcscd.reader, '--login', '--pin', personal.pin, '--test']
    assert.match((await pcscd.run('pkcs11-tool', ...test)).stdout, /all 4 signature functions seem to work/)
  })

  test('uses the keys that OpenSC made, beside its own', async () => {
    const gids = await openGidsCard(await connect(), { randomBytes })
    const [own] = await gids.listKeys()
    await gids.disconnect()
    const login = ['--slot-description', pcscd.reader, '--login', '--pin', personal.pin]
    const wanted = [
      '--keypairgen',
      '--key-type',
      'rsa:2048',
      '--label',
      'theirs',
      '--id',
      '01',
      '--usage-sign',
    ]
    assert.equal((await pcscd.run('pkcs11-tool', ...login, ...wanted)).status, 0)
    const again = await openGidsCard(await connect(), { randomBytes })
    const [first, theirs, ...others] = await again.listKeys()
    assert.deepEqual([first, others], [own, []])
    assert.equal(theirs?.keyId, 'theirs')
    await again.verifyPin(personal.pin)
    const data = Buffer.from('to be signed')
    const signature = await again.sign('theirs', 'SHA-384', data)
    const key = { key: Buffer.from(theirs.publicKey), type: 'spki', format: 'der' } as const
    assert.ok(verify('sha384', data, createPublicKey(key), signature))
    await again.writeCertificate('theirs', certificateFor(theirs.publicKey))
    await again.deleteKey(own?.keyId ?? '')
    await again.disconnect()
    const dump = await pcscd.run('pkcs15-tool', '--reader', pcscd.reader, '--dump')
    assert.match(dump.stdout, /X\.509 Certificate \[theirs\]/)
    assert.doesNotMatch(dump.stdout, new RegExp(own?.keyId ?? ''))
  })

  test('speaks T=0 to a card that knows nothing else', async () => {
    await card.becomeOdd()
    await (await connect()).disconnect()
    const connection = await connect()
    assert.equal(connection.answerToReset, '3b6500009c02020702')
    const gids = await openGidsCard(connection, { randomBytes })
    assert.deepEqual(await gids.readPinTries(), { left: 5 })
    await gids.verifyPin('12345678')
    const { keyId, publicKey } = await gids.generateKeyPair({ algorithm: 'RSA', keySize: 2048 })
    await gids.writeCertificate(keyId, certificateFor(publicKey))
    await gids.sign(keyId, 'SHA-256', new Uint8Array(1))
    await gids.deleteKey(keyId)
    await gids.disconnect()
    await card.personalize(personal)
    await (await connect()).disconnect()
  })

  test('notices that the card was pulled, in the midst of a command too', async () => {
    const connection = await connect()
    await connection.transmit(select)
    await card.silence()
    const unanswered = connection.transmit(select)
    const [pulled] = await Promise.all([refuses(unanswered, 'card-removed'), card.pull()])
    assert.equal(pulled, undefined)
    await refuses(connection.transmit(select), 'card-removed')
    await connection.disconnect()
    await refuses(connect(), 'no-card')
    assert.equal(await hasCard(), false)
  })

  test('does not wait for ever for a card that says nothing', async () => {
    card = await insertExchangeableCard(pcscd)
    const connection = await connect(300)
    await card.silence()
    await refuses(connection.transmit(select), 'card-timeout')
    await refuses(connection.transmit(select), 'card-timeout')
    await connection.disconnect()
    await refuses(connection.transmit(select), 'not-connected')
  })
}

/** A certificate in DER for a key that openssl does not hold, by an authority of the moment. */
function certificateFor(publicKey: Uint8Array): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'cardinal-certificate-'))
  try {
    const [authority, subjectKey] = [join(folder, 'ca.key'), join(folder, 'public.pem')]
    openssl(['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', authority])
    openssl(['pkey', '-pubin', '-inform', 'DER', '-out', subjectKey], publicKey)
    const subject = ['-new', '-subj', '/CN=alice', '-key', authority, '-force_pubkey', subjectKey]
    return openssl(['x509', ...subject, '-signkey', authority, '-days', '1', '-outform', 'DER'])
  } finally {
    rmSync(folder, { recursive: true })
  }
}
