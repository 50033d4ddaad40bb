import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { otherPortal, portal, startAgentBench } from './agent-bench.ts'

type Bench = Awaited<ReturnType<typeof startAgentBench>>

const get = (port: number, headers: readonly string[], target = '/agent') =>
  `GET ${target} HTTP/1.1\r\n${headers.map(each => each.replace('PORT', String(port))).join('\r\n')}\r\n\r\n`
const ours = 'Host: 127.0.0.1:PORT'
const allowed = `Origin: ${portal}`

describe('says not a byte to', () => {
  const refused: readonly [who: string, request: (port: number) => string | Uint8Array][] = [
    ['a request without an Origin', port => get(port, [ours])],
    ['the null origin', port => get(port, [ours, 'Origin: null'])],
    ['another origin', port => get(port, [ours, 'Origin: https://evil.example'])],
    ['another port of an allowed host', port => get(port, [ours, `${allowed}:8443`])],
    ['another scheme of an allowed host', port => get(port, [ours, 'Origin: http://pki.contoso.com'])],
    ['a host that begins like an allowed one', port => get(port, [ours, `${allowed}.evil.example`])],
    [
      'a host that ends like an allowed one',
      port => get(port, [ours, 'Origin: https://evilpki.contoso.com']),
    ],
    ['a subdomain of an allowed host', port => get(port, [ours, 'Origin: https://a.pki.contoso.com'])],
    ['an allowed origin in other letters', port => get(port, [ours, 'Origin: HTTPS://PKI.CONTOSO.COM'])],
    ['two origins', port => get(port, [ours, allowed, 'Origin: https://evil.example'])],
    ['a list of origins', port => get(port, [ours, `${allowed}, https://evil.example`])],
    ['its own origin', port => get(port, [ours, 'Origin: http://127.0.0.1:PORT'])],
    ['a rebound name', port => get(port, ['Host: rebound.example:PORT', allowed])],
    ['a rebound name of an allowed origin', port => get(port, ['Host: pki.contoso.com:PORT', allowed])],
    ['a rebound name in an absolute target', port => get(port, [ours, allowed], 'http://evil.example/agent')],
    ['another port in Host', port => get(port, ['Host: 127.0.0.1:1', allowed])],
    ['a Host without a port', port => get(port, ['Host: 127.0.0.1', allowed])],
    ['another loopback address', port => get(port, ['Host: 127.0.0.2:PORT', allowed])],
    ['no Host', port => get(port, [allowed])],
    ['two Hosts', port => get(port, [ours, 'Host: evil.example', allowed])],
    [
      'an image or a script of an allowed page',
      port => get(port, [ours, allowed, 'Sec-Fetch-Mode: no-cors']),
    ],
    ['a navigation', port => get(port, [ours, allowed, 'Sec-Fetch-Mode: navigate'])],
    [
      'a web socket',
      port =>
        get(port, [ours, allowed, 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13']),
    ],
    [
      'a tunnel',
      port => `CONNECT 127.0.0.1:${port} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${allowed}\r\n\r\n`,
    ],
    [
      'a foreign body that asks whether to continue',
      port =>
        `POST /tokens HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nOrigin: https://evil.example\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n`,
    ],
    ['an expectation that nobody knows', port => get(port, [ours, allowed, 'Expect: miracles'])],
    ['HTTP/1.0', port => `GET /agent HTTP/1.0\r\nHost: 127.0.0.1:${port}\r\n\r\n`],
    [
      'a foreign preflight',
      port => get(port, [ours, 'Origin: https://evil.example']).replace('GET', 'OPTIONS'),
    ],
    ['what is no HTTP', () => 'hello\r\n\r\n'],
    ['a beginning of TLS', () => Uint8Array.of(0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0)],
    ['headers that are too long', port => get(port, [ours, allowed, `X: ${'a'.repeat(20_000)}`])],
    [
      'lengths that contradict',
      port => get(port, [ours, allowed, 'Content-Length: 1', 'Transfer-Encoding: chunked']),
    ],
  ]
  for (const [who, request] of refused) {
    test(who, async t => {
      const bench = await startAgentBench(t)
      assert.equal(await bench.send(request(bench.port)), '')
      assert.deepEqual([bench.console.shown, bench.faults], [[], []])
    })
  }

  test('whatever else is sent', async t => {
    const bench = await startAgentBench(t, { headers: 50, request: 50 })
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async bytes => {
        assert.equal(await bench.send(bytes), '')
      }),
      { numRuns: 20 },
    )
  })
})

