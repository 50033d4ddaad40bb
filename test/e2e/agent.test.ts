import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { promisify } from 'node:util'
import { type Browser, chromium, type Page } from 'playwright-core'
import type { JobView } from '../../src/client/agent/jobs/job.ts'
import type { ReadersView } from '../../src/client/agent/reader-desk.ts'
import { type AgentProcess, startAgent } from '../client/agent/agent-process.ts'
import { type Portal, startPortal } from '../client/agent/portal.ts'
import { insertNewCard } from '../client/card-reader/inserted-card.ts'
import { leftOutWithout } from '../testbed/left-out.ts'
import { type Pcscd, startPcscd } from '../testbed/pcscd.ts'
import { startServer, type TestServer } from '../testbed/server.ts'
import { runCardinal } from './command.ts'

const template = '97cd65fa-af4b-4587-9309-0dd6bfd8b4e1'

let pcscd: Pcscd
let server: TestServer
let portal: Portal
let agent: AgentProcess
let browser: Browser
let page: Page

suite('a portal in Chromium, and the agent beside it', { skip: leftOutWithout('pcscd') }, tests)

function tests() {
  before(async () => {
    pcscd = await startPcscd()
    server = await startServer()
    portal = await startPortal({ agentUrl: () => agent.url, api: server.url })
    const { stdout: socket } = await pcscd.run('/usr/bin/printenv', 'PCSCLITE_CSOCK_NAME')
    agent = await startAgent({ origins: [portal.origin], socket: socket.trim() })
    const { stdout } = await promisify(execFile)('/bin/sh', ['-c', 'command -v chromium'])
    browser = await chromium.launch({ executablePath: stdout.trim(), args: ['--no-sandbox'] })
    page = await browser.newPage()
  })
  after(async () => {
    await browser?.close()
    await agent?.stop()
    await portal?.close()
    await server?.remove()
    await pcscd?.stop()
  })

  /** Alice's own call of the API, by her password, from the page's origin. */
  async function api(method: string, path: string, body?: object) {
    const authorization = `Basic ${Buffer.from(`alice:${await server.passwordOf('alice')}`).toString('base64')}`
    const response = await fetch(`${portal.origin}/CertificateManagement/api/${path}`, {
      method,
      headers: { authorization, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`)
    return text === '' ? null : JSON.parse(text)
  }
  const makeRequest = async (type: string, subject: object): Promise<string> => {
    const answers = type === 'Enroll' ? [{ 'Request Reason': 'Need VPN Certs' }] : []
    const datacollection = JSON.stringify(answers)
    const uri: string = await api('POST', 'v1.0/requests', { datacollection, type, comment: '', ...subject })
    return uri.slice(-36)
  }
  const apiToken = async (): Promise<string> => {
    const expires = new Date(Date.now() + 600_000).toISOString()
    const scopes = ['read', 'request', 'card-secret']
    return (await api('POST', 'v2.0/api-tokens', { name: 'card agent', scopes, expires })).token
  }
  const carryOut = (job: object) => page.evaluate(each => window.portal.carryOut(each), job)
  const readers = () => page.evaluate(() => window.portal.show())
  const cardInReader = async () => {
    const [reader] = (await readers()).readers
    assert.ok(reader?.card, JSON.stringify(reader))
    return { ...reader.card, reader: reader.name }
  }

  test('pairs by the code of the terminal, and after the consent that is given there', async () => {
    await page.goto(portal.origin)
    const [, code = ''] = await agent.says(/type this code into its page: ([A-Z2-9]{4}-[A-Z2-9]{4})/i)
    await page.fill('#code', 'AAAA-AAAA')
    await page.click('#pair button')
    await page.getByText('The code is wrong').waitFor()
    await page.fill('#code', code.toLowerCase())
    await page.click('#pair button')
    await agent.says(/wants to use your smart cards.*\(yes\/no\)/)
    agent.type('yes')
    await page.getByText('cardinal-agent', { exact: false }).getByText('is paired').waitFor()
    assert.equal((await stat(agent.stateFile)).mode & 0o777, 0o600)
    const token = await page.evaluate(() => window.localStorage.getItem('cardinal-agent-token'))
    assert.match(token ?? '', /^[\w-]{43}$/)
    assert.ok(!(await readFile(agent.stateFile, 'utf8')).includes(token ?? ''))
  })

  test('enrolls, changes the PIN, unblocks and retires, with progress', async t => {
    const before = await readers()
    const change = page.evaluate(after => window.portal.show(after), before.revision)
    await insertNewCard(t, pcscd)
    const { readers: [inserted] = [] } = await change
    assert.equal(inserted?.hasCard, true)
    const blank = await cardInReader()
    assert.deepEqual([blank.application, blank.cardId, blank.certificates], ['GIDS', null, []])

    const job = { reader: blank.reader, server: portal.origin, apiToken: await apiToken() }
    const request = await makeRequest('Enroll', { profiletemplateuuid: template })
    const enrolled = await carryOut({ kind: 'enroll', cardId: null, request, newPin: '246813', ...job })
    assert.equal(
      enrolled.error,
      undefined,
      `${JSON.stringify(enrolled)} ${await page.textContent('#outcome')}`,
    )
    const { cardId, certificates, pinTriesLeft } = await cardInReader()
    assert.match(certificates[0]?.subject ?? '', /alice/i)

    const pins = { kind: 'change-pin', reader: job.reader, cardId }
    assert.deepEqual(await carryOut({ ...pins, currentPin: '000000', newPin: '135792' }), {
      error: { code: 'wrong-pin', next: 'enter-pin', triesLeft: (pinTriesLeft ?? 0) - 1 },
    })
    assert.deepEqual(await carryOut({ ...pins, currentPin: '246813', newPin: '135792' }), {
      result: { cardId },
    })

    const { Uuid: smartcard } = await api('GET', `v1.0/smartcards?cardid=${cardId}`)
    const unblock = await makeRequest('Unblock', { smartcard })
    const unblocked = await carryOut({ kind: 'unblock', cardId, request: unblock, newPin: '864209', ...job })
    assert.equal(unblocked.error, undefined, JSON.stringify(unblocked))
    assert.deepEqual(await carryOut({ ...pins, currentPin: '864209', newPin: '975310' }), {
      result: { cardId },
    })

    const retire = { kind: 'retire', cardId, request: await makeRequest('Retire', { smartcard }), ...job }
    const declined = carryOut(retire)
    await agent.says(/wants to retire the card .*, and the key on it may be erased.*\(yes\/no\)/)
    agent.type('no')
    assert.equal((await declined).error?.code, 'declined')
    assert.equal((await cardInReader()).certificates.length, 1)
    const retired = carryOut(retire)
    await agent.says(/wants to retire the card .*\(yes\/no\)/)
    agent.type('yes')
    assert.equal((await retired).error, undefined, JSON.stringify(await retired))
    assert.equal((await cardInReader()).certificates.length, 0)
    // In a random identifier these digits may come by chance.
    const said = agent.said().replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '')
    for (const secret of ['246813', '135792', '864209', job.apiToken]) assert.ok(!said.includes(secret))
  })

  test('goes on with a PIV card where the page cancelled, and asks before the last PIN try', async t => {
    await insertNewCard(t, pcscd, join(import.meta.dirname, '../client/card-reader/piv-plug-card.ts'))
    const { reader, cardId, application } = await cardInReader()
    assert.equal(application, 'PIV')
    const job = {
      kind: 'enroll',
      reader,
      cardId,
      server: portal.origin,
      apiToken: await apiToken(),
      request: await makeRequest('Enroll', { profiletemplateuuid: template }),
      newPin: '246813',
    }
    const cancelled = await page.evaluate(
      async ([url, wanted]) => {
        const headers = {
          authorization: `Bearer ${window.localStorage.getItem('cardinal-agent-token')}`,
          'content-type': 'application/json',
        }
        const call = (path: string, method = 'GET', body: string | null = null): Promise<JobView> =>
          fetch(`${url}${path}`, { method, headers, body }).then(async response =>
            JSON.parse(await response.text()),
          )
        let view = await call('/jobs', 'POST', JSON.stringify(wanted))
        const second = await call('/jobs', 'POST', JSON.stringify(wanted))
        while (!view.progress.some(({ step }) => step === 'bind')) {
          view = await call(`/jobs/${view.id}?after=${view.revision}`)
        }
        await call(`/jobs/${view.id}`, 'DELETE')
        while (view.state === 'running') view = await call(`/jobs/${view.id}?after=${view.revision}`)
        return { state: view.state, code: view.error?.code, second: second.error?.code }
      },
      [agent.url, job] as const,
    )
    assert.deepEqual(cancelled, { state: 'cancelled', code: 'cancelled', second: 'reader-in-use' })
    const enrolled = await carryOut(job)
    assert.equal(enrolled.error, undefined, JSON.stringify(enrolled))

    const { pinTriesLeft, certificates } = await cardInReader()
    assert.equal(certificates.length, 1)
    const change = { kind: 'change-pin', reader, cardId, newPin: '135792' }
    for (let left = (pinTriesLeft ?? 0) - 1; left > 0; left--) {
      const wrong = await carryOut({ ...change, currentPin: `00000${left}` })
      assert.deepEqual([wrong.error?.code, wrong.error?.triesLeft], ['wrong-pin', left])
    }
    for (const [answer, expected] of [
      ['no', { error: { code: 'last-pin-try', next: 'unblock-pin', triesLeft: 1 } }],
      ['yes', { result: { cardId } }],
    ] as const) {
      const changed = carryOut({ ...change, currentPin: '246813' })
      await agent.says(/One PIN try is left on the card .*\(yes\/no\)/)
      agent.type(answer)
      assert.deepEqual(await changed, expected)
    }
    const other = await carryOut({ ...change, currentPin: '135792', cardId: template })
    assert.equal(other.error?.code, 'card-changed')
  })

  test('is forgotten: its question is withdrawn, its job ends, and the page has to pair again', async t => {
    await insertNewCard(t, pcscd)
    const { reader } = await cardInReader()
    const job = { reader, server: portal.origin, apiToken: await apiToken() }
    const enroll = await makeRequest('Enroll', { profiletemplateuuid: template })
    await carryOut({ kind: 'enroll', cardId: null, request: enroll, newPin: '246813', ...job })
    const { cardId } = await cardInReader()
    const { Uuid: smartcard } = await api('GET', `v1.0/smartcards?cardid=${cardId}`)
    const request = await makeRequest('Retire', { smartcard })
    const retiring = carryOut({ kind: 'retire', cardId, request, ...job }).catch(error => String(error))
    await agent.says(/wants to retire the card .*\(yes\/no\)/)
    const { status, output } = await agent.command('forget', portal.origin)
    assert.equal(status, 0)
    assert.match(
      output,
      new RegExp(`request ${request} is not finished\\. "cardinal retire --resume" goes on`),
    )
    await agent.says(/The job retire in .* has ended\. .* may not use the cards any more\. .*--resume/)
    assert.match(JSON.stringify(await retiring), /not-paired|not paired/)

    const password = join(agent.folder, 'password')
    await writeFile(password, await server.passwordOf('alice'))
    const signIn = ['--server', portal.origin, '--user', 'alice', '--password-file', password]
    const settings = { XDG_STATE_HOME: agent.folder }
    const given = await runCardinal(['retire', '--cancel', ...signIn], settings)
    assert.match(given.stdout, new RegExp(`request ${request} is canceled`), given.stderr)
  })
}

interface Outcome {
  readonly result?: unknown
  readonly error?: { readonly code: string; readonly next: string; readonly triesLeft?: number }
}

declare global {
  interface Window {
    localStorage: { getItem(name: string): string | null }
    portal: {
      show(after?: string): Promise<ReadersView>
      carryOut(job: object): Promise<Outcome>
    }
  }
  const window: Window
}
