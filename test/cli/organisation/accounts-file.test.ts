import assert from 'node:assert/strict'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readAccountsFile, writeAccountsFile } from '../../../src/cli/organisation/accounts-file.ts'

const account = (user: string, password: string) => ({ user, password, roles: ['subscriber'] as const })

test('keeps passwords that nobody may have read yet, and replaces those of the same account', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'cardinal-accounts-'))
  t.after(() => rm(folder, { recursive: true }))
  const path = join(folder, 'new-accounts.json')
  await writeAccountsFile(path, [account('alice', 'first'), account('bob', 'second')])
  await writeAccountsFile(path, [account('carol', 'third'), account('bob', 'fourth')])
  const found = (await readAccountsFile(path)).map(({ user, password }) => [user, password])
  assert.deepEqual(found, [
    ['alice', 'first'],
    ['carol', 'third'],
    ['bob', 'fourth'],
  ])
  assert.equal((await stat(path)).mode & 0o777, 0o600)
})

test('finds no accounts where there is no file', async () => {
  assert.deepEqual(await readAccountsFile(join(tmpdir(), 'cardinal-no-such-file.json')), [])
})
