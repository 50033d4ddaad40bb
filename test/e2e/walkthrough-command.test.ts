import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { freePort, startServer } from '../testbed/server.ts'
import { runCardinal } from './command.ts'

let folder: string
before(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'cardinal-walkthrough-command-'))
})
after(() => rmSync(folder, { recursive: true }))

const quickKeys = { CARDINAL_CERTIFICATION_AUTHORITY_KEY_ALGORITHM: 'EC-P256' }

test('without a server it starts one of its own, whose certificates replace nobody’s', async () => {
  const dataDir = path.join(folder, 'throwaway')
  const settings = { ...quickKeys, CARDINAL_PORT: String(await freePort()), CARDINAL_DATA_DIR: dataDir }
  mkdirSync(path.join(dataDir, 'walkthrough'), { recursive: true })
  writeFileSync(path.join(dataDir, 'walkthrough', 'certificate.pem'), 'of the real one')
  const { code, stdout, stderr } = await runCardinal(['walkthrough'], settings)
  assert.equal(code, 0, stderr)
  assert.match(stdout, /^No server answers at .*; one is started for the walkthrough alone\.\n/)
  assert.equal(readFileSync(path.join(dataDir, 'walkthrough', 'certificate.pem'), 'utf8'), 'of the real one')
  const result = path.join(dataDir, 'walkthrough-throwaway')
  assert.ok(stdout.includes(path.join('throwaway', 'walkthrough-throwaway', 'root.pem')))
  assert.match(readFileSync(path.join(result, 'certificate.pem'), 'utf8'), /BEGIN CERTIFICATE/)
  assert.deepEqual(readdirSync(dataDir).sort(), ['walkthrough', 'walkthrough-throwaway'])
})

test('of a server with an organisation of its own it says who may be named, and how', async t => {
  const dataDir = path.join(folder, 'own')
  const settings = { ...quickKeys, CARDINAL_DEMO: 'false' }
  const names = ['--organisation', 'Fabrikam', '--domain', 'FABRIKAM', '--dns-name', 'fabrikam.com']
  await runCardinal(['init', ...names], { ...settings, CARDINAL_DATA_DIR: dataDir })
  const server = await startServer({ dataDir, settings })
  t.after(() => server.remove())
  for (const args of [[], ['--url', server.url]]) {
    const { code, stdout, stderr } = await runCardinal(['walkthrough', ...args], server.settings)
    assert.deepEqual({ code, stdout }, { code: 1, stdout: '' })
    assert.match(
      stderr,
      /^cardinal: There is no \S+demo-accounts\.json with the password of alice\. .*--user and --password-file of .*\n$/,
    )
  }
  writeFileSync(path.join(dataDir, 'demo-accounts.json'), '[]')
  const { stderr } = await runCardinal(['walkthrough', '--user', 'bob'], server.settings)
  assert.match(
    stderr,
    /^cardinal: \S+demo-accounts\.json has no password for bob\. Give --password-file\.\n$/,
  )
})
