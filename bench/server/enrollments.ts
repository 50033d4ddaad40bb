import { makeCertificationRequest } from '../../src/client/certification-request.ts'
import { generateSoftwareKey } from '../../src/client/enrollment-key.ts'
import { type Measurement, median } from '../measurement.ts'
import { fsyncRate } from '../store/fsync-rate.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { type ApiConnections, openConnections } from './api-connections.ts'
import { startServerProcess } from './server-process.ts'

/** "FIM CM Sample Profile Template" of the demo organisation: software keys, no approval. */
const softwareTemplate = '12bd5120-86a2-4ee1-8d05-131066871578'
const connections = 8
const rounds = 5
const perRound = 200
/** The server checks each certificate request whether or not it has seen the key before. */
const keys = 16

const clientDescription = {
  osVersion: '6.3.9600.2',
  machineName: 'bench',
  userName: 'CONTOSO\\alice',
  processName: 'bench',
}

/**
 * 1,000 software profiles, each from its request to its completion, in rounds: requests are created, then certificate
 * requests that were made beforehand are handed in — that alone is timed — then the requests are completed.
 */
export async function measureEnrollments(): Promise<Measurement[]> {
  await using folder = await temporaryFolder()
  const first = await memoryOfFirstStart(folder.path)
  await using server = await startServerProcess({ dataDir: folder.path })
  const password = await server.passwordOf('alice')
  using api = await openConnections({ url: server.url, user: 'alice', password, connections })
  const certificationRequests = await prepareCertificationRequests()
  const fresh = await server.memory()
  const rates: number[] = []
  const fsyncRates: number[] = []
  for (let round = 0; round < rounds; round++) {
    fsyncRates.push(fsyncRate(folder.path, 500))
    rates.push(await enrollMany(api, certificationRequests))
  }
  const { resident, peak } = await server.memory()
  return [
    {
      name: 'POST certificatedata, all on',
      value: median(rates),
      unit: '/s',
      peer: { name: 'fdatasync', value: median(fsyncRates) },
    },
    { name: 'memory after the first start', value: first, unit: 'MB' },
    { name: 'memory after a later start', value: fresh.resident, unit: 'MB' },
    {
      name: `memory after ${rounds * perRound} enrollments`,
      value: resident,
      unit: 'MB',
      target: { valueAtMost: 150 },
    },
    { name: 'memory at its peak', value: peak, unit: 'MB' },
  ]
}

/** The first start also makes keys and imports the demo organisation. */
async function memoryOfFirstStart(dataDir: string): Promise<number> {
  await using server = await startServerProcess({ dataDir })
  return (await server.memory()).resident
}

async function prepareCertificationRequests(): Promise<string[]> {
  const make = async () =>
    makeCertificationRequest(
      await generateSoftwareKey({ algorithm: 'RSA', keySize: 2048 }),
      { HashAlgorithmName: 'SHA256', KeyStorageProviderNames: [] },
      clientDescription,
    )
  return await Promise.all(Array.from({ length: keys }, make))
}

/** Returns how many certificates a second were issued. */
async function enrollMany(api: ApiConnections, certificationRequests: readonly string[]): Promise<number> {
  const requests: string[] = []
  const places = Array.from({ length: perRound }, (_, index) => index)
  await api.forEach(places, async index => {
    const body = {
      datacollection: '[]',
      type: 'Enroll',
      profiletemplateuuid: softwareTemplate,
      comment: '',
    }
    requests[index] = lastSegment(await api.call('POST', 'v1.0/requests', body))
  })
  const start = performance.now()
  await api.forEach(places, async index => {
    const body = {
      pfxpassword: '',
      certificaterequests: [certificationRequests[index % certificationRequests.length]],
      comments: '',
    }
    const path = `v1.0/requests/${requests[index]}/certificatedata`
    requireCertificate(await api.call('POST', path, body))
  })
  const seconds = (performance.now() - start) / 1000
  await api.forEach(requests, uuid => api.call('PUT', `v1.0/requests/${uuid}`, { status: 'Completed' }))
  return perRound / seconds
}

function lastSegment(uri: unknown): string {
  return /[^/]+$/.exec(String(uri))?.[0] ?? ''
}

function requireCertificate(answer: unknown): void {
  if (Array.isArray(answer) && typeof answer[0]?.Pkcs7 === 'string') return
  throw new Error(`No certificate was issued: ${JSON.stringify(answer)}`)
}
