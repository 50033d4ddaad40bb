import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { type Browser, chromium, type Page } from 'playwright-core'
import { type AgentProcess, type AgentTerminal, startAgent } from '../client/agent/agent-process.ts'
import { type Portal, startPortal } from '../client/agent/portal.ts'
import { freePort } from '../testbed/server.ts'

let portal: Portal
let sibling: Portal
let agent: AgentProcess
let browser: Browser

async function launch(...args: readonly string[]): Promise<Browser> {
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', 'command -v chromium'])
  return await chromium.launch({ executablePath: stdout.trim(), args: ['--no-sandbox', ...args] })
}

before(async () => {
  portal = await startPortal({ agentUrl: () => agent.url })
  sibling = await startPortal({ agentUrl: () => agent.url })
  agent = await startAgent({ origins: [portal.origin] })
  browser = await launch('--host-resolver-rules=MAP rebound.example 127.0.0.1')
})
after(async () => {
  await browser?.close()
  await agent?.stop()
  await portal?.close()
  await sibling?.close()
})

/** Pairs a page with an agent at whose terminal somebody answers. */
async function pair(page: Page, terminal: AgentTerminal): Promise<void> {
  await page.goto(portal.origin)
  const [, code = ''] = await terminal.says(/into its page: (\S{9})/)
  await page.fill('#code', code)
  await page.click('#pair button')
  await terminal.says(/Allow it\? \(yes\/no\)/)
  terminal.type('yes')
  // There is no PC/SC here, so that the page gets no further.
  await page.getByText('PC/SC service').waitFor()
}

/** What a page finds out about an address, by everything that a page can do. */
function probe(page: Page, url: string): Promise<unknown> {
  return page.evaluate(async base => {
    const outcome = (trying: Promise<unknown>) =>
      trying.then(
        () => 'an answer',
        (error: unknown) => String(error),
      )
    const load = (name: 'img' | 'script') =>
      new Promise((resolve, reject) => {
        const element = window.document.createElement(name)
        element.onload = resolve
        element.onerror = () => reject(new Error('none'))
        element.src = `${base}/agent`
        window.document.body.append(element)
      })
    const socket = (make: () => WebLink) =>
      new Promise((resolve, reject) => {
        const link = make()
        link.onopen = resolve
        link.onerror = () => {
          link.close()
          reject(new Error('none'))
        }
      })
    const json = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }
    return {
      get: await outcome(fetch(`${base}/agent`)),
      blind: await outcome(fetch(`${base}/agent`, { mode: 'no-cors' })),
      preflighted: await outcome(fetch(`${base}/pairings`, json)),
      form: await outcome(fetch(`${base}/pairings`, { method: 'POST', mode: 'no-cors', body: 'a=b' })),
      image: await outcome(load('img')),
      script: await outcome(load('script')),
      webSocket: await outcome(socket(() => new window.WebSocket(base.replace('http', 'ws')))),
      events: await outcome(socket(() => new window.EventSource(`${base}/readers`))),
    }
  }, url)
}