describe('to an allowed origin', () => {
  test('answers what it keeps from all those', async t => {
    const bench = await startAgentBench(t)
    const answer = await bench.send(get(bench.port, [ours, allowed, 'Connection: close']))
    assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/)
  })

  test('tells its name and version, and whether the page is paired', async t => {
    const bench = await startAgentBench(t)
    const unpaired = await bench.call('GET', '/agent')
    assert.deepEqual(unpaired.body, { name: 'cardinal-agent', version: '1.2.3', isPaired: false })
    const token = await bench.pair()
    assert.equal((await bench.call('GET', '/agent', { token })).body['isPaired'], true)
  })

  test('lets that origin alone read the answer, keeps none of it, and sets no cookie', async t => {
    const bench = await startAgentBench(t)
    const { headers } = await bench.call('GET', '/agent', { origin: otherPortal })
    assert.equal(headers.get('access-control-allow-origin'), otherPortal)
    assert.equal(headers.get('access-control-allow-credentials'), null)
    assert.equal(headers.get('vary'), 'Origin')
    assert.equal(headers.get('cache-control'), 'no-store')
    assert.equal(headers.get('set-cookie'), null)
  })

  for (const asks of [true, false]) {
    test(`${asks ? 'allows' : 'says nothing of'} the private network where ${asks ? '' : 'not '}asked`, async t => {
      const bench = await startAgentBench(t)
      const { status, headers } = await bench.call('OPTIONS', '/jobs', {
        headers: {
          'access-control-request-method': 'POST',
          ...(asks && { 'access-control-request-private-network': 'true' }),
        },
      })
      assert.equal(status, 204)
      assert.equal(headers.get('access-control-allow-origin'), portal)
      assert.equal(headers.get('access-control-allow-headers'), 'authorization, content-type')
      assert.equal(headers.get('access-control-allow-private-network'), asks ? 'true' : null)
    })
  }

  test('answers on the other loopback address and name, too', async t => {
    const bench = await startAgentBench(t)
    for (const host of ['[::1]', 'localhost']) {
      const response = await fetch(`http://${host}:${bench.port}/agent`, { headers: { origin: portal } })
      assert.equal(response.status, 200)
    }
  })
})

const job = '00000000-0000-4000-8000-000000000000'
const closedRoutes = [
  ['GET', '/readers'],
  ['POST', '/jobs'],
  ['GET', `/jobs/${job}`],
  ['DELETE', `/jobs/${job}`],
  ['DELETE', '/tokens/current'],
  ['GET', '/nowhere'],
  ['PUT', '/agent'],
] as const

async function refusesAll(bench: Bench, options: { origin?: string; token?: string }): Promise<void> {
  for (const [method, path] of closedRoutes) {
    const { status, code, body } = await bench.call(method, path, options)
    assert.deepEqual([status, code], [401, 'not-paired'], `${method} ${path}`)
    assert.deepEqual(Object.keys(body), ['error'])
  }
}

describe('nothing but the agent and pairing is for', () => {
  test('a page without a token', async t => refusesAll(await startAgentBench(t), {}))

  test('a page with a token that nobody issued', async t => {
    const bench = await startAgentBench(t)
    await bench.pair()
    await refusesAll(bench, { token: 'A'.repeat(43) })
    await refusesAll(bench, { token: 'x' })
  })

  test('a page with the token of another origin', async t => {
    const bench = await startAgentBench(t)
    const token = await bench.pair(portal)
    await bench.pair(otherPortal)
    await refusesAll(bench, { origin: otherPortal, token })
  })

  test('a page whose token has expired', async t => {
    const bench = await startAgentBench(t)
    const token = await bench.pair()
    bench.now = new Date(bench.now.getTime() + 91 * 86_400_000)
    await refusesAll(bench, { token })
  })

  test('a page that was forgotten', async t => {
    const bench = await startAgentBench(t)
    const token = await bench.pair()
    assert.equal(await bench.agent.tokens.forget(portal), true)
    await refusesAll(bench, { token })
  })

  test('a page that waits for something to happen while it is forgotten', async t => {
    const bench = await startAgentBench(t)
    const token = await bench.pair()
    const goOn = Promise.withResolvers<void>()
    const { id, revision } = bench.agent.jobs.start({
      origin: portal,
      kind: 'enroll',
      reader: 'A',
      work: async () => {
        await goOn.promise
        return { cardId: 'a secret of the card' }
      },
    })
    const path = `/jobs/${id}?after=${revision}`
    const waiting = bench.call('GET', path, { token })
    // It waits by the time that this one, which came after it, is answered.
    await bench.call('GET', '/agent', { token })
    assert.equal(await bench.agent.tokens.forget(portal), true)
    goOn.resolve()
    const answer = await waiting
    assert.deepEqual([answer.status, answer.code], [401, 'not-paired'])
  })

  test('a page that has given its token back, though the consent stays', async t => {
    const bench = await startAgentBench(t)
    const token = await bench.pair()
    assert.equal((await bench.call('DELETE', '/tokens/current', { token })).status, 204)
    await refusesAll(bench, { token })
    await bench.pair()
    assert.equal(bench.console.asked.length, 1)
  })
})

