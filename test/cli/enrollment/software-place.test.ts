import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { requireNoFile } from '../../../src/cli/enrollment/software-place.ts'
import type { JournalTarget } from '../../../src/client/enrollment/journal.ts'

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cardinal-place-'))
  t.after(() => rm(folder, { recursive: true }))
  return folder
}

const targets: readonly [of: (folder: string) => JournalTarget, files: readonly string[]][] = [
  [
    folder => ({ kind: 'pem', key: join(folder, 'a.pem'), certificate: join(folder, 'a.crt') }),
    ['a.pem', 'a-2.pem', 'a-3.pem', 'a-10.pem', 'a.crt', 'a-2.crt'],
  ],
  [
    folder => ({ kind: 'pkcs12', file: join(folder, 'a.p12') }),
    ['a.p12', 'a.p12.key', 'a.p12-2.key', 'a.p12-12.key'],
  ],
]

for (const [of, files] of targets) {
  for (const file of files) {
    test(`nothing is begun where ${file} is there, which a key or certificate would go to`, async t => {
      const folder = await folderOf(t)
      requireNoFile(of(folder), { yes: false })
      await writeFile(join(folder, file), 'precious')
      assert.throws(() => requireNoFile(of(folder), { yes: true }), {
        name: 'UsageError',
        message: `${join(folder, file)} is there already. Move it away, or choose another name.`,
      })
    })
  }
}

test('files beside it that nothing is ever written to are no hindrance', async t => {
  const folder = await folderOf(t)
  for (const name of [
    'a-1.pem',
    'a-02.pem',
    'a-b.pem',
    'a-2.key',
    'b-2.pem',
    'a-.pem',
    'a2.pem',
    'a-2.crt.bak',
  ]) {
    await writeFile(join(folder, name), '')
  }
  const files = { key: join(folder, 'a.pem'), certificate: join(folder, 'a.crt') }
  requireNoFile({ kind: 'pem', ...files }, { yes: false })
  requireNoFile(
    { kind: 'pem', key: join(folder, 'none', 'a.pem'), certificate: files.certificate },
    { yes: false },
  )
})

test('the file of a PIN is looked at too, whatever the place', async t => {
  const file = join(await folderOf(t), 'pin')
  await writeFile(file, '')
  assert.throws(() => requireNoFile({ kind: 'reader' }, { yes: false, 'pin-out': file }), /agree by --yes/)
  requireNoFile({ kind: 'reader' }, { yes: true, 'pin-out': file })
})
