import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { requireNoFiles, requireNoFilesUnless } from '../../src/cli/require-no-files.ts'

async function folderOf(t: TestContext): Promise<{ there: string[]; free: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'cardinal-files-'))
  t.after(() => rm(folder, { recursive: true }))
  const there = ['a', 'b'].map(name => join(folder, name))
  for (const file of there) await writeFile(file, 'precious')
  return { there, free: join(folder, 'c') }
}

test('every file that is there is named, wherever it stands among those that are not', async t => {
  const { there, free } = await folderOf(t)
  const [first = '', second = ''] = there
  requireNoFiles([free, `${free}2`])
  assert.throws(() => requireNoFiles([free, second]), {
    name: 'UsageError',
    message: `${second} is there already. Move it away, or choose another name.`,
  })
  assert.throws(() => requireNoFiles([first, free, second]), {
    message: `${first}, ${second} are there already. Move them away, or choose another name.`,
  })
})

test('files that may be written over are, where that is agreed to', async t => {
  const { there, free } = await folderOf(t)
  const [first = ''] = there
  requireNoFilesUnless(false, [free])
  requireNoFilesUnless(true, there)
  assert.throws(() => requireNoFilesUnless(false, [free, first]), {
    name: 'UsageError',
    message: `${first} is there already. Move it away, choose another name, or agree by --yes to write over it.`,
  })
})

test('a device needs no agreement, and is still none for a key', () => {
  requireNoFilesUnless(false, ['/dev/null'])
  assert.throws(() => requireNoFiles(['/dev/null']), /is there already/)
})