describe('pairing', () => {
  const redeem = (bench: Bench, code: string, origin = portal) =>
    bench.call('POST', '/tokens', { origin, body: { code } })

  test('takes the code once', async t => {
    const bench = await startAgentBench(t)
    await bench.pair()
    assert.equal((await redeem(bench, bench.console.lastCode())).code, 'wrong-code')
  })

  test('takes no code that was shown for another origin', async t => {
    const bench = await startAgentBench(t)
    await bench.call('POST', '/pairings', { body: {} })
    assert.equal((await redeem(bench, bench.console.lastCode(), otherPortal)).code, 'wrong-code')
    assert.equal((await redeem(bench, bench.console.lastCode())).status, 201)
  })

  test('asks the user nothing until the code was right', async t => {
    const bench = await startAgentBench(t)
    await bench.call('POST', '/pairings', { body: {} })
    await redeem(bench, '2222-2222')
    assert.equal(bench.console.asked.length, 0)
    await redeem(bench, bench.console.lastCode())
    assert.deepEqual(
      bench.console.asked.map(question => question.split(' ')[0]),
      [portal],
    )
  })

  test('ends with the fifth wrong code, right ones included', async t => {
    const bench = await startAgentBench(t)
    await bench.call('POST', '/pairings', { body: {} })
    const codes: (string | undefined)[] = []
    for (let guess = 0; guess < 5; guess++) codes.push((await redeem(bench, '2222-2222')).code)
    assert.deepEqual(codes, [...Array(4).fill('wrong-code'), 'too-many'])
    assert.equal((await redeem(bench, bench.console.lastCode())).code, 'too-many')
    assert.equal((await bench.call('POST', '/pairings', { body: {} })).status, 429)
  })

  test('gives no token where the user declines, and asks again next time', async t => {
    const bench = await startAgentBench(t)
    bench.console.answer = async () => false
    await bench.call('POST', '/pairings', { body: {} })
    assert.deepEqual((await redeem(bench, bench.console.lastCode())).code, 'consent-refused')
    assert.deepEqual(await bench.agent.tokens.list(), [])
    await bench.call('POST', '/pairings', { body: {} })
    assert.equal((await redeem(bench, bench.console.lastCode())).code, 'consent-refused')
    assert.equal(bench.console.asked.length, 2)
  })

  test('withdraws the question when the page leaves', async t => {
    const bench = await startAgentBench(t)
    const withdrawn = new Promise<void>(resolve => {
      bench.console.answer = signal =>
        new Promise(answer => {
          signal.addEventListener('abort', () => {
            answer(false)
            resolve()
          })
          leave.abort()
        })
    })
    const leave = new AbortController()
    await bench.call('POST', '/pairings', { body: {} })
    const left = fetch(`http://127.0.0.1:${bench.port}/tokens`, {
      method: 'POST',
      headers: { origin: portal, 'content-type': 'application/json' },
      body: JSON.stringify({ code: bench.console.lastCode() }),
      signal: leave.signal,
    })
    await assert.rejects(left)
    await withdrawn
    assert.deepEqual(await bench.agent.tokens.list(), [])
  })

  test('needs a terminal, and leaves no code behind without one', async t => {
    const bench = await startAgentBench(t)
    bench.console.isThere = false
    const { status, code } = await bench.call('POST', '/pairings', { body: {} })
    assert.deepEqual([status, code], [403, 'nobody-at-terminal'])
    assert.equal((await redeem(bench, bench.console.lastCode())).code, 'wrong-code')
  })
})

