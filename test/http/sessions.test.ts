import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, beforeEach, describe, test } from 'node:test'
import { as, startServer } from './server.ts'

const server = await startServer()
after(() => server[Symbol.asyncDispose]())

const v2 = '/CertificateManagement/api/v2.0'
const url = `${v2}/sessions`
const aliceUuid = (await server.environment.directory.findUserByName('alice'))?.uuid ?? ''

beforeEach(async () => {
  server.clock.at = new Date('2026-07-01T12:00:00.930Z')
  for (const account of ['alice', 'bob', 'admin']) {
    await server.app.inject({ method: 'DELETE', url: `${url}?user=${account}`, headers: as('admin') })
  }
})

const cookieOf = (response: { headers: Record<string, unknown> }) =>
  String(response.headers['set-cookie']).split(';')[0] ?? ''

async function begin(account: string): Promise<{ cookie: string }> {
  const response = await server.app.inject({ method: 'POST', url: `${v2}/session`, headers: as(account) })
  return { cookie: cookieOf(response) }
}

interface Listed {
  readonly uuid: string
  readonly userUuid: string
  readonly scheme: string
  readonly begun: string
  readonly isCurrent: boolean
}

async function list(headers: object, query = ''): Promise<Listed[]> {
  const response = await server.app.inject({ url: `${url}${query}`, headers: { ...headers } })
  assert.equal(response.statusCode, 200, response.body)
  return response.json()
}

async function statusOf(method: 'GET' | 'DELETE', path: string, headers: object): Promise<number> {
  return (await server.app.inject({ method, url: path, headers: { ...headers } })).statusCode
}

const isAlive = async (session: object) => (await statusOf('GET', `${v2}/session`, session)) === 200

const byBegin = (a: Listed, b: Listed) => a.begun.localeCompare(b.begun)

describe('the sessions of a user', () => {
  test('are listed to their owner, with everything but their tokens', async () => {
    const first = await begin('alice')
    server.clock.at = new Date('2026-07-01T12:10:00.000Z')
    await begin('alice')
    await begin('bob')
    const response = await server.app.inject({ url, headers: first })
    assert.deepEqual(
      response
        .json()
        .sort(byBegin)
        .map(({ uuid, ...rest }: Listed) => {
          assert.match(uuid, /^[0-9a-f-]{36}$/)
          return rest
        }),
      [true, false].map(isCurrent => ({
        userUuid: aliceUuid,
        scheme: 'basic',
        address: '127.0.0.1',
        begun: isCurrent ? '2026-07-01T12:00:00.930Z' : '2026-07-01T12:10:00.000Z',
        lastSeen: '2026-07-01T12:10:00.000Z',
        expires: '2026-07-01T12:40:00.000Z',
        isCurrent,
      })),
    )
    const token = first.cookie.split('=')[1] ?? ''
    for (const secret of [token, createHash('sha256').update(token).digest('hex')]) {
      assert.ok(!response.body.includes(secret))
    }
  })

  test('are not listed once they have expired', async () => {
    await begin('alice')
    server.clock.at = new Date('2026-07-01T12:30:00.930Z')
    assert.equal((await list(as('alice'))).length, 1)
    server.clock.at = new Date('2026-07-01T12:30:00.931Z')
    assert.deepEqual(await list(as('alice')), [])
  })

  for (const user of [aliceUuid, aliceUuid.toUpperCase(), 'alice', 'CONTOSO%5Calice']) {
    test(`are listed to an administrator, by ${user}`, async () => {
      const session = await begin('alice')
      const [listed] = await list(as('admin'), `?user=${user}`)
      assert.deepEqual([listed?.userUuid, listed?.isCurrent], [aliceUuid, false])
      assert.equal((await list(session, `?user=${user}`)).length, 1)
    })
  }

  test('of somebody else are refused alike whether or not there is such a user', async () => {
    const answers = []
    for (const user of ['bob', 'nobody', 'ffffffff-ffff-4fff-bfff-ffffffffffff']) {
      const response = await server.app.inject({ url: `${url}?user=${user}`, headers: as('alice') })
      const { Message, ErrorCode } = response.json()
      answers.push([response.statusCode, ErrorCode, Message])
    }
    assert.deepEqual(answers[0]?.slice(0, 2), [403, 'NotPermitted'])
    assert.deepEqual(answers[1], answers[0])
    assert.deepEqual(answers[2], answers[0])
  })

  test('are found by uuid after the directory has forgotten their user', async () => {
    assert.deepEqual(await list(as('admin'), '?user=ffffffff-ffff-4fff-bfff-ffffffffffff'), [])
    const response = await server.app.inject({ url: `${url}?user=nobody`, headers: as('admin') })
    assert.deepEqual([response.statusCode, response.json().ErrorCode], [404, 'UserNotFound'])
  })
})

