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
  const warm: Start[] = []
  const uncachedStarts: Start[] = []
  const bare: number[] = []
  for (let start = 0; start < starts; start++) {
    warm.push(await timeStart(dataDir, cached))
    uncachedStarts.push(await timeStart(dataDir, uncached))
    bare.push(await timeBareNode())
  }
  const peer = { name: 'bare node', value: median(bare) }
  const elapsed = (all: readonly Start[]) => median(all.map(start => start.elapsed))
  return [
    { name: 'start, warm', value: elapsed(warm), unit: 'ms', peer, target: { valueAtMost: 800 } },
    {
      name: 'start, warm, processor time',
      value: median(warm.map(({ processorTime }) => processorTime)),
      unit: 'ms',
    },
    { name: 'start, without compile cache', value: elapsed(uncachedStarts), unit: 'ms', peer },
  ]
}

/** In milliseconds. */
interface Start {
  readonly elapsed: number
  readonly processorTime: number
}

async function timeStart(dataDir: string, environment: Readonly<Record<string, string>>): Promise<Start> {
  const start = performance.now()
  await using server = await startServerProcess({ dataDir, environment })
  const response = await fetch(`${server.url}/health/live`)
  if (response.status !== 200) throw new Error(`/health/live was answered ${response.status}.`)
  return { elapsed: performance.now() - start, processorTime: await server.processorTime() }
}

async function timeBareNode(): Promise<number> {
  const start = performance.now()
  await once(spawn(process.execPath, ['--eval', ''], { stdio: 'ignore' }), 'exit')
  return performance.now() - start
}