describe('a body', () => {
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    '',
  ]) {
    test(`of type "${type}", which needs no preflight, is refused`, async t => {
      const bench = await startAgentBench(t)
      const { status, code } = await bench.call('POST', '/pairings', {
        body: '{}',
        headers: { 'content-type': type },
      })
      assert.deepEqual([status, code], [415, 'not-json'])
      assert.deepEqual(bench.console.shown, [])
    })
  }

  test('of 10 MB is refused, whether its length is told or not', async t => {
    const bench = await startAgentBench(t)
    const head = (length: string) =>
      `POST /tokens HTTP/1.1\r\nHost: localhost:${bench.port}\r\nOrigin: ${portal}\r\nContent-Type: application/json\r\n${length}\r\n\r\n`
    const body = Buffer.alloc(10_000_000, 0x20)
    assert.match(await bench.send(head(`Content-Length: ${body.length}`)), /^HTTP\/1\.1 413 /)
    const chunked = [head('Transfer-Encoding: chunked'), '989680\r\n', body, '\r\n0\r\n\r\n']
    assert.match(await bench.send(...chunked), /^(HTTP\/1\.1 413 |$)/)
    assert.equal((await bench.call('GET', '/agent')).status, 200)
  })

  test('that comes too slowly ends the connection', async t => {
    const bench = await startAgentBench(t, { headers: 100, request: 200 })
    const head = `POST /tokens HTTP/1.1\r\nHost: localhost:${bench.port}\r\nOrigin: ${portal}\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{`
    assert.equal(await bench.send(head), '')
    assert.deepEqual(bench.faults, [])
  })

  const bad: readonly [what: string, body: string][] = [
    ['no JSON', '{"code"'],
    ['not an object', '[]'],
    ['nested deeply', '['.repeat(30_000)],
    ['without its property', '{}'],
    ['of another type', '{"code":1}'],
    ['with one property more', '{"code":"AAAA-AAAA","yes":true}'],
    ['with a prototype', '{"code":"AAAA-AAAA","__proto__":{}}'],
    ['too long a value', `{"code":"${'A'.repeat(17)}"}`],
  ]
  for (const [what, body] of bad) {
    test(`that is ${what} is refused, and not repeated`, async t => {
      const bench = await startAgentBench(t)
      const answer = await bench.call('POST', '/tokens', { body })
      assert.deepEqual([answer.status, answer.code], [400, 'invalid-request'])
      assert.ok(!JSON.stringify(answer.body).includes('AAAA'))
    })
  }
})

describe('a job', () => {
  const fields = {
    kind: 'enroll',
    reader: 'R',
    cardId: null,
    apiToken: 'cardinal_x',
    request: job,
    newPin: '123456',
  }
  for (const server of [
    'https://evil.example',
    'http://pki.contoso.com',
    'https://pki.contoso.com:8443',
    'https://pki.contoso.com@evil.example',
    'https://user:word@pki.contoso.com',
    'https://pki.contoso.com.evil.example/',
    'https://pki.contoso.com/?x=//evil.example',
    'http://169.254.169.254/latest',
    'file:///etc/passwd',
    '//pki.contoso.com',
    otherPortal,
  ]) {
    test(`goes to no server but the page's own: ${server}`, async t => {
      const bench = await startAgentBench(t)
      const token = await bench.pair()
      const { status, code } = await bench.call('POST', '/jobs', { token, body: { ...fields, server } })
      assert.deepEqual([status, code], [400, 'foreign-server'])
    })
  }

  for (const change of [
    { kind: 'erase' },
    { request: '../..' },
    { newPin: 'é' },
    { apiToken: 'a\r\nb' },
    { apdu: '00A4' },
  ]) {
    test(`is refused with ${JSON.stringify(change)}`, async t => {
      const bench = await startAgentBench(t)
      const token = await bench.pair()
      const body = { ...fields, server: portal, ...change }
      assert.equal((await bench.call('POST', '/jobs', { token, body })).code, 'invalid-request')
    })
  }

  test('of another origin is not there', async t => {
    const bench = await startAgentBench(t)
    const [token, otherToken] = [await bench.pair(), await bench.pair(otherPortal)]
    const body = { kind: 'change-pin', reader: 'R', cardId: null, currentPin: '123456', newPin: '654321' }
    const { status, body: view } = await bench.call('POST', '/jobs', { token, body })
    assert.equal(status, 202)
    assert.ok(!/123456|654321/.test(JSON.stringify(view)))
    const path = `/jobs/${view['id']}`
    assert.equal((await bench.call('GET', path, { origin: otherPortal, token: otherToken })).status, 404)
    assert.equal((await bench.call('DELETE', path, { origin: otherPortal, token: otherToken })).status, 404)
    assert.equal((await bench.call('GET', path, { token })).status, 200)
  })
})

test('goes on after a thousand connections that send nothing, or never end', async t => {
  const bench = await startAgentBench(t, { headers: 300, request: 300 })
  const sockets: Socket[] = []
  const closed: Promise<unknown>[] = []
  for (let index = 0; index < 1_000; index++) {
    const socket = connect(bench.port, '127.0.0.1').on('error', () => undefined)
    if (index % 2 === 0) socket.write(`GET /agent HTTP/1.1\r\nHost: 127.0.0.1:${bench.port}\r\n`)
    socket.resume()
    sockets.push(socket)
    closed.push(new Promise(resolve => socket.once('close', resolve)))
  }
  await Promise.all(closed)
  assert.equal((await bench.call('GET', '/agent')).status, 200)
})
