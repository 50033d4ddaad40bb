import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { as, startServer } from './server.ts'

const sessions = '/CertificateManagement/api/v2.0/sessions'
const session = '/CertificateManagement/api/v2.0/session'
const believing = await startServer({ trustProxy: true })
const doubting = await startServer()
after(() => Promise.all([believing[Symbol.asyncDispose](), doubting[Symbol.asyncDispose]()]))

/** From where a session is said to have been begun, by a call from 127.0.0.1. */
async function addressOf({ app }: typeof believing, forwardedFor: string): Promise<string> {
  const begun = await app.inject({
    method: 'POST',
    url: session,
    headers: { ...as('alice'), 'x-forwarded-for': forwardedFor },
  })
  assert.equal(begun.statusCode, 200, begun.body)
  const cookie = String(begun.headers['set-cookie']).split(';')[0]
  const listed: { isCurrent: boolean; address: string }[] = (
    await app.inject({ url: sessions, headers: { cookie } })
  ).json()
  return listed.find(({ isCurrent }) => isCurrent)?.address ?? ''
}

describe('behind a proxy that is believed', () => {
  test('a call comes from the address that the proxy added, whatever its client wrote before that', async () => {
    assert.equal(await addressOf(believing, '203.0.113.7'), '203.0.113.7')
    assert.equal(await addressOf(believing, '10.0.0.1, 198.51.100.9, 203.0.113.7'), '203.0.113.7')
  })

  test('no address is long', async () => {
    assert.equal(await addressOf(believing, 'a'.repeat(60_000)), 'a'.repeat(64))
  })
})

test('without one, nothing is taken from X-Forwarded-For', async () => {
  assert.equal(await addressOf(doubting, '203.0.113.7'), '127.0.0.1')
})
