import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { type Measurement, median } from '../measurement.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { startServerProcess } from './server-process.ts'

const starts = 5

/** From the start of the process, on a data folder that is set up, to the first answer of /health/live. */
export async function measureStarts(): Promise<Measurement[]> {
  await using folder = await temporaryFolder()
  const dataDir = join(folder.path, 'data')
  const cached = { NODE_COMPILE_CACHE: join(folder.path, 'compile-cache') }
  const uncached = { NODE_DISABLE_COMPILE_CACHE: '1' }
  // The first start fills the data folder, the second the cache with what every start loads.
  for (let start = 0; start < 2; start++) await timeStart(dataDir, cached)
  const times = { cached: [] as number[], uncached: [] as number[], bare: [] as number[] }
  for (let start = 0; start < starts; start++) {
    times.cached.push(await timeStart(dataDir, cached))
    times.uncached.push(await timeStart(dataDir, uncached))
    times.bare.push(await timeBareNode())
  }
  const peer = { name: 'bare node', value: median(times.bare) }
  return [
    { name: 'start, warm', value: median(times.cached), unit: 'ms', peer, target: { valueAtMost: 800 } },
    { name: 'start, without compile cache', value: median(times.uncached), unit: 'ms', peer },
  ]
}

async function timeStart(dataDir: string, environment: Readonly<Record<string, string>>): Promise<number> {
  const start = performance.now()
  await using server = await startServerProcess({ dataDir, environment })
  const response = await fetch(`${server.url}/health/live`)
  if (response.status !== 200) throw new Error(`/health/live was answered ${response.status}.`)
  return performance.now() - start
}

async function timeBareNode(): Promise<number> {
  const start = performance.now()
  await once(spawn(process.execPath, ['--eval', ''], { stdio: 'ignore' }), 'exit')
  return performance.now() - start
}
