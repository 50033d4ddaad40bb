import assert from 'node:assert/strict'
import fs from 'node:fs'
import { test } from 'node:test'
import { settingsTable } from '../../src/config/settings-table.ts'

test('docs/configuration.md holds the table of settings as it is', () => {
  const document = fs.readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8')
  assert.ok(
    document.includes(`<!-- settings -->\n${settingsTable()}\n<!-- end of settings -->`),
    'run scripts/write-configuration-table.ts with the Node that runs the tests',
  )
})
