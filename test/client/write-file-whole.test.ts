import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { lstat, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { writePrivateFile, writePublicFile } from '../../src/client/write-file-whole.ts'

async function newFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cardinal-write-'))
  t.after(() => rm(folder, { recursive: true }))
  return folder
}

test('a file takes the place of the one that was there, for whom it is for, and leaves nothing beside it', async t => {
  const folder = await newFolder(t)
  const file = join(folder, 'file')
  for (const [write, mode] of [
    [writePublicFile, 0o644],
    [writePrivateFile, 0o600],
  ] as const) {
    await writeFile(`${file}.new`, 'left by a killed process', { mode: 0o666 })
    await write(file, `${mode}`)
    assert.equal(await readFile(file, 'utf8'), `${mode}`)
    assert.equal((await stat(file)).mode & 0o777, mode)
  }
  assert.deepEqual(await readdir(folder), ['file'])
})

test('a pipe is written to, and stays one', async t => {
  const folder = await newFolder(t)
  const pipe = join(folder, 'pipe')
  assert.equal(spawnSync('mkfifo', [pipe]).status, 0)
  const [text] = await Promise.all([readFile(pipe, 'utf8'), writePublicFile(pipe, 'to whoever reads')])
  assert.equal(text, 'to whoever reads')
  assert.ok((await lstat(pipe)).isFIFO())
  assert.deepEqual(await readdir(folder), ['pipe'])
})

test('a link to a device is written through, and stays one', async t => {
  const folder = await newFolder(t)
  const link = join(folder, 'link')
  await symlink('/dev/null', link)
  await writePrivateFile(link, 'nothing')
  assert.ok((await lstat(link)).isSymbolicLink())
  assert.ok((await stat('/dev/null')).isCharacterDevice())
})
