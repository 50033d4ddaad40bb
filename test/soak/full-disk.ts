// `npm run soak -- full-disk [MINUTES]`: fills the disk under load, kills or waits, makes room, and balances the books each
// time (Linux, as root: it mounts a file system).
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { CardinalApiError } from '../../src/client/library/cardinal-api-error.ts'
import { enrollSoftwareProfile } from '../client/enrollment/software-enrollment.ts'
import { askSqlite, assertBooksBalance } from '../e2e/books.ts'
import { startServer, type TestServer } from '../testbed/server.ts'
import { mountSmallDisk, type SmallDisk } from '../testbed/small-disk.ts'

const minutes = Number(process.argv[3] ?? 10)
const parallel = 4
const megabytes = 256

/** Resolves to how many were refused; what was issued goes to `issued`. */
async function enrollUntilAborted(
  server: TestServer,
  signal: AbortSignal,
  issued: string[],
): Promise<number> {
  const client = await server.clientOf('alice')
  let refused = 0
  while (!signal.aborted) {
    try {
      const { certificatePem } = await enrollSoftwareProfile(client)
      issued.push(new X509Certificate(certificatePem).serialNumber)
    } catch (error) {
      assert.ok(error instanceof CardinalApiError, String(error))
      assert.ok(error.kind !== 'refused' || error.errorCode === 'ServiceUnavailable', error.message)
      refused += 1
      await pause(50)
    }
  }
  return refused
}

/** In a copy: SQLite cannot open a file through /proc. The server must have ended. */
async function assertNothingLost(disk: SmallDisk, issued: readonly string[]): Promise<void> {
  const copy = mkdtempSync(path.join(os.tmpdir(), 'cardinal-soak-'))
  try {
    cpSync(disk.file('data'), copy, { recursive: true })
    const ask = askSqlite(path.join(copy, 'cardinal.sqlite'))
    assert.deepEqual(
      (await ask('pragma integrity_check')).map(row => Object.values(row)),
      [['ok']],
    )
    await assertBooksBalance(ask)
    const kept = new Set(
      (await ask('select serial_number as serial from certificates')).map(({ serial }) => serial),
    )
    for (const serial of issued) assert.ok(kept.has(serial), `the certificate ${serial} was lost`)
  } finally {
    rmSync(copy, { recursive: true })
  }
}

async function main(): Promise<void> {
  const disk = await mountSmallDisk(megabytes)
  const server = await startServer({ dataDir: path.join(disk.folder, 'data'), ...disk })
  try {
    const end = Date.now() + minutes * 60_000
    const issued: string[] = []
    for (let round = 1; Date.now() < end; round++) {
      const over = new AbortController()
      const workers = Array.from({ length: parallel }, () => enrollUntilAborted(server, over.signal, issued))
      await pause(Math.random() * 5000)
      const filling = setInterval(() => disk.fill(), 20)
      await pause(Math.random() * 5000)
      const isKilled = round % 2 === 0
      if (isKilled) await server.kill()
      clearInterval(filling)
      disk.makeRoom()
      if (isKilled) await server.restart()
      const before = issued.length
      while (issued.length === before) await pause(100)
      over.abort()
      const refused = (await Promise.all(workers)).reduce((sum, each) => sum + each, 0)
      // The next start signs what could not be signed.
      assert.equal(await server.stop(), 0)
      await server.restart()
      assert.equal(await server.stop(), 0)
      await assertNothingLost(disk, issued)
      await server.restart()
      process.stdout.write(`round ${round}: ${issued.length} issued, ${refused} refused\n`)
    }
  } finally {
    await server.remove()
    await disk.remove()
  }
}

await main()
