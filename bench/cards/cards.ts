import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { CardConnection } from '../../src/card/card-connection.ts'
import type { CardPersonality } from '../../src/card/virtual/card-personality.ts'
import { openEnrollableCard } from '../../src/client/cards/open-enrollable-card.ts'
import { fillCard } from '../../src/client/enrollment/fill-card.ts'
import { keepInMemory } from '../../src/client/enrollment/journal.ts'
import { type CardinalClient, createCardinalClient } from '../../src/client/library/create-cardinal-client.ts'
import { type CardDesk, openCardDesk } from '../../test/e2e/cards/card-desk.ts'
import { type Measurement, median } from '../measurement.ts'
import { startServerProcess } from '../server/server-process.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { leastCommands } from './least-commands.ts'
import { measureSigning } from './signing.ts'

const enrollments = 5
const roundTrips = 50
const pin = '73904182'
const template = '97cd65fa-af4b-4587-9309-0dd6bfd8b4e1'
const randomness = {
  randomBytes,
  randomUuid: () => randomUUID(),
  randomInteger: (limit: number) => randomInt(limit),
}

/** Virtual cards in a reader of a real PC/SC service: how they are enrolled, and how fast they sign. */
export async function measureCards(): Promise<Measurement[]> {
  const missing = ['/usr/sbin/pcscd', '/usr/bin/vpcd-config', '/usr/bin/pkcs11-tool'].find(
    file => !existsSync(file),
  )
  if (missing !== undefined || process.getuid?.() !== 0) {
    const reason = missing === undefined ? 'root is needed' : `${missing} is missing`
    process.stderr.write(
      `LEFT OUT: ${reason}. As root: apt-get install pcscd vsmartcard-vpcd opensc softhsm2\n`,
    )
    return []
  }
  await using folder = await temporaryFolder()
  await using server = await startServerProcess({
    dataDir: join(folder.path, 'data'),
    environment: { CARDINAL_LOG_LEVEL: 'warn' },
  })
  const credentials = { user: 'alice', password: await server.passwordOf('alice') }
  const client = createCardinalClient({ baseUrl: server.url, credentials, retries: 0 })
  const desk = await openCardDesk()
  try {
    await acknowledgeAsUsual(desk)
    return [
      ...(await measureEnrollments(desk, client, server.url, 'GIDS')),
      ...(await measureEnrollments(desk, client, server.url, 'PIV')),
      ...(await measureSigning(desk, folder.path, pin)),
      await measureQuickCards(desk),
    ]
  } finally {
    await desk.close()
  }
}

async function measureEnrollments(
  desk: CardDesk,
  client: CardinalClient,
  url: string,
  personality: CardPersonality,
): Promise<Measurement[]> {
  const seconds: number[] = []
  const commands: number[] = []
  let least = 0
  for (let round = 0; round < enrollments; round++) {
    const name = `${personality}-${round}`
    await command(desk, 'create', name, '--key-file', ...(personality === 'PIV' ? ['--piv'] : []))
    await command(desk, 'plug', name, '--background', '--quick')
    const started = performance.now()
    const enrolled = await enroll(desk, client, url)
    seconds.push((performance.now() - started) / 1000)
    commands.push(enrolled.commands)
    least = leastCommands(personality, enrolled.certificateLength)
    await command(desk, 'unplug', name)
  }
  const what = `enrollment of a ${personality} card`
  return [
    { name: `${what} through pcscd`, value: median(seconds), unit: 's' },
    {
      name: `${what}, commands`,
      value: median(commands),
      unit: 'APDUs',
      peer: { name: 'at the least', value: least },
    },
  ]
}

async function enroll(
  desk: CardDesk,
  client: CardinalClient,
  url: string,
): Promise<{ readonly commands: number; readonly certificateLength: number }> {
  let commands = 0
  const openCard = async () => {
    const connection = await desk.readers.connect(desk.pcscd.reader)
    const counted: CardConnection = {
      answerToReset: connection.answerToReset,
      transmit(apdu) {
        commands += 1
        return connection.transmit(apdu)
      },
      disconnect: () => connection.disconnect(),
    }
    return await openEnrollableCard(counted, randomness)
  }
  const keeper = keepInMemory({
    server: url,
    account: 'CONTOSO\\alice',
    operation: 'Enroll',
    subject: { profiletemplateuuid: template },
    target: { kind: 'none' },
    begun: new Date().toISOString(),
  })
  const description = { osVersion: '10.0', machineName: 'bench', userName: 'alice', processName: 'bench' }
  const person = {
    confirm: async () => true,
    expectPin: async () => undefined,
    choosePin: async () => pin,
    currentPin: async () => pin,
    receivePin: async () => undefined,
  }
  const words = { answers: { 'Request Reason': 'Measurement' }, comment: '' }
  const { certificates } = await fillCard(
    { client, keeper, description, report: () => undefined },
    openCard,
    person,
    words,
  )
  return { commands, certificateLength: certificates[0]?.certificate.der.length ?? 0 }
}

/** What a command costs, with and without the wait that vpcd up to 3.3 has the system make. */
async function measureQuickCards(desk: CardDesk): Promise<Measurement> {
  return {
    name: 'command through pcscd and vpcd, card plugged with --quick',
    value: await measureRoundTrip(desk, '--quick'),
    unit: 'ms',
    peer: { name: 'without', value: await measureRoundTrip(desk) },
  }
}

async function measureRoundTrip(desk: CardDesk, ...options: readonly string[]): Promise<number> {
  await command(desk, 'plug', 'GIDS-0', '--background', ...options)
  const connection = await desk.readers.connect(desk.pcscd.reader)
  const select = Buffer.from('00A4040009A0000003974254465900', 'hex')
  const times: number[] = []
  for (let round = 0; round < roundTrips; round++) {
    const started = performance.now()
    await connection.transmit(select)
    times.push(performance.now() - started)
  }
  await connection.disconnect()
  await command(desk, 'unplug', 'GIDS-0')
  return median(times)
}

/** The tests have their route ask for quick acknowledgements; nobody else does. */
async function acknowledgeAsUsual(desk: CardDesk): Promise<void> {
  const route = 'route replace local 127.0.0.1 dev lo proto kernel scope host src 127.0.0.1 table local'
  const program = desk.pcscd.spawnInside('ip', ...route.split(' '), 'quickack', '0')
  await once(program, 'exit')
}

async function command(desk: CardDesk, ...args: readonly string[]): Promise<void> {
  const { status, stderr } = await desk.card(...args)
  if (status !== 0) throw new Error(`cardinal card ${args.join(' ')}: ${stderr}`)
}
