import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'

const run = promisify(execFile)
const firstStart = fileURLToPath(new URL('first-start.ts', import.meta.url))
let folder = ''

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'set-up-'))
})
after(() => rm(folder, { recursive: true }))

test('processes that start at once on one database end with the same authorities and master key', async () => {
  const starts = await Promise.all(
    Array.from({ length: 3 }, () => run(process.execPath, [firstStart, folder])),
  )
  const ends = starts.map(({ stdout }) => JSON.parse(stdout))
  assert.equal(ends.filter(({ created }) => created).length, 1)
  const kept = ends.map(({ created: _, ...rest }) => rest)
  assert.deepEqual(kept, Array(3).fill(kept[0]))

  const store = await openSqliteStore({ file: join(folder, 'cardinal.db') })
  const authorities = await store.reader.listCertificationAuthorities()
  assert.deepEqual(authorities.map(({ kind }) => kind).sort(), ['issuing', 'root'])
  assert.equal((await store.reader.listCardMasterKeys()).length, 1)
  await store.close()
})
