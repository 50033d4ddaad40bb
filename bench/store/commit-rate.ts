import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { AuditRecord } from '../../src/domain/audit-record.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'

export interface Row {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly comparedWith?: string
  readonly ratio?: number
}

const secondsEach = 2
const rounds = 2

/**
 * Durable commits of the embedded database beside the rate at which this machine makes a small write durable at all,
 * both on the same disk and in turns, as other work on the machine moves both.
 *
 * @param parent a folder on the disk to measure
 */
export async function run(parent: string = os.tmpdir()): Promise<Row[]> {
  const folder = await mkdtemp(path.join(parent, 'cardinal-bench-'))
  try {
    const syncs: number[] = []
    const commits: number[] = []
    const reads: number[] = []
    const store = await openSqliteStore({ file: path.join(folder, 'cardinal.db') })
    await store.migrate()
    for (let round = 0; round < rounds; round++) {
      syncs.push(syncRate(path.join(folder, 'plain')))
      commits.push(await rate(() => store.transactor.transaction(tx => tx.audit(record))))
      reads.push(await rate(() => store.reader.findUser('nobody')))
    }
    await store.close()
    const limit = Math.max(...syncs)
    const commit = Math.max(...commits)
    return [
      { name: 'write and fsync of one page', value: limit, unit: '1/s' },
      {
        name: 'durable commit of one audit record',
        value: commit,
        unit: '1/s',
        comparedWith: 'write and fsync of one page',
        ratio: commit / limit,
      },
      { name: 'read by key', value: Math.max(...reads), unit: '1/s' },
    ]
  } finally {
    await rm(folder, { recursive: true })
  }
}

const record: AuditRecord = {
  at: new Date(0),
  action: 'request-created',
  actorUuid: null,
  requestUuid: null,
  subject: 'bench',
  facts: {},
  correlationId: null,
}

/** What SQLite's write-ahead log does at each commit, without SQLite: append a page and its header, and sync. */
function syncRate(file: string): number {
  const page = Buffer.alloc(4096 + 24, 1)
  const descriptor = openSync(file, 'w')
  try {
    const end = performance.now() + secondsEach * 1000
    const start = performance.now()
    let count = 0
    for (; performance.now() < end; count++) {
      // Over the same megabytes again and again, as the log is, once it has grown.
      writeSync(descriptor, page, 0, page.length, (count % 1000) * page.length)
      fsyncSync(descriptor)
    }
    return (count * 1000) / (performance.now() - start)
  } finally {
    closeSync(descriptor)
  }
}

async function rate(action: () => Promise<unknown>): Promise<number> {
  const end = performance.now() + secondsEach * 1000
  const start = performance.now()
  let count = 0
  for (; performance.now() < end; count++) await action()
  return (count * 1000) / (performance.now() - start)
}

if (import.meta.main) {
  for (const { name, value, unit, comparedWith, ratio } of await run()) {
    const comparison = ratio === undefined ? '' : `  ${(ratio * 100).toFixed(0)} % of ${comparedWith}`
    process.stdout.write(`${name.padEnd(40)}${value.toFixed(0).padStart(8)} ${unit}${comparison}\n`)
  }
}
