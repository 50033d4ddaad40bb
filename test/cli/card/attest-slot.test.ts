import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commandTable } from '../../../src/cli/command-table.ts'

for (const slot of ['zz', 'f9', '81', '96', '9', '9aa']) {
  test(`card attest has no slot ${slot}, and says which there are`, async () => {
    const run = await commandTable.find(({ name }) => name === 'card attest')?.load()
    assert.ok(run !== undefined)
    await assert.rejects(run(['--slot', slot]), {
      name: 'UsageError',
      message: /^--slot is one of 9a, 9c, 9d, 9e, and 82 to 95\./,
    })
  })
}
