import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { makeDataFolder } from '../../../src/cli/environment/make-data-folder.ts'
import { UsageError } from '../../../src/cli/usage-error.ts'
import { run } from '../../e2e/command.ts'
import { leftOutWithout } from '../../testbed/left-out.ts'

let folder: string
before(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'cardinal-data-folder-'))
})
after(() => rmSync(folder, { recursive: true }))

const mode = (file: string) => (statSync(file).mode & 0o777).toString(8)

test('makes the folder with those above it, for its owner alone', async () => {
  await makeDataFolder(path.join(folder, 'above', 'data'))
  assert.equal(mode(path.join(folder, 'above')), '700')
  assert.equal(mode(path.join(folder, 'above', 'data')), '700')
  assert.equal(mode(path.join(folder, 'above', 'data', '.gitignore')), '600')
})

test('keeps git from all that will lie in it', { skip: leftOutWithout('git') }, async () => {
  const checkout = path.join(folder, 'checkout')
  mkdirSync(path.join(checkout, 'empty'), { recursive: true })
  const git = (...args: string[]) => run('git', '-C', checkout, ...args)
  assert.equal((await git('init', '--quiet')).code, 0)
  for (const name of ['made', 'empty']) {
    await makeDataFolder(path.join(checkout, name))
    mkdirSync(path.join(checkout, name, 'secrets'))
    writeFileSync(path.join(checkout, name, 'secrets', 'key-encryption.key'), 'secret')
  }
  assert.equal((await git('add', '--all')).code, 0)
  assert.deepEqual(await git('status', '--porcelain'), { code: 0, stdout: '', stderr: '' })
})

test('leaves a folder alone that holds something, also when several start at once', async () => {
  const used = path.join(folder, 'used')
  mkdirSync(used)
  writeFileSync(path.join(used, 'cardinal.json'), '{}')
  await makeDataFolder(used)
  assert.deepEqual(readdirSync(used), ['cardinal.json'])
  const contested = path.join(folder, 'contested')
  await Promise.all([1, 2, 3, 4].map(() => makeDataFolder(contested)))
  assert.deepEqual(readdirSync(contested), ['.gitignore'])
})

const aFile = '/dev/null'

for (const [place, reason] of [
  ['/proc/nope', 'the system makes no folder there'],
  ['/sys/nope', 'the account that runs this may not'],
  [aFile, 'a part of its path is no folder'],
  [`${aFile}/data`, 'a part of its path is no folder'],
] as const) {
  test(`says why it cannot be ${place}`, {
    skip: process.platform !== 'linux' && 'only Linux has these',
    timeout: 5_000,
  }, async () => {
    await assert.rejects(makeDataFolder(place), error => {
      assert.ok(error instanceof UsageError)
      assert.equal(
        error.message,
        `The data folder ${place} cannot be used: ${reason}. Mend that, or set CARDINAL_DATA_DIR to another one.`,
      )
      return true
    })
  })
}
