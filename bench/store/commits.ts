import type { Measurement } from '../measurement.ts'
import { run } from './commit-rate.ts'

/** Durable commits of the embedded database, beside what the disk can make durable at all. */
export async function measureCommits(): Promise<Measurement[]> {
  const rows = await run()
  const rate = (wanted: string) => {
    const row = rows.find(({ name }) => name === wanted)
    if (row === undefined) throw new Error(`The rate of "${wanted}" was not measured.`)
    return row.value
  }
  const peer = { name: 'fsync', value: rate('write and fsync of one page') }
  return [
    { name: 'durable commits', value: rate('durable commit of one audit record'), unit: '/s', peer },
    { name: 'reads by key', value: rate('read by key'), unit: '/s' },
  ]
}
