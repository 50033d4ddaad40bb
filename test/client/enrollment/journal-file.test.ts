import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { JournalProgram } from '../../../src/client/enrollment/journal.ts'
import {
  createJournalFile,
  listJournalFiles,
  openJournalFile,
} from '../../../src/client/enrollment/journal-file.ts'
import { identifyProcess } from '../../../src/client/process-identity.ts'

const about = {
  server: 'https://cm.contoso.com/CertificateManagement/api',
  account: 'CONTOSO\\alice',
  operation: 'Enroll',
  subject: { profiletemplateuuid: '97cd65fa-af4b-4587-9309-0dd6bfd8b4e1' },
  target: { kind: 'reader' },
  begun: '2026-07-01T12:00:00.000Z',
} as const

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cardinal-journal-'))
  t.after(() => rm(folder, { recursive: true }))
  return join(folder, 'requests')
}

test('keeps a journal for its owner alone, where the next process finds it', async t => {
  const folder = await folderOf(t)
  const keeper = await createJournalFile(folder, about)
  await keeper.record({ requestUuid: '1c83c03f-0f1e-491d-b03d-b970d439cede' })
  await keeper.release()
  const [found, ...others] = await listJournalFiles(folder)
  assert.ok(found !== undefined && others.length === 0)
  assert.equal((await stat(folder)).mode & 0o777, 0o700)
  assert.equal((await stat(found.file)).mode & 0o777, 0o600)
  const reopened = await openJournalFile(found.file)
  assert.deepEqual(reopened.journal, keeper.journal)
  await reopened.remove()
  await reopened.release()
  assert.deepEqual(await readdir(folder), [])
})

test('finds none where there is no folder', async t => {
  assert.deepEqual(await listJournalFiles(await folderOf(t)), [])
})

test('lets one process carry a request out at a time', async t => {
  const folder = await folderOf(t)
  const keeper = await createJournalFile(folder, about)
  const [found] = await listJournalFiles(folder)
  await assert.rejects(openJournalFile(found?.file ?? ''), { name: 'FileLockedError' })
  await keeper.release()
  await (await openJournalFile(found?.file ?? '')).release()
})

async function openLater(file: string, turns: number) {
  for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate)
  return await openJournalFile(file)
}

test('lets one of several jobs of a process carry a request out', async t => {
  const folder = await folderOf(t)
  await (await createJournalFile(folder, about)).release()
  const [found] = await listJournalFiles(folder)
  for (let round = 0; round < 20; round++) {
    const opened = await Promise.allSettled([0, 1, 2, 3, 4].map(turns => openLater(found?.file ?? '', turns)))
    const names = opened.map(each => (each.status === 'rejected' ? each.reason.name : 'opened'))
    assert.deepEqual(names.sort(), [...Array(4).fill('FileLockedError'), 'opened'])
    for (const each of opened) if (each.status === 'fulfilled') await each.value.release()
  }
  assert.equal((await readdir(folder)).length, 1)
})

test('lists no request that ends while the folder is read', async t => {
  const folder = await folderOf(t)
  await (await createJournalFile(folder, about)).release()
  await symlink(join(folder, 'gone'), join(folder, 'completed.json'))
  assert.equal((await listJournalFiles(folder)).length, 1)
})

test('lists the earliest first', async t => {
  const folder = await folderOf(t)
  for (const begun of ['2026-07-02T00:00:00.000Z', '2026-07-01T00:00:00.000Z', '2026-07-03T00:00:00.000Z']) {
    await (await createJournalFile(folder, { ...about, begun })).release()
  }
  const begun = (await listJournalFiles(folder)).map(({ journal }) => journal.begun.slice(0, 10))
  assert.deepEqual(begun, ['2026-07-01', '2026-07-02', '2026-07-03'])
})

async function journalNaming(t: TestContext, program: JournalProgram): Promise<string> {
  const folder = await folderOf(t)
  const keeper = await createJournalFile(folder, about)
  await keeper.record({ program })
  await keeper.release()
  return (await listJournalFiles(folder))[0]?.file ?? ''
}

test('goes on with no request that a program of a killed run still works for, and says which one it is', async t => {
  const program = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'] })
  t.after(() => program.kill())
  const identity = await identifyProcess(program.pid ?? 0)
  assert.ok(identity !== null)
  const file = await journalNaming(t, { name: 'pkcs11-tool', ...identity })
  for (let time = 0; time < 2; time++) {
    await assert.rejects(openJournalFile(file), {
      name: 'FileLockedError',
      message: new RegExp(
        `^pkcs11-tool, .* is still at work as process ${program.pid}\\. Wait until .* kill ${program.pid}$`,
      ),
    })
  }
  program.stdin.end()
  await once(program, 'exit')
  await (await openJournalFile(file)).release()
})

test('takes no other process for that program because it has its number', async t => {
  const file = await journalNaming(t, { name: 'pkcs11-tool', pid: process.pid, startTime: '1' })
  await (await openJournalFile(file)).release()
})

for (const content of ['', 'nonsense', '[]', '{"format":2}', '{"format":1}', `${'x'.repeat(2_000_000)}`]) {
  test(`refuses ${content.slice(0, 20) || 'an empty file'} by the name of its file`, async t => {
    const folder = await folderOf(t)
    const keeper = await createJournalFile(folder, about)
    await keeper.release()
    const [found] = await listJournalFiles(folder)
    await writeFile(found?.file ?? '', content)
    await assert.rejects(listJournalFiles(folder), { name: 'JournalError', message: /is not the journal/ })
    await assert.rejects(openJournalFile(found?.file ?? ''), { name: 'JournalError' })
  })
}
