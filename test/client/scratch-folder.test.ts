import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { inScratchFolder } from '../../src/client/scratch-folder.ts'

async function parentOf(t: TestContext): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), 'cardinal-parent-'))
  t.after(() => rm(parent, { recursive: true }))
  return parent
}

/** The number of a process that has ended. */
async function endedProcess(): Promise<number> {
  const program = spawn('true', { stdio: 'ignore' })
  await once(program, 'exit')
  return program.pid ?? 0
}

test('is the user’s alone, and gone with its use, however that ends', async t => {
  const parent = await parentOf(t)
  const result = await inScratchFolder(parent, async folder => {
    await writeFile(join(folder, 'file'), 'content')
    return (await stat(folder)).mode & 0o777
  })
  assert.equal(result, 0o700)
  await assert.rejects(
    inScratchFolder(parent, async () => Promise.reject(new Error('in vain'))),
    /in vain/,
  )
  assert.deepEqual(await readdir(parent), [])
})

test('is gone with the next use where its process was killed, and stays as long as that runs', async t => {
  const parent = await parentOf(t)
  const module = new URL('../../src/client/scratch-folder.ts', import.meta.url).href
  const source = `
    const { inScratchFolder } = await import(${JSON.stringify(module)})
    setInterval(() => {}, 1000)
    await inScratchFolder(${JSON.stringify(parent)}, folder => new Promise(() => console.log(folder)))`
  const other = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(other.stdout.setEncoding('utf8'), 'data')
  const left = String(line).trim()
  await writeFile(join(left, 'file'), 'content')
  await inScratchFolder(parent, async () => undefined)
  assert.deepEqual(await readdir(parent), [basename(left)])
  other.kill('SIGKILL')
  await once(other, 'exit')
  await inScratchFolder(parent, async folder => {
    assert.deepEqual(await readdir(parent), [basename(folder)])
  })
})

test('takes nothing else for one that is left', async t => {
  const parent = await parentOf(t)
  const pid = await endedProcess()
  const elsewhere = await parentOf(t)
  await chmod(elsewhere, 0o700)
  await mkdir(join(parent, `cardinal-scratch-${pid}-open`), { mode: 0o755 })
  await writeFile(join(parent, `cardinal-scratch-${pid}-file`), '', { mode: 0o700 })
  await symlink(elsewhere, join(parent, `cardinal-scratch-${pid}-link`))
  for (const name of [`cardinal-other-${pid}-a`, `cardinal-scratch-${pid}`, 'cardinal-scratch-1x-a']) {
    await mkdir(join(parent, name), { mode: 0o700 })
  }
  const before = await readdir(parent)
  await inScratchFolder(parent, async () => undefined)
  assert.deepEqual(await readdir(parent), before)
  assert.deepEqual(await readdir(elsewhere), [])
})