describe('a page in Chromium', () => {
  for (const [what, address] of [
    ['of another name of the same host', () => portal.origin.replace('127.0.0.1', 'localhost')],
    ['of another port of the same host', () => sibling.origin],
    ['of a name that leads to this computer', () => portal.origin.replace('127.0.0.1', 'rebound.example')],
  ] as const) {
    test(`${what} cannot tell the agent from nobody`, async () => {
      const page = await browser.newPage()
      await page.goto(address())
      const nobody = await probe(page, `http://127.0.0.1:${await freePort()}`)
      assert.deepEqual(await probe(page, agent.url), nobody)
      assert.deepEqual(await probe(page, agent.url.replace('127.0.0.1', 'localhost')), nobody)
      assert.ok(!/into its page/.test(agent.said()))
      await page.close()
    })
  }

  test('cannot send a form to the agent, nor frame it, nor go there', async () => {
    const page = await browser.newPage()
    await page.goto(sibling.origin)
    await page.setContent(`<form method="post" action="${agent.url}/pairings"><button>Win</button></form>
      <iframe src="${agent.url}/agent"></iframe>`)
    assert.doesNotMatch((await page.frames()[1]?.content()) ?? '', /cardinal/)
    await Promise.all([page.waitForEvent('requestfailed'), page.click('button')])
    for (const host of ['127.0.0.1', 'rebound.example']) {
      await assert.rejects(page.goto(`http://${host}:${agent.port}/agent`), /ERR_EMPTY_RESPONSE/)
    }
    assert.ok(!/into its page/.test(agent.said()))
    await page.close()
  })

  test('of a paired origin in a frame without an origin has nothing', async () => {
    const page = await browser.newPage()
    await page.goto(sibling.origin)
    await page.setContent(`<iframe sandbox="allow-scripts" src="${portal.origin}"></iframe>`)
    const [, frame] = page.frames()
    await frame?.waitForLoadState()
    const found = await frame?.evaluate(url => fetch(`${url}/agent`).then(String, String), agent.url)
    assert.match(found ?? '', /Failed to fetch/)
    await page.close()
  })

  test('has a token of its own that is of no use to a page of another origin', async () => {
    const page = await browser.newPage()
    await pair(page, agent)
    const token = await page.evaluate(() => window.localStorage.getItem('cardinal-agent-token'))
    const thief = await browser.newPage()
    await thief.goto(sibling.origin)
    const stolen = await thief.evaluate(
      ([url, bearer]) =>
        fetch(`${url}/readers`, { headers: { authorization: `Bearer ${bearer}` } }).then(String, String),
      [agent.url, token ?? ''],
    )
    assert.match(stolen, /Failed to fetch/)
    const { status, output } = await agent.command('forget', portal.origin)
    assert.equal(status, 0, output)
    assert.match((await agent.command('origins')).output, /No origin may use the cards\./)
    await page.reload()
    await page.getByText('is not paired yet').waitFor()
    await Promise.all([page.close(), thief.close()])
  })

  test('of the public internet needs the permission of the browser, and then finds the agent', async () => {
    const abroad = await launch(`--ip-address-space-overrides=127.0.0.1:${portal.port}=public`)
    try {
      const context = await abroad.newContext()
      const page = await context.newPage()
      await page.goto(portal.origin)
      await page.getByText('No agent for this page').waitFor()
      await context.grantPermissions(['local-network-access'], { origin: portal.origin })
      await page.reload()
      await page.getByText('is not paired yet').waitFor()
    } finally {
      await abroad.close()
    }
  })
})

describe('an agent without a terminal', () => {
  test('pairs nobody until one is attached, and asks there', async () => {
    const service = await startAgent({ origins: [portal.origin], hasTerminal: false })
    const headers = { origin: portal.origin, 'content-type': 'application/json' }
    const ask = () => fetch(`${service.url}/pairings`, { method: 'POST', headers, body: '{}' })
    try {
      assert.match(await (await ask()).text(), /"nobody-at-terminal".*"attach-terminal"/)
      const terminal = await service.attach()
      terminal.type('yes')
      assert.equal((await ask()).status, 201)
      const [, code = ''] = await terminal.says(/into its page: (\S{9})/)
      const body = JSON.stringify({ code })
      const token = fetch(`${service.url}/tokens`, { method: 'POST', headers, body })
      await terminal.says(/Allow it\? \(yes\/no\)/)
      terminal.type('y')
      assert.equal((await token).status, 403, 'what was typed before the question, or is not yes, is none')
      await terminal.stop()
    } finally {
      await service.stop()
    }
  })
})

describe('cardinal agent', () => {
  for (const [what, args, message] of [
    ['every origin', ['--allow-origin', '*'], /is no origin/],
    ['an origin without TLS', ['--allow-origin', 'http://pki.contoso.com'], /comes without TLS/],
    ['no origin', [], /needs --allow-origin/],
    ['an answer for the user', ['--allow-origin', 'https://a.example', '--yes'], /Unknown option '--yes'/],
    [
      'a second agent on its port',
      () => ['--allow-origin', 'https://a.example', '--port', String(agent.port)],
      /is taken/,
    ],
  ] as const) {
    test(`refuses ${what}`, async () => {
      const { status, output } = await agent.command(...(typeof args === 'function' ? args() : args))
      assert.equal(status, 1)
      assert.match(output, message)
    })
  }
})

interface WebLink {
  onopen: ((value: unknown) => void) | null
  onerror: (() => void) | null
  close(): void
}

interface WebElement {
  onload: ((value: unknown) => void) | null
  onerror: (() => void) | null
  src: string
}

/** What this test uses of a browser. */
declare global {
  interface Window {
    document: { createElement(name: string): WebElement; body: { append(element: WebElement): void } }
    WebSocket: new (url: string) => WebLink
    EventSource: new (url: string) => WebLink
  }
}
