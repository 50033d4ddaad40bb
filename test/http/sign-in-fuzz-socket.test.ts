import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { connect } from 'node:tls'
import fc from 'fast-check'
import { ticketFor } from './authorization/schemes.ts'
import { startServerOfSchemes } from './authorization/server-of-schemes.ts'
import { hostileAuthorizations, hostileCookies } from './sign-in-fuzz-credentials.ts'

const server = await startServerOfSchemes()
after(() => server[Symbol.asyncDispose]())
await server.app.listen({ host: '127.0.0.1', port: 0 })
const port = Number(new URL(server.url()).port)

const path = '/CertificateManagement/api/v2.0/session'
const good = `Basic ${Buffer.from(`alice:${server.passwordOf('alice')}`).toString('base64')}`

interface Exchange {
  /** null where the connection ended without an answer. */
  readonly status: number | null
  readonly text: string
}

/** What comes back on a connection of its own; an error where none of it has ended within ten seconds. */
async function exchange(octets: Buffer): Promise<Exchange> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
  const parts: Buffer[] = []
  const closed = Promise.withResolvers<void>()
  const timer = setTimeout(() => {
    closed.reject(new Error('The server does not answer.'))
    socket.destroy()
  }, 10_000)
  // Whoever is refused while it still writes may find the connection reset.
  socket.on('error', () => undefined)
  socket.on('data', part => parts.push(part))
  socket.on('close', () => closed.resolve())
  socket.write(octets)
  await closed.promise
  clearTimeout(timer)
  const text = Buffer.concat(parts).toString('latin1')
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1]
  return { status: status === undefined ? null : Number(status), text }
}

/** Header lines octet by octet, as no client would let one write them. */
function call(lines: readonly string[], method = 'GET'): Buffer {
  const body = method === 'GET' ? '' : '{}'
  const length = method === 'GET' ? [] : ['Content-Type: application/json', `Content-Length: ${body.length}`]
  const head = [
    `${method} ${path} HTTP/1.1`,
    'Host: cardinal',
    'Connection: close',
    ...length,
    ...lines,
    '',
    body,
  ]
  return Buffer.from(head.join('\r\n'), 'latin1')
}

/** More than the server reads of headers; it may close before all of it is written, and its answer be lost. */
const tooMuch = 96 * 1024
/** RFC 8446 §5.1. Where an octet that HTTP forbids stands in the first record, the same happens to what follows it. */
const longestRecord = 16 * 1024
const forbidden = /[^\t\r\n\x20-\xff]/

function assertRefused({ status, text }: Exchange, sent: Buffer): void {
  const shown = sent.toString('latin1').slice(0, 300)
  const maySeeNoAnswer =
    sent.length > tooMuch || (sent.length > longestRecord && forbidden.test(sent.toString('latin1')))
  if (status === null && maySeeNoAnswer) return
  assert.ok(
    status !== null && [400, 401, 431].includes(status),
    `${status} for ${shown}: ${text.slice(0, 300)}`,
  )
  assert.match(text, /"ErrorCode":"(NotSignedIn|MalformedBody)"/)
  assert.doesNotMatch(text, /^set-cookie:/im)
}

async function assertRefuses(octets: Buffer): Promise<void> {
  assertRefused(await exchange(octets), octets)
}

const sizes = [0, 1, 1000, 16_384, 60_000, 90_000, 98_000, 100_000, 1_000_000]
const lineSets: Record<string, readonly string[]> = {
  'a name without a value': ['Authorization:'],
  'a scheme alone': ['Authorization: Basic'],
  'a good header twice, the first one spoilt': [`Authorization: Basic eDp5`, `Authorization: ${good}`],
  'two schemes': ['Authorization: Bearer x', `Authorization: ${good}`],
  'a thousand headers': Array.from({ length: 1000 }, () => 'Authorization: Bearer x'),
  'thousands of commas': [`Authorization: ${','.repeat(40_000)}`],
  'octets beyond ASCII': ['Authorization: Basic \xff\xfe\x80\xc3\xa9'],
  'a tab for the space': [`Authorization: ${good.replace(' ', '\t')}`],
  'a good header behind a comma': [`Authorization: x, ${good}`],
  'a good header before a comma': [`Authorization: ${good}, Basic eDp5`],
  'a NUL': [`Authorization: ${good}\0`],
  'a bare line feed': [`Authorization: Bearer x\n y`],
  'a folded line': ['Authorization: Basic', ` ${good.slice(6)}`],
  'a space before the colon': [`Authorization : ${good}`],
  'another name': [`Proxy-Authorization: ${good}`],
  'ten thousand cookies': [`Cookie: ${'a=b; '.repeat(10_000)}`],
  'a thousand cookie headers': Array.from(
    { length: 1000 },
    (_, index) => `Cookie: __Host-cardinal_session=${index}`,
  ),
  'several sessions': Array.from({ length: 40 }, () => `Cookie: __Host-cardinal_session=${'A'.repeat(43)}`),
  'octets in a cookie': ['Cookie: __Host-cardinal_session=\xff\x80\xc0\xaf; \xe9=\x80'],
}
for (const name of ['Basic', 'Negotiate', 'Bearer', 'Bearer cardinal_', 'Digest', '']) {
  for (const size of sizes)
    lineSets[`${name || 'no scheme'}, ${size} octets`] = [`Authorization: ${name} ${'A'.repeat(size)}`]
}

for (const [what, lines] of Object.entries(lineSets)) {
  test(`refuses ${what}`, async () => {
    for (const method of ['GET', 'POST']) await assertRefuses(call(lines, method))
  })
}

test('refuses whatever else is written there, in time', async () => {
  const authorizations = await hostileAuthorizations(server)
  const lines = fc.oneof(
    authorizations.map(value => [`Authorization: ${value}`]),
    hostileCookies.map(value => [`Cookie: ${value}`]),
    fc
      .tuple(authorizations, authorizations, hostileCookies)
      .map(([one, two, cookie]) => [`Authorization: ${one}`, `Authorization: ${two}`, `Cookie: ${cookie}`]),
  )
  // As many at once as an impatient attacker has connections.
  await fc.assert(
    fc.asyncProperty(fc.array(lines, { minLength: 8, maxLength: 8 }), async sets => {
      await Promise.all(sets.map(set => assertRefuses(call(set))))
    }),
    { numRuns: 50 },
  )
})

test('serves others all the while, and at the end', async () => {
  const hostile = Array.from({ length: 40 }, (_, index) =>
    exchange(call([`Authorization: Negotiate ${'A'.repeat(2000 * index)}`])),
  )
  const lines = [[`Authorization: ${good}`], [`Authorization: Negotiate ${ticketFor(server, 'alice')}`]]
  for (const each of lines) assert.equal((await exchange(call(each))).status, 200)
  for (const { status } of await Promise.all(hostile)) assert.ok(status === 401 || status === 400)
})
