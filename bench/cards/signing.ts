import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openGidsCard } from '../../src/card/gids/host/open-gids-card.ts'
import type { CardDesk } from '../../test/e2e/cards/card-desk.ts'
import { openscModule } from '../../test/e2e/cards/card-desk.ts'
import { type Measurement, median } from '../measurement.ts'

const toolSignatures = 15
const driverSignatures = 50
const tokenPin = '1234'

/**
 * RSA-2048 signatures with the key on an enrolled GIDS card: by pkcs11-tool, one process each, which begins a session and
 * logs in; and one after another through our driver in one session.
 */
export async function measureSigning(desk: CardDesk, folder: string, pin: string): Promise<Measurement[]> {
  await card(desk, 'plug', 'GIDS-0', '--background', '--quick')
  const onCard = await signatureTime(desk, folder, ['--module', openscModule, '--pin', pin, '--id', '00'])
  const throughDriver = await driverSignatureTime(desk, pin)
  await card(desk, 'unplug', 'GIDS-0')
  const inToken = await softTokenTime(desk, folder)
  return [
    {
      name: 'RSA-2048 signatures by pkcs11-tool, a process each',
      value: 1000 / onCard,
      unit: '/s',
      ...(inToken !== null && { peer: { name: 'in SoftHSM2', value: 1000 / inToken } }),
    },
    { name: 'RSA-2048 signatures by our GIDS driver, one session', value: 1000 / throughDriver, unit: '/s' },
  ]
}

async function signatureTime(
  desk: CardDesk,
  folder: string,
  token: readonly string[],
  ...environment: string[]
): Promise<number> {
  const message = join(folder, 'message')
  await writeFile(message, 'a message')
  const sign = [
    '--login',
    '--sign',
    '--mechanism',
    'SHA256-RSA-PKCS',
    '-i',
    message,
    '-o',
    join(folder, 'signature'),
  ]
  const times: number[] = []
  for (let round = 0; round < toolSignatures; round++) {
    const started = performance.now()
    await desk.tool('env', ...environment, 'pkcs11-tool', ...token, ...sign)
    times.push(performance.now() - started)
  }
  return median(times)
}

async function driverSignatureTime(desk: CardDesk, pin: string): Promise<number> {
  const driver = await openGidsCard(await desk.readers.connect(desk.pcscd.reader), { randomBytes })
  await driver.verifyPin(pin)
  const [key] = await driver.listKeys()
  if (key === undefined) throw new Error('There is no key on the card.')
  const times: number[] = []
  for (let round = 0; round < driverSignatures; round++) {
    const started = performance.now()
    await driver.sign(key.keyId, 'SHA-256', Buffer.from('a message'))
    times.push(performance.now() - started)
  }
  await driver.disconnect()
  return median(times)
}

/** Null where SoftHSM2 is not there. */
async function softTokenTime(desk: CardDesk, folder: string): Promise<number | null> {
  const module = softTokenModule()
  if (module === null) {
    process.stderr.write('LEFT OUT beside it: SoftHSM2 is missing. As root: apt-get install softhsm2\n')
    return null
  }
  const settings = join(folder, 'softhsm2.conf')
  await writeFile(
    settings,
    `directories.tokendir = ${folder}\nobjectstore.backend = file\nlog.level = ERROR\n`,
  )
  const environment = `SOFTHSM2_CONF=${settings}`
  const token = ['--module', module, '--token-label', 'bench', '--pin', tokenPin, '--id', '01']
  await desk.tool(
    'env',
    environment,
    'softhsm2-util',
    '--init-token',
    '--free',
    '--label',
    'bench',
    '--so-pin',
    '12345678',
    '--pin',
    tokenPin,
  )
  await desk.tool(
    'env',
    environment,
    'pkcs11-tool',
    ...token,
    '--login',
    '--keypairgen',
    '--key-type',
    'rsa:2048',
  )
  return await signatureTime(desk, folder, token, environment)
}

function softTokenModule(): string | null {
  const candidates = readdirSync('/usr/lib').map(name => `/usr/lib/${name}/softhsm/libsofthsm2.so`)
  return [...candidates, '/usr/lib/softhsm/libsofthsm2.so'].find(file => existsSync(file)) ?? null
}

async function card(desk: CardDesk, ...args: readonly string[]): Promise<void> {
  const { status, stderr } = await desk.card(...args)
  if (status !== 0) throw new Error(`cardinal card ${args.join(' ')}: ${stderr}`)
}
