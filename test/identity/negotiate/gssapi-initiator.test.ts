import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { after, before, describe, type TestContext, test } from 'node:test'
import { createGssapiInitiator } from '../../../src/identity/negotiate/gssapi-initiator.ts'
import { type KerberosAddon, loadKerberosAddon } from '../../../src/identity/negotiate/kerberos-addon.ts'
import { startTcpProxy } from '../../directory/ldap/tcp-proxy.ts'
import { type MitRealm, startMitRealm } from '../../testbed/kerberos/mit-realm.ts'
import { leftOutWithout } from '../../testbed/left-out.ts'

const encryptionType = 'aes256-cts-hmac-sha1-96'
/** One who calls and one who is called, both with keys in the realm's keytab. */
const [caller, host] = ['caller.test', 'service.test']
const principal = `HTTP/${caller}@CONTOSO.COM`
/** For a ticket of its own, and for one for the service. */
const callsForTickets = 2
const never = new AbortController().signal

describe('authenticating by the keys of a keytab', {
  skip: leftOutWithout('kerberos', 'krb5-kdc'),
  timeout: 60_000,
}, () => {
  let realm: MitRealm
  let addon: KerberosAddon
  let caches = 0
  before(async () => {
    addon = await loadKerberosAddon()
    realm = await startMitRealm('alice', [
      { host: caller, encryptionType },
      { host, encryptionType },
    ])
    const { keytabFile } = realm
    Object.assign(process.env, {
      KRB5_CLIENT_KTNAME: `FILE:${keytabFile}`,
      KRB5_KTNAME: `FILE:${keytabFile}`,
      KRB5RCACHENAME: 'none:',
    })
  })
  after(() => realm?.[Symbol.asyncDispose]())

  async function start(t: TestContext, settings = '') {
    const text = await readFile(realm.environment.KRB5_CONFIG, 'utf8')
    const port = Number(/kdc = 127\.0\.0\.1:(\d+)/.exec(text)?.[1])
    const kdc = await startTcpProxy({ host: '127.0.0.1', port })
    t.after(kdc.close)
    const file = `${realm.environment.KRB5_CONFIG}-${kdc.port}`
    await writeFile(
      file,
      text.replace(`:${port}`, `:${kdc.port}`).replace('[libdefaults]', `[libdefaults]\n${settings}`),
    )
    Object.assign(process.env, { KRB5_CONFIG: file })
    const initiator = createGssapiInitiator(addon, {
      principal,
      keytabFile: realm.keytabFile,
      service: 'HTTP',
      beginTickets: () => Object.assign(process.env, { KRB5CCNAME: `MEMORY:initiator-${++caches}` }),
      errorOf: ({ kind, message }) => new Error(`${kind}: ${message}`),
    })
    return { kdc, initiator }
  }

  test('proves who we are to the other side, and learns that it is who it says', async t => {
    const { initiator } = await start(t)
    const context = await initiator.initiate(host, never)
    const acceptor = await addon.initializeServer('HTTP')
    const token = await context.step(new Uint8Array())
    assert.equal(context.isComplete, false)
    const answer: string | null = await acceptor.step(Buffer.from(token).toString('base64'))
    assert.equal(acceptor.username, principal)
    assert.deepEqual(await context.step(Buffer.from(answer ?? '', 'base64')), Buffer.alloc(0))
    assert.equal(context.isComplete, true)
  })

  test('wraps that it takes no security layer, with no size and nobody else’s name', async t => {
    const { initiator } = await start(t)
    const context = await initiator.initiate(host, never)
    const acceptor = await addon.initializeServer('HTTP')
    const token = await context.step(new Uint8Array())
    const answer: string | null = await acceptor.step(Buffer.from(token).toString('base64'))
    await context.step(Buffer.from(answer ?? '', 'base64'))
    const wrapped = Buffer.from(await context.wrapNoLayer())
    // RFC 4121 §4.2.6.2: without confidentiality, the octets themselves stand behind a header of 16.
    assert.equal(wrapped.toString('hex', 0, 2), '0504')
    assert.equal(wrapped.toString('hex', 16, 20), '01000000')
    assert.equal(wrapped.length, 16 + 4 + wrapped.readUInt16BE(4))
  })

  test('fetches tickets once', async t => {
    const { kdc, initiator } = await start(t)
    await initiator.initiate(host, never)
    await initiator.initiate(host, never)
    assert.equal(kdc.count, callsForTickets)
  })

  test('fetches new tickets before the time of those that it has is over', { timeout: 60_000 }, async t => {
    // MIT's library fetches new ones when half of the time is over, or 30 seconds are left: in two seconds.
    const { kdc, initiator } = await start(t, 'ticket_lifetime = 32s')
    await initiator.initiate(host, never)
    while (kdc.count < 2 * callsForTickets && !t.signal.aborted) await initiator.initiate(host, never)
  })

  test('keeps tickets that never worked, and forgets those that did where it is told to', async t => {
    const { kdc, initiator } = await start(t)
    const context = await initiator.initiate(host, never)
    initiator.forgetTickets()
    await initiator.initiate(host, never)
    assert.equal(kdc.count, callsForTickets)
    const acceptor = await addon.initializeServer('HTTP')
    const token = await context.step(new Uint8Array())
    const answer: string | null = await acceptor.step(Buffer.from(token).toString('base64'))
    await context.step(Buffer.from(answer ?? '', 'base64'))
    initiator.forgetTickets()
    await initiator.initiate(host, never)
    assert.equal(kdc.count, 2 * callsForTickets)
  })

  test('does nothing for whoever gave up, and lets few wait', async t => {
    const { kdc, initiator } = await start(t)
    const waiting = new AbortController()
    const first = initiator.initiate(host, never)
    const others = Array.from({ length: 10 }, () => initiator.initiate('elsewhere.test', waiting.signal))
    const tooMany = initiator.initiate(host, never)
    waiting.abort()
    await assert.rejects(tooMany, /^Error: unreachable: Too many wait for Kerberos/)
    await first
    for (const outcome of await Promise.allSettled(others)) assert.equal(outcome.status, 'rejected')
    assert.equal(kdc.count, callsForTickets)
  })

  test('refuses an answer that the other side did not make', async t => {
    const { initiator } = await start(t)
    const context = await initiator.initiate(host, never)
    await context.step(new Uint8Array())
    await assert.rejects(
      context.step(Buffer.from('no token of Kerberos')),
      /^Error: unreachable: Kerberos as/,
    )
    assert.equal(context.isComplete, false)
  })
})
