// `npm run soak [-- MINUTES]`: enrolls, retires, kills and starts again for a long time (Linux only: it reads /proc).
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { enrollSoftwareProfile } from '../client/enrollment/software-enrollment.ts'
import { askSqlite, assertBooksBalance } from '../e2e/books.ts'
import { startServer, type TestServer } from '../testbed/server.ts'

const minutes = Number(process.argv[2] ?? 10)
const parallel = 4
const killEveryMilliseconds = 60_000
/** Growth from the first look to the last beyond which something is kept that should not be. */
const tolerance = { megabytes: 60, descriptors: 20 }

interface Look {
  readonly megabytes: number
  readonly descriptors: number
}

function look(server: TestServer): Look {
  const folder = `/proc/${server.processId()}`
  const kilobytes = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`${folder}/status`, 'utf8'))?.[1] ?? 0)
  return { megabytes: Math.round(kilobytes / 1024), descriptors: readdirSync(`${folder}/fd`).length }
}

async function enrollUntil(server: TestServer, end: number, count: () => void): Promise<void> {
  const client = await server.clientOf('alice')
  while (Date.now() < end) {
    try {
      await enrollSoftwareProfile(client)
      count()
    } catch {
      // Killed meanwhile; the books say at the end whether anything was lost.
      await pause(200)
    }
  }
}

async function main(): Promise<void> {
  const server = await startServer()
  try {
    const end = Date.now() + minutes * 60_000
    let enrolled = 0
    const count = () => {
      enrolled += 1
    }
    const workers = Array.from({ length: parallel }, () => enrollUntil(server, end, count))
    let restarts = 0
    const looks: Look[] = []
    while (Date.now() < end) {
      await pause(Math.min(killEveryMilliseconds, Math.max(0, end - Date.now())))
      looks.push(look(server))
      process.stdout.write(`${enrolled} enrolled, ${restarts} restarts, ${JSON.stringify(looks.at(-1))}\n`)
      if (Date.now() >= end) break
      await server.kill()
      await server.restart()
      restarts += 1
    }
    await Promise.all(workers)
    assert.equal(await server.stop(), 0)
    await assertBooksBalance(askSqlite(path.join(server.dataDir, 'cardinal.sqlite')))
    const [first, last] = [looks[0], looks.at(-1)]
    assert.ok(first !== undefined && last !== undefined && enrolled > 0)
    assert.ok(last.megabytes - first.megabytes <= tolerance.megabytes, 'memory grew')
    assert.ok(last.descriptors - first.descriptors <= tolerance.descriptors, 'file descriptors grew')
    process.stdout.write(`${enrolled} enrolled over ${restarts} kills; the books balance.\n`)
  } finally {
    await server.remove()
  }
}

await main()