describe('a user that is named by an empty text', () => {
  const assertRefused = async (method: 'GET' | 'DELETE', path: string, headers: { cookie: string }) => {
    const response = await server.app.inject({ method, url: path, headers })
    const { ErrorCode, Message } = response.json()
    assert.deepEqual([response.statusCode, ErrorCode], [400, 'InvalidParameter'])
    assert.match(Message, /^user: is empty\./)
  }

  for (const query of ['?user=', '?user', '?USER=', '?user=&user=bob', '?a=b&user=']) {
    test(`is not the caller: ${query}`, async () => {
      const sessions = [await begin('admin'), await begin('admin')]
      const [session = { cookie: '' }] = sessions
      await assertRefused('DELETE', `${url}${query}`, session)
      await assertRefused('GET', `${url}${query}`, session)
      await assertRefused('GET', `${v2}/api-tokens${query}`, session)
      assert.deepEqual(await Promise.all(sessions.map(isAlive)), [true, true])
    })
  }

  test('does not stand in the way of other parameters', async () => {
    assert.deepEqual(await list(as('admin'), '?other='), [])
  })
})

describe('a session', () => {
  for (const by of ['its owner', 'an administrator'] as const) {
    test(`is ended by ${by}, at once, with a record of it`, async () => {
      const [ended, other] = [await begin('alice'), await begin('alice')]
      const uuid = (await list(ended)).find(({ isCurrent }) => isCurrent)?.uuid
      const status = await statusOf('DELETE', `${url}/${uuid}`, by === 'its owner' ? other : as('admin'))
      assert.equal(status, 204)
      assert.deepEqual([await isAlive(ended), await isAlive(other)], [false, true])
      assert.equal(await statusOf('DELETE', `${url}/${uuid}`, as('alice')), 404)
    })
  }

  test('takes its cookie away where it ends itself', async () => {
    const session = await begin('alice')
    const [listed] = await list(session)
    const response = await server.app.inject({
      method: 'DELETE',
      url: `${url}/${listed?.uuid}`,
      headers: session,
    })
    assert.match(String(response.headers['set-cookie']), /^cardinal_session=; .*Max-Age=0$/)
    assert.equal(await isAlive(session), false)
  })

  test('is not ended by somebody else', async () => {
    const session = await begin('alice')
    const [listed] = await list(session)
    for (const account of ['bob', 'mona', 'heidi']) {
      assert.equal(await statusOf('DELETE', `${url}/${listed?.uuid}`, as(account)), 403)
    }
    assert.equal(await isAlive(session), true)
  })

  test('gets a new token by the answer to any call, after a quarter of an hour', async () => {
    const session = await begin('alice')
    server.clock.at = new Date('2026-07-01T12:15:01.000Z')
    const responses = await Promise.all(
      Array.from({ length: 10 }, () => server.app.inject({ url: `${v2}/nothing-there`, headers: session })),
    )
    assert.ok(responses.every(({ statusCode }) => statusCode === 404))
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => server.app.inject({ url: `${v2}/session`, headers: session })),
    )
    const renewing = answers.filter(({ headers }) => headers['set-cookie'] !== undefined)
    assert.equal(renewing.length, 1)
    assert.match(
      String(renewing[0]?.headers['set-cookie']),
      /^cardinal_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/,
    )
    const renewed = { cookie: cookieOf(renewing[0] ?? { headers: {} }) }
    assert.notDeepEqual(renewed, session)
    assert.deepEqual([await isAlive(renewed), await isAlive(session)], [true, true])
    server.clock.at = new Date('2026-07-01T12:16:01.000Z')
    assert.equal(await isAlive(session), false)
    assert.equal(await isAlive(renewed), false)
  })

  test('begins once where the scheme begins one by itself', async () => {
    const headers = { authorization: 'Negotiate alice' }
    const payload = {}
    const response = await server.app.inject({ method: 'POST', url: `${v2}/session`, headers, payload })
    assert.equal(response.statusCode, 200)
    const session = { cookie: cookieOf(response) }
    const [listed, ...others] = await list(session)
    assert.deepEqual([listed?.scheme, listed?.isCurrent, others], ['negotiate', true, []])
  })
})

describe('all sessions', () => {
  test('of the caller end but the one that makes the call', async () => {
    const [current, ...others] = [await begin('alice'), await begin('alice'), await begin('alice')]
    const foreign = await begin('bob')
    assert.equal(await statusOf('DELETE', url, current), 204)
    assert.deepEqual([await isAlive(current), await isAlive(foreign)], [true, true])
    for (const other of others) assert.equal(await isAlive(other), false)
  })

  test('of the caller end where the call is made by none of them', async () => {
    const session = await begin('alice')
    assert.equal(await statusOf('DELETE', url, as('alice')), 204)
    assert.equal(await isAlive(session), false)
  })

  test('of a named user end, the one that makes the call included', async () => {
    const own = await begin('alice')
    assert.equal(await statusOf('DELETE', `${url}?user=alice`, own), 204)
    assert.equal(await isAlive(own), false)
    const [first, second] = [await begin('alice'), await begin('alice')]
    const foreign = await begin('bob')
    assert.equal(await statusOf('DELETE', `${url}?user=${aliceUuid}`, as('admin')), 204)
    assert.deepEqual(
      [await isAlive(first), await isAlive(second), await isAlive(foreign)],
      [false, false, true],
    )
  })

  test('of somebody else stay', async () => {
    const session = await begin('alice')
    assert.equal(await statusOf('DELETE', `${url}?user=alice`, as('bob')), 403)
    assert.equal(await isAlive(session), true)
  })
})
