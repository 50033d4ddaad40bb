import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { auditActionTable } from '../../src/domain/audit-record.ts'

test('docs/operations.md lists every audit action with its text, in the order of the table', async () => {
  const page = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8')
  const [, section = ''] = page.split('## Audit records\n')
  const [own = ''] = section.split('\n## ')
  const listed = [...own.matchAll(/^\| `([a-z-]+)` \| (.+) \|$/gm)].map(([, action, text]) => [action, text])
  assert.deepEqual(listed, Object.entries(auditActionTable))
})
