import { randomBytes, sign } from 'node:crypto'
import { generateKeyPair } from '../../src/ca/key-pair.ts'
import { leaf, newAuthorities } from '../../test/ca/authority.ts'
import { median } from '../measurement.ts'

export interface Rate {
  readonly perSecond: number
  /** Per second that the processor spent in this process, whichever thread it was on. */
  readonly perProcessorSecond: number
}

export interface AuthorityRate {
  readonly keyAlgorithm: string
  readonly certificates: Rate
  /** Signatures of the same kind by node:crypto alone. */
  readonly signatures: Rate
}

const rounds = 8
const roundMilliseconds = 250
const underWay = 8

async function measure(keyAlgorithm: 'RSA-2048' | 'EC-P256'): Promise<AuthorityRate> {
  const { issuing } = await newAuthorities({ keyAlgorithm })
  const { privateKey } = await generateKeyPair(keyAlgorithm)
  const content = leaf()
  const sample = issuing.prepare(content).peek()
  const issue = async () => {
    const serialNumber = Uint8Array.of(0x5a, ...randomBytes(15))
    return issuing.sign(issuing.prepare({ ...content, serialNumber }))
  }
  const signAlone = async () => sign('sha256', sample, privateKey)
  await rateOf(issue)
  await rateOf(signAlone)
  const certificates: Rate[] = []
  const signatures: Rate[] = []
  for (let round = 0; round < rounds; round++) {
    certificates.push(await rateOf(issue))
    signatures.push(await rateOf(signAlone))
  }
  return { keyAlgorithm, certificates: middle(certificates), signatures: middle(signatures) }
}

async function rateOf(work: () => Promise<unknown>): Promise<Rate> {
  const start = performance.now()
  const startOfProcessor = process.cpuUsage()
  let count = 0
  const workOn = async () => {
    for (; performance.now() - start < roundMilliseconds; count++) await work()
  }
  await Promise.all(Array.from({ length: underWay }, workOn))
  const { user, system } = process.cpuUsage(startOfProcessor)
  return {
    perSecond: (count * 1000) / (performance.now() - start),
    perProcessorSecond: (count * 1_000_000) / (user + system),
  }
}

function middle(rates: readonly Rate[]): Rate {
  return {
    perSecond: median(rates.map(({ perSecond }) => perSecond)),
    perProcessorSecond: median(rates.map(({ perProcessorSecond }) => perProcessorSecond)),
  }
}

process.stdout.write(JSON.stringify([await measure('RSA-2048'), await measure('EC-P256')]))
