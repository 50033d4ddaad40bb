import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { leftOutWithout } from '../testbed/left-out.ts'
import { run } from './command.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

test('systemd takes the unit of the page on running the server, and finds nothing to warn of', {
  skip: leftOutWithout('systemd'),
}, async t => {
  const page = readFileSync(path.join(root, 'docs/operations.md'), 'utf8')
  const [, unit = assert.fail('The page has no unit.')] = /^```ini\n([\s\S]*?)^```$/m.exec(page) ?? []
  const folder = mkdtempSync(path.join(os.tmpdir(), 'cardinal-unit-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = path.join(folder, 'cardinal.service')
  // Programs are looked for where the unit names them.
  writeFileSync(file, unit.replace('/usr/bin/node /opt/cardinal/', `${process.execPath} ${root}`))
  assert.deepEqual(await run('systemd-analyze', '--man=no', 'verify', file), {
    code: 0,
    stdout: '',
    stderr: '',
  })
})
