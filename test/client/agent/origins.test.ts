import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { AgentStateError, AgentStateFile } from '../../../src/client/agent/agent-state.ts'
import { OriginTokens } from '../../../src/client/agent/origin-tokens.ts'
import { parseWebOrigin, parseWebOrigins, WebOriginError } from '../../../src/client/agent/web-origin.ts'

const portal = 'https://pki.contoso.com'

describe('an origin', () => {
  for (const origin of [
    portal,
    'https://pki.contoso.com:8443',
    'http://localhost:8080',
    'http://[::1]:8080',
  ]) {
    test(`may be ${origin}`, () => assert.equal(parseWebOrigin(origin), origin))
  }
  for (const text of [
    '*',
    'null',
    'https://*.contoso.com',
    'http://pki.contoso.com',
    'https://pki.contoso.com/path',
    'https://pki.contoso.com:443',
    'https://PKI.contoso.com',
    'https://alice@pki.contoso.com',
    'file:///home',
    'pki.contoso.com',
    '',
  ]) {
    test(`may not be "${text}"`, () => assert.throws(() => parseWebOrigin(text), WebOriginError))
  }
  test('stands on a line of its own in a file, among comments', () => {
    assert.deepEqual(parseWebOrigins(`# ours\n\n ${portal}\r\nhttp://localhost:1\n`), [
      portal,
      'http://localhost:1',
    ])
  })
})

async function stateFile(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cardinal-agent-state-'))
  t.after(() => rm(folder, { recursive: true }))
  return join(folder, 'agent', 'origins.json')
}
const open = (file: string) =>
  new OriginTokens(new AgentStateFile(file), { now: () => new Date(), randomBytes })

describe('the file of those who may', () => {
  test("is its user's alone, and holds no token", async t => {
    const file = await stateFile(t)
    const { token } = await open(file).issue(portal, null)
    assert.equal((await stat(file)).mode & 0o777, 0o600)
    assert.equal((await stat(join(file, '..'))).mode & 0o777, 0o700)
    assert.ok(!(await readFile(file, 'utf8')).includes(token))
    assert.equal(await open(file).accepts(portal, token), true)
  })

  test('is not believed where others could have written it', async t => {
    const file = await stateFile(t)
    const { token } = await open(file).issue(portal, null)
    await chmod(file, 0o620)
    await assert.rejects(open(file).accepts(portal, token), AgentStateError)
  })

  for (const content of ['', 'null', '{"format":2,"origins":[]}', '{"format":1,"origins":[{}]}']) {
    test(`is not believed as ${content || 'nothing'}`, async t => {
      const file = await stateFile(t)
      await open(file).issue(portal, null)
      await writeFile(file, content)
      await assert.rejects(open(file).list(), AgentStateError)
    })
  }

  test('takes the changes of two agents at the same time', async t => {
    const file = await stateFile(t)
    const [first, second] = [open(file), open(file)]
    const origins = Array.from({ length: 10 }, (_, index) => `https://pki-${index}.contoso.com`)
    for (const origin of origins)
      await Promise.all([first.issue(origin, null), first.issue(`${origin}:1`, null)])
    assert.equal((await second.list()).length, 20)
    assert.equal(await second.forget('https://pki-3.contoso.com'), true)
    assert.equal(first.consentOf('https://pki-3.contoso.com'), null)
    assert.equal(await second.forget('https://pki-3.contoso.com'), false)
  })

  test('gives no token by a consent that was withdrawn meanwhile, though it was given anew', async t => {
    const file = await stateFile(t)
    const [agent, command] = [open(file), open(file)]
    await agent.issue(portal, null)
    const consent = agent.consentOf(portal)
    assert.ok(consent)
    await command.forget(portal)
    await assert.rejects(agent.issue(portal, consent), { code: 'consent-withdrawn' })
    assert.equal(agent.consentOf(portal), null)
    const later = new Date(Date.parse(consent) + 1)
    await new OriginTokens(new AgentStateFile(file), { now: () => later, randomBytes }).issue(portal, null)
    await assert.rejects(agent.issue(portal, consent), { code: 'consent-withdrawn' })
  })

  test('keeps the eight latest tokens of an origin', async t => {
    const tokens = open(await stateFile(t))
    const issued: string[] = []
    for (let index = 0; index < 9; index++) issued.push((await tokens.issue(portal, null)).token)
    const accepted = await Promise.all(issued.map(token => tokens.accepts(portal, token)))
    assert.deepEqual(accepted, [false, ...Array(8).fill(true)])
  })
})
