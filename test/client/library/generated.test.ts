import assert from 'node:assert/strict'
import fs from 'node:fs'
import { test } from 'node:test'
import { generatedFiles } from '../../../scripts/client-types/generated-files.ts'

const folder = new URL('../../../src/client/library/generated/', import.meta.url)

test('the types of the client library are in step with the routes', async () => {
  const files = await generatedFiles()
  assert.deepEqual(fs.readdirSync(folder).sort(), [...files.keys()].sort())
  for (const [name, text] of files) {
    assert.equal(
      fs.readFileSync(new URL(name, folder), 'utf8'),
      text,
      `${name}: run scripts/write-client-types.ts with the Node that runs the tests`,
    )
  }
})
