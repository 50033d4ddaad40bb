import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { freePort, spawnCardinal, startServer } from '../testbed/server.ts'
import { mountSmallDisk } from '../testbed/small-disk.ts'
import { resultOf, runCardinal } from './command.ts'

test('a second server on one SQLite file warns of the first, also after that was killed and started again', async t => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'cardinal-two-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const options = { dataDir: path.join(folder, 'data') }
  const first = await startServer(options)
  t.after(() => first.remove())
  const second = await startServer(options)
  t.after(() => second.remove())
  const warning = /"level":40.*another server works on .*cardinal\.sqlite, which is meant for one/
  await second.untilSaid(warning)
  // A command is no server.
  assert.deepEqual((await runCardinal(['user', 'list'], second.settings)).stderr, '')
  await second.stop()
  await first.kill()
  await first.restart()
  assert.doesNotMatch(first.output(), warning)
  await second.restart()
  assert.equal(second.output().match(new RegExp(warning, 'g'))?.length, 2)
  await Promise.all([first.stop(), second.stop()])
  const length = second.output().length
  await second.restart()
  assert.doesNotMatch(second.output().slice(length), warning)
})

test('a server whose disk takes nothing warns of it at the start', {
  skip: process.platform !== 'linux' && 'only Linux has mount namespaces',
}, async t => {
  const disk = await mountSmallDisk(16)
  t.after(() => disk.remove())
  const settings = {
    CARDINAL_PORT: String(await freePort()),
    CARDINAL_DATA_DIR: path.join(disk.folder, 'data'),
    CARDINAL_CERTIFICATION_AUTHORITY_KEY_ALGORITHM: 'EC-P256',
  }
  const server = await startServer({ dataDir: settings.CARDINAL_DATA_DIR, ...disk, settings })
  t.after(() => server.remove())
  assert.doesNotMatch(server.output(), /"level":40/)
  await server.kill()
  const remount = disk.spawnInside('mount', ['-o', 'remount,ro', disk.folder], { stdio: 'ignore' })
  assert.equal((await resultOf(remount)).code, 0)
  const child = spawnCardinal(['serve'], settings, disk.launcher)
  child.stdout?.once('data', () => child.kill('SIGTERM'))
  const { code, stderr } = await resultOf(child)
  assert.equal(code, 0, stderr)
  assert.match(
    stderr,
    /"level":40.*"msg":"calls that change something may be refused: \S+cardinal\.sqlite can only be read\."/,
  )
})
