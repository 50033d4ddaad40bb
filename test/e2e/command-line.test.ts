import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Settings } from '../testbed/server.ts'
import { runCardinal } from './command.ts'

let folder: string
let settings: Settings
before(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'cardinal-command-line-'))
  settings = {
    CARDINAL_DATA_DIR: path.join(folder, 'data'),
    CARDINAL_CERTIFICATION_AUTHORITY_KEY_ALGORITHM: 'EC-P256',
  }
  const names = ['--organisation', 'Fabrikam', '--domain', 'FABRIKAM', '--dns-name', 'fabrikam.com']
  assert.equal((await runCardinal(['init', ...names], settings)).code, 0)
})
after(() => rmSync(folder, { recursive: true }))

describe('words that other programs know', () => {
  for (const [typed, meant] of [
    [['help'], []],
    [['-h'], []],
    [['--help'], []],
    [['version'], ['--version']],
    [['-v'], ['--version']],
    [['help', 'user'], ['user']],
    [['user', '-h'], ['user']],
    [
      ['help', 'user', 'add'],
      ['user', 'add', '--help'],
    ],
    [
      ['serve', '-h'],
      ['serve', '--help'],
    ],
  ] as const) {
    test(`cardinal ${typed.join(' ')} does what cardinal ${meant.join(' ')} does`, async () => {
      const [said, wanted] = await Promise.all([runCardinal(typed, {}), runCardinal(meant, {})])
      assert.equal(said.code, 0)
      assert.match(said.stdout, /^(Usage: )?cardinal /)
      assert.deepEqual(said, wanted)
    })
  }
})

describe('what cannot be done', () => {
  for (const [args, message] of [
    [['import', 'nofile.json'], 'nofile.json cannot be read: it does not exist.'],
    [['import', '/etc'], '/etc cannot be read: it is a folder.'],
    [['people', 'import', 'none.csv'], 'none.csv cannot be read: it does not exist.'],
    [['people', 'import', '/etc', '--format', 'csv'], '/etc cannot be read: it is a folder.'],
    [['user', 'add', 'x', '--password-file', '/no/where'], '/no/where cannot be read: it does not exist.'],
    [['user', 'add', 'x', '--password-file', '/etc'], '/etc cannot be read: it is a folder.'],
  ] as const) {
    test(`cardinal ${args.join(' ')}: told in a sentence that names the file`, async () => {
      const { code, stdout, stderr } = await runCardinal(args, settings)
      assert.deepEqual({ code, stdout }, { code: 1, stdout: '' })
      assert.match(stderr, /^cardinal: [^\n]*\n$/)
      assert.ok(stderr.endsWith(`${message}\n`), stderr)
    })
  }

  test('an option that is a setting leads to its variable', async () => {
    const { code, stderr } = await runCardinal(['serve', '--port', '99'], settings)
    assert.equal(code, 1)
    const [first] = stderr.split('\n')
    assert.equal(first, "cardinal: Unknown option '--port'. It is a setting: set CARDINAL_PORT.")
  })

  test('an unknown option is named, without advice on operands', async () => {
    const { stderr } = await runCardinal(['serve', '--prot', '99'], settings)
    assert.equal(stderr.split('\n')[0], "cardinal: Unknown option '--prot'.")
  })
})
