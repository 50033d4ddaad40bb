import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { documentedCommands, runDocumented } from './documented-commands.ts'

const page = readFileSync(new URL('../../docs/people.md', import.meta.url), 'utf8')

/** What is another one on each machine. */
function withoutChance(text: string, folder: string): string {
  return text
    .replaceAll(path.join(folder, 'data'), '/var/lib')
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID')
    .replaceAll(/S-1-5-21(-\d+){4}/g, 'SID')
}

test('every command of the page about people does what the page shows', async t => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'cardinal-people-page-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const settings = {
    CARDINAL_DATA_DIR: path.join(folder, 'data/cardinal'),
    CARDINAL_CERTIFICATION_AUTHORITY_KEY_ALGORITHM: 'EC-P256',
    CARDINAL_PUBLIC_URL: 'http://127.0.0.1:8080',
    CARDINAL_DEMO: 'false',
  }
  const commands = documentedCommands(page)
  assert.ok(commands.length > 20)
  for (const documented of commands) {
    const seen = await runDocumented(documented, folder, settings)
    assert.equal(withoutChance(seen, folder), withoutChance(documented.output, folder), documented.command)
  }
})
