import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { type Browser, chromium, type Page } from 'playwright-core'
import { startDocumentServer } from '../testbed/document-server.ts'
import { type OpenIdProvider, startOpenIdProvider } from '../testbed/openid-provider.ts'
import { freePort, type Settings, spawnCardinal, startServer, type TestServer } from '../testbed/server.ts'
import { runCardinal } from './command.ts'

const sessionPath = '/CertificateManagement/api/v2.0/session'
const templatesPath = '/CertificateManagement/api/v1.0/profiletemplates'

let folder: string
let provider: OpenIdProvider
let server: TestServer
let settings: Settings
let browser: Browser

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openid-connect-'))
  const port = await freePort()
  const publicUrl = `http://127.0.0.1:${port}`
  provider = await startOpenIdProvider({ publicUrl })
  const secretFile = join(folder, 'client-secret')
  await writeFile(secretFile, `${provider.clientSecret}\n`, { mode: 0o600 })
  settings = {
    CARDINAL_PORT: String(port),
    CARDINAL_PUBLIC_URL: publicUrl,
    CARDINAL_DEMO: 'true',
    CARDINAL_OPEN_ID_CONNECT_ISSUER: provider.issuer,
    CARDINAL_OPEN_ID_CONNECT_CLIENT_ID: provider.clientId,
    CARDINAL_OPEN_ID_CONNECT_CLIENT_SECRET_FILE: secretFile,
    CARDINAL_OPEN_ID_CONNECT_AUDIENCE: provider.audience,
    CARDINAL_OPEN_ID_CONNECT_GROUPS_CLAIM: 'groups',
  }
  server = await startServer({ settings })
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', 'command -v chromium'])
  browser = await chromium.launch({ executablePath: stdout.trim(), args: ['--no-sandbox'] })
})

