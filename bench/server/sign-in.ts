import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startOpenIdProvider } from '../../test/testbed/openid-provider.ts'
import { type Measurement, median } from '../measurement.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { openConnections } from './api-connections.ts'
import { requestRate } from './request-rate.ts'
import { startServerProcess } from './server-process.ts'

const connections = 16
const rounds = 7
const milliseconds = 1000
const withoutSignIn = fileURLToPath(new URL('unauthenticated-server.ts', import.meta.url))

/**
 * `GET /profiletemplates` a second by each way of signing in, beside the same server that lets in whoever calls. The
 * ways take turns, so that whatever else the machine does meets all of them.
 */
export async function measureSignIn(): Promise<Measurement[]> {
  await using provider = await startOpenIdProvider()
  await using folder = await temporaryFolder()
  const environment = {
    CARDINAL_OPEN_ID_CONNECT_ISSUER: provider.issuer,
    CARDINAL_OPEN_ID_CONNECT_AUDIENCE: provider.audience,
    CARDINAL_LOG_LEVEL: 'warn',
  }
  const dataDir = join(folder.path, 'data')
  await using server = await startServerProcess({ dataDir, environment })
  await using open = await startServerProcess({
    dataDir,
    environment: { CARDINAL_LOG_LEVEL: 'warn' },
    script: [withoutSignIn],
  })
  const password = await server.passwordOf('alice')
  using api = await openConnections({ url: server.url, user: 'alice', password, connections: 1 })
  const ways: readonly Way[] = [
    { name: 'session', url: server.url, headers: { cookie: api.cookie }, target: 0.8 },
    {
      name: 'bearer (OpenID Connect)',
      url: server.url,
      headers: { authorization: `Bearer ${await provider.accessToken('alice')}` },
      target: 0.6,
    },
    {
      name: 'basic',
      url: server.url,
      headers: { authorization: `Basic ${Buffer.from(`alice:${password}`).toString('base64')}` },
      target: null,
    },
  ]
  const without: Way = { name: 'without signing in', url: open.url, headers: {}, target: null }
  const rates = new Map<Way, number[]>([without, ...ways].map(way => [way, []]))
  for (let round = 0; round <= rounds; round++) {
    for (const [way, found] of rates) {
      const rate = await rateOf(way)
      // The first round only warms up.
      if (round > 0) found.push(rate)
    }
  }
  const medianOf = (way: Way) => median(rates.get(way) ?? [])
  return ways.map(way => ({
    name: `GET profiletemplates, ${way.name}`,
    value: medianOf(way),
    unit: '/s',
    peer: { name: without.name, value: medianOf(without) },
    ...(way.target !== null && { target: { ratioAtLeast: way.target } }),
  }))
}

interface Way {
  readonly name: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly target: number | null
}

function rateOf({ url, headers }: Way): Promise<number> {
  const address = `${url}/CertificateManagement/api/v1.0/profiletemplates`
  return requestRate({ url: address, headers, connections, milliseconds })
}
