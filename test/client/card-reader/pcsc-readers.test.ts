import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import { authenticationResponse } from '../../../src/card/admin-key.ts'
import type { CardConnection } from '../../../src/card/card-connection.ts'
import { openGidsCard } from '../../../src/card/gids/host/open-gids-card.ts'
import type { CardReaders } from '../../../src/client/card-reader/card-readers.ts'
import { openPcscReaders } from '../../../src/client/card-reader/pcsc-readers.ts'
import { refuses } from '../../card/card-errors.ts'
import { carefulDriverContract, smartCardContract } from '../../card/smart-card-contract.ts'
import { leavesPcscdOut, type Pcscd, startPcscd } from '../../testbed/pcscd.ts'
import { type ExchangeableCard, insertExchangeableCard } from './exchangeable-card.ts'

const personal = {
  cardId: '33221100-5544-7766-8899-aabbccddeeff',
  adminKey: randomBytes(24),
  pin: '12345678',
}
const select = Buffer.from('00A4040009A0000003974254465900', 'hex')

if (!leavesPcscdOut()) suite('PC/SC', tests)

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
  after(async () => {
    for (const connection of connections) await connection.disconnect()
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
    for (const connection of connections.splice(0)) await connection.disconnect()
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
    for (const connection of connections.splice(0)) await connection.disconnect()
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
    const { keyId } = await gids.generateKeyPair({ algorithm: 'RSA', keySize: 2048 })
    await gids.disconnect()
    const dump = await pcscd.run('pkcs15-tool', '--reader', pcscd.reader, '--dump')
    assert.match(dump.stdout, new RegExp(`Private RSA Key \\[${keyId}\\]`))
    assert.match(dump.stdout, /Serial number +: 00112233445566778899aabbccddeeff/)
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