after(async () => {
  await browser?.close()
  await server?.remove()
  await provider?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

const call = (path: string, token: string) =>
  fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${token}` } })

interface Answer {
  readonly user?: { readonly account: string }
  readonly roles?: readonly string[]
  readonly checks?: Readonly<Record<string, string>>
}

async function read(response: Response): Promise<Answer> {
  return JSON.parse(await response.text())
}

describe('the API by bearer token', () => {
  test('is called as the user of the token', async () => {
    const response = await call(sessionPath, await provider.accessToken('alice'))
    assert.equal(response.status, 200)
    assert.equal((await read(response)).user?.account, 'CONTOSO\\alice')
    assert.equal((await call(templatesPath, await provider.accessToken('alice'))).status, 200)
  })

  test('gives the roles of the groups that the token vouches for', async () => {
    const { roles } = await read(await call(sessionPath, await provider.accessToken('alice')))
    assert.deepEqual(roles?.toSorted(), ['help-desk', 'subscriber'])
  })

  test('answers a bad token by 401, and says why in the log alone', async () => {
    const response = await call(templatesPath, await provider.accessToken('alice', 'https://other.example'))
    assert.equal(response.status, 401)
    assert.match(response.headers.get('www-authenticate') ?? '', /Bearer realm="Cardinal"/)
    const answer = await response.text()
    assert.doesNotMatch(answer, /audience|other\.example/)
    await server.untilSaid(/"reason":"wrong-audience"/)
  })
})

async function openPage(options: { readonly javaScriptEnabled?: boolean } = {}): Promise<Page> {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  // The provider's demonstration page asks for a font from elsewhere.
  await context.route(
    url => !['127.0.0.1', 'localhost'].includes(url.hostname),
    route => route.abort(),
  )
  return page
}

async function signInAtProvider(page: Page, user: string): Promise<void> {
  await page.fill('input[name=login]', user)
  await page.fill('input[name=password]', 'any')
  await page.click('button[type=submit]')
  await page.click('button[type=submit]')
}

describe('a browser', () => {
  test('signs in at the provider, comes back to where it wanted to go, and signs out at both', async () => {
    const page = await openPage()
    await page.goto(`${server.url}/sign-in?return=${encodeURIComponent(`${sessionPath}?x=1`)}`)
    assert.ok(page.url().startsWith(`${provider.issuer}/interaction/`))
    await signInAtProvider(page, 'alice')
    // The page goes on by itself, and the session's cookie, which is SameSite=Strict, is sent along.
    await page.waitForURL(`${server.url}${sessionPath}?x=1`)
    assert.match(await page.innerText('body'), /"account":"CONTOSO\\\\alice"/)

    const cookies = await page.context().cookies(`${server.url}/sign-out`)
    const session = cookies.find(({ name }) => name === 'cardinal_session')
    assert.deepEqual([session?.httpOnly, session?.sameSite], [true, 'Strict'])
    assert.equal(
      (await page.context().cookies(`${server.url}/sign-in`)).some(({ name }) => name === 'cardinal_sign_in'),
      false,
    )

    // A page that may call this server.
    await page.goto(`${server.url}/docs`)
    const answer = await page.evaluate(async () => (await fetch('/sign-out', { method: 'POST' })).text())
    const { location } = JSON.parse(answer)
    assert.ok(location.startsWith(`${provider.issuer}/session/end?`))
    await page.goto(location)
    await page.click('button[type=submit]')
    await page.waitForURL(`${server.url}/**`)
    assert.equal((await page.request.get(`${server.url}${sessionPath}`)).status(), 401)
    await page.goto(`${server.url}/sign-in`)
    assert.equal(await page.isVisible('input[name=login]'), true)
    await page.context().close()
  })

  test('sees without a script who is signed in, and signs out at both by a button', async () => {
    const page = await openPage({ javaScriptEnabled: false })
    const refusedByPolicy: string[] = []
    page.on('console', message => refusedByPolicy.push(message.text()))
    await page.goto(`${server.url}/sign-in`)
    await signInAtProvider(page, 'alice')
    await page.waitForURL(`${server.url}/signed-in`)
    assert.equal(await page.title(), 'Signed in')
    const rows = await page.getByRole('definition').allInnerTexts()
    assert.deepEqual(rows.slice(0, 3), ['Alice Adams', 'CONTOSO\\alice', 'subscriber'])
    for (const row of rows.slice(3))
      assert.match(row, /^\d+ \w+ \d{4} at \d\d:\d\d UTC(, later if you go on working)?$/)
    assert.equal(rows.length, 5)
    await page.goto(server.url)
    assert.equal(page.url(), `${server.url}/signed-in`)

    // By keyboard: the button is the first thing to get to.
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.waitForURL(`${provider.issuer}/session/end?**`)
    assert.equal((await page.request.get(`${server.url}${sessionPath}`)).status(), 401)
    await page.click('button[type=submit]')
    await page.waitForURL(`${server.url}/**`)
    assert.deepEqual(
      refusedByPolicy.filter(text => /Content Security Policy/.test(text)),
      [],
    )
    await page.goto(`${server.url}/signed-in`)
    assert.equal(await page.title(), 'Not signed in')
    await page.click('text=Sign in')
    assert.equal(await page.isVisible('input[name=login]'), true)
    await page.context().close()
  })

  test('shows what happened where the sign-in did not succeed, and nothing that came with it', async () => {
    const page = await openPage()
    const response = await page.goto(
      `${server.url}/sign-in/callback?error=x&error_description=${encodeURIComponent('<script>document.title=1</script>Call 555-0100')}`,
    )
    assert.equal(response?.status(), 403)
    assert.equal(await page.title(), 'Not signed in')
    const text = await page.innerText('body')
    const correlationId = response?.headers()['x-correlation-id'] ?? ''
    assert.ok(correlationId.length > 8 && text.includes(correlationId))
    // Its digits are random, and so at times those of the telephone number.
    assert.doesNotMatch(text.replace(correlationId, ''), /555|script/)
    const [logged] = await server.untilSaid(new RegExp(`^.*${correlationId}.*"reason".*$`, 'm'))
    assert.match(logged, /"reason":"no-transaction"/)
    await page.click('text=Sign in again')
    assert.ok(page.url().startsWith(`${provider.issuer}/interaction/`))
    await page.context().close()
  })

  test('is not signed in by a page of another site as somebody else', async () => {
    const page = await openPage()
    await page.goto(`${server.url}/sign-in`)
    // The attacker's own answer of the provider, in the victim's browser.
    const attacker = await fetch(`${server.url}/sign-in`, { redirect: 'manual' })
    const answer = await provider.authorize(attacker.headers.get('location') ?? '', 'mona')
    assert.equal((await page.goto(answer.href))?.status(), 403)
    assert.equal((await page.request.get(`${server.url}${sessionPath}`)).status(), 401)
    await page.context().close()
  })

  test('is led to no other site', async () => {
    const page = await openPage()
    await page.goto(`${server.url}/sign-in?return=${encodeURIComponent('/.//evil.example')}`)
    await signInAtProvider(page, 'alice')
    await page.waitForURL(`${server.url}/signed-in`)
    await page.context().close()
  })
})

describe('cardinal auth test', () => {
  const commandSettings = () => ({ CARDINAL_DATA_DIR: server.dataDir, ...settings })

  test('says what to register, what the provider answers, and whom a token signs in', async () => {
    const tokenFile = join(folder, 'token')
    await writeFile(tokenFile, await provider.accessToken('alice'))
    const { code, stdout, stderr } = await runCardinal(
      ['auth', 'test', '--token-file', tokenFile],
      commandSettings(),
    )
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    assert.match(stdout, new RegExp(`redirect URI +${server.url}/sign-in/callback\n`))
    assert.match(stdout, new RegExp(`issuer +${provider.issuer}\n`))
    assert.match(stdout, new RegExp(`${provider.kid} +RSA, RS256\n`))
    assert.match(stdout, /account +CONTOSO\\alice\n/)
    assert.match(stdout, /roles +help-desk, subscriber\n/)
  })

  test('says before anything else that the file with the token cannot be read', async () => {
    const result = await runCardinal(
      ['auth', 'test', '--token-file', join(folder, 'missing')],
      commandSettings(),
    )
    assert.deepEqual([result.code, result.stdout], [1, ''])
    assert.match(result.stderr, /^[^\n]*missing cannot be read: [^\n]+\.\n$/)
  })

  test('says in a line each what is not configured, which is no fault, but for a token', async () => {
    const nothing = { CARDINAL_DATA_DIR: server.dataDir }
    const { code, stdout } = await runCardinal(['auth', 'test'], nothing)
    assert.equal(code, 0)
    assert.deepEqual(
      [...stdout.matchAll(/^(.+): not configured; .+\n\n/gm)].map(([, what]) => what),
      ['OpenID Connect', 'Directory', 'Negotiate', 'Client certificates'],
    )
    const tokenFile = join(folder, 'token')
    await writeFile(tokenFile, 'x')
    const refused = await runCardinal(['auth', 'test', '--token-file', tokenFile], nothing)
    assert.deepEqual([refused.code, refused.stdout], [1, ''])
    assert.match(refused.stderr, /No OpenID Connect provider is configured/)
  })

  test('says why a token signs nobody in, without showing it', async () => {
    const tokenFile = join(folder, 'token')
    const token = await provider.accessToken('nobody')
    await writeFile(tokenFile, token)
    const { code, stdout } = await runCardinal(['auth', 'test', '--token-file', tokenFile], commandSettings())
    assert.equal(code, 1)
    assert.match(stdout, /The token is refused: unknown-user\. .*"nobody@contoso\.com"/)
    assert.ok(!stdout.includes(token.slice(-40)))
  })

  const withSecret = async (secret: string) => {
    const file = join(folder, 'another-secret')
    await writeFile(file, secret, { mode: 0o600 })
    return { ...commandSettings(), CARDINAL_OPEN_ID_CONNECT_CLIENT_SECRET_FILE: file }
  }

  test('says that the provider takes the client', async () => {
    const { code, stdout } = await runCardinal(['auth', 'test'], await withSecret(provider.clientSecret))
    assert.equal(code, 0)
    assert.match(stdout, /answer +"invalid_grant", .*\n +client +taken/)
  })

  test('says that the provider does not take the client, and what to do', async () => {
    const wrongSecret = await runCardinal(['auth', 'test'], await withSecret('wrong-secret'))
    assert.equal(wrongSecret.code, 1)
    assert.match(
      wrongSecret.stdout,
      /What is wrong\n +.*refuses this server as its client: "invalid_client".*openIdConnect\.clientSecretFile/,
    )
    assert.ok(!wrongSecret.stdout.includes('wrong-secret'))

    const settings = { ...commandSettings(), CARDINAL_OPEN_ID_CONNECT_CLIENT_ID: 'another-client' }
    const wrongId = await runCardinal(['auth', 'test'], settings)
    assert.equal(wrongId.code, 1)
    assert.match(wrongId.stdout, /"invalid_client".*openIdConnect\.clientId \(another-client\)/)
  })

  for (const [what, answer, code, said] of [
    [
      'another error',
      { error: 'invalid_scope', error_description: `Say which one. ${'x'.repeat(5000)}` },
      0,
      /answer +"invalid_scope", "Say which one\. x{50,100}…\n +client +the answer does not say\n/,
    ],
    ['the page of a proxy', '<html>', 1, /What is wrong\n.*does not answer as it should/],
    [
      'tokens',
      { access_token: 'x', token_type: 'Bearer' },
      0,
      /answer +tokens, for a code that was made up\n/,
    ],
  ] as const) {
    test(`shows what the provider says to a made-up code: ${what}`, async () => {
      await using other = await startDocumentServer(url => ({
        '/.well-known/openid-configuration': {
          issuer: url,
          authorization_endpoint: `${url}/authorize`,
          token_endpoint: `${url}/token`,
          jwks_uri: `${url}/keys`,
        },
        '/keys': { keys: [provider.publicJwk] },
        '/token': (_request: unknown, response: ServerResponse) =>
          response
            .writeHead(typeof answer === 'object' && 'error' in answer ? 400 : 200, {
              'content-type': 'application/json',
            })
            .end(typeof answer === 'string' ? answer : JSON.stringify(answer)),
      }))
      const result = await runCardinal(['auth', 'test'], {
        ...commandSettings(),
        CARDINAL_OPEN_ID_CONNECT_ISSUER: other.url,
      })
      assert.match(result.stdout, said)
      assert.equal(result.code, code)
    })
  }

  test('says that the provider is not there', async () => {
    const down = { ...commandSettings(), CARDINAL_OPEN_ID_CONNECT_ISSUER: 'http://127.0.0.1:9' }
    const { code, stdout } = await runCardinal(['auth', 'test'], down)
    assert.equal(code, 1)
    assert.match(stdout, /openid-configuration: .*ECONNREFUSED/)
  })
})

test('a server starts without its provider, says so, and takes tokens once it is there', async () => {
  const [port, providerPort] = [await freePort(), await freePort()]
  const child = spawnCardinal(['serve'], {
    ...settings,
    CARDINAL_PORT: String(port),
    CARDINAL_DATA_DIR: join(folder, 'data'),
    CARDINAL_DEMO: 'true',
    CARDINAL_CERTIFICATION_AUTHORITY_KEY_ALGORITHM: 'EC-P256',
    CARDINAL_OPEN_ID_CONNECT_ISSUER: `http://localhost:${providerPort}`,
  })
  try {
    for await (const text of child.stdout?.setEncoding('utf8') ?? []) if (text.includes('serves on ')) break
    const url = `http://127.0.0.1:${port}`
    const readiness = async () => (await read(await fetch(`${url}/health/ready`))).checks?.['openIdConnect']
    assert.equal(await readiness(), 'degraded')
    assert.equal((await fetch(`${url}/health/ready`)).status, 200)
    const authorization = `Bearer ${await provider.accessToken('alice')}`
    assert.equal((await fetch(`${url}${templatesPath}`, { headers: { authorization } })).status, 503)
    const page = await fetch(`${url}/sign-in`)
    assert.equal(page.status, 503)
    assert.match(await page.text(), /cannot be reached at the moment/)
    const password = await fetch(`${url}${templatesPath}`, { headers: { authorization: 'Basic eDp4' } })
    assert.equal(password.status, 401)

    await using late = await startOpenIdProvider({ port: providerPort })
    while ((await readiness()) !== 'ok') await new Promise(resolve => setTimeout(resolve, 250))
    const good = { authorization: `Bearer ${await late.accessToken('alice')}` }
    assert.equal((await fetch(`${url}${templatesPath}`, { headers: good })).status, 200)
  } finally {
    child.kill('SIGKILL')
  }
})
