import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { cardinalCommand } from '../../testbed/server.ts'

test('an origin is forgotten though a journal is damaged, which is told in a sentence', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'cardinal-forget-'))
  t.after(() => rm(folder, { recursive: true }))
  const [agent, requests] = ['agent', 'requests'].map(name => join(folder, 'cardinal', name))
  assert.ok(agent && requests)
  for (const each of [agent, requests]) await mkdir(each, { recursive: true, mode: 0o700 })
  const origins = [{ origin: 'https://pki.contoso.com', consented: '2026-01-01T00:00:00.000Z', tokens: [] }]
  await writeFile(join(agent, 'origins.json'), JSON.stringify({ format: 1, origins }), { mode: 0o600 })
  await writeFile(join(requests, 'damaged.json'), '{')
  const cardinal = (...args: string[]) =>
    spawnSync(process.execPath, [cardinalCommand, 'agent', ...args], {
      env: { ...process.env, XDG_STATE_HOME: folder },
      encoding: 'utf8',
    })
  const { status, stdout, stderr } = cardinal('forget', 'https://pki.contoso.com')
  assert.equal(status, 1)
  assert.match(stdout, /may not use the cards any more/)
  assert.match(stderr, /^cardinal: .*damaged\.json is not the journal of a request.*Remove it.*\n$/)
  assert.match(cardinal('origins').stdout, /No origin may use the cards/)
})
