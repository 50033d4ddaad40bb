import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { type KeytabEntry, readKeytab } from '../../../src/identity/negotiate/kerberos/keytab.ts'
import { readNegotiateToken } from '../../../src/identity/negotiate/negotiate-token.ts'
import { createTicketOpener } from '../../../src/identity/negotiate/ticket-opener.ts'
import {
  makeKerberosToken,
  makeKeytab,
  makeNegotiateToken,
  type TicketOptions,
} from '../../testbed/kerberos/ticket.ts'

const service = {
  principal: 'HTTP/cardinal.contoso.com',
  realm: 'CONTOSO.COM',
  version: 3,
  key: randomBytes(32),
}
const files = { ...service, principal: 'nfs/cardinal.contoso.com', key: randomBytes(32) }
const older = { ...service, version: 2, key: randomBytes(32) }
const keys = readKeytab(makeKeytab([files, older, service]))
const alice = 'alice@CONTOSO.COM'

const requestOf = (options: Partial<TicketOptions> = {}) =>
  readNegotiateToken(makeNegotiateToken(makeKerberosToken({ service, client: 'alice', ...options })))
const openerOf = (entries: readonly KeytabEntry[] = keys) => createTicketOpener(async () => entries)

describe('a ticket is opened', () => {
  test('by the key of the service, and shows its client and its privilege attributes', async () => {
    const privilegeAttributes = Buffer.from('whatever a domain controller wrote')
    const opened = await openerOf()(requestOf({ privilegeAttributes, authorizationData: 9 }), alice)
    assert.ok(opened !== null)
    assert.equal(opened.client, alice)
    assert.deepEqual(Buffer.from(opened.serviceKey), service.key)
    assert.deepEqual(Buffer.from(opened.privilegeAttributes ?? []), privilegeAttributes)
    assert.deepEqual([opened.sessionKey.encryptionType, opened.sessionKey.key.length], [18, 32])
  })

  test('and has no privilege attributes where the key distribution center writes none', async () => {
    for (const options of [{}, { authorizationData: 60_000 }]) {
      assert.equal((await openerOf()(requestOf(options), alice))?.privilegeAttributes, null)
    }
  })

  test('by the key that the library takes, whatever version and name the ticket says', async () => {
    for (const options of [
      { service: older },
      { service: older, writtenVersion: 9 },
      { service: older, writtenService: 'HTTP/alias' },
    ]) {
      assert.equal((await openerOf()(requestOf(options), alice))?.client, alice)
    }
  })

  test('by keys that are asked for once, and again where the service got a new one', async () => {
    const keytabs = [[older], [older, service]].map(held => readKeytab(makeKeytab(held)))
    let asked = 0
    const open = createTicketOpener(async () => keytabs[asked++] ?? [])
    for (const [by, times] of [
      [older, 1],
      [older, 1],
      [service, 2],
      [older, 2],
    ] as const) {
      assert.equal((await open(requestOf({ service: by }), alice))?.client, alice)
      assert.equal(asked, times)
    }
  })

  test('never by keys of other services, or without any', async () => {
    const unreadable = {
      reason: 'unreadable-ticket',
      message: /the keytab has no key that decrypts the ticket/,
    }
    await assert.rejects(openerOf()(requestOf({ service: files }), alice), unreadable)
    await assert.rejects(openerOf([])(requestOf(), alice), unreadable)
  })

  test('only for the client whom the library found', async () => {
    for (const client of ['mallory@CONTOSO.COM', 'alice@FABRIKAM.COM', 'Alice@CONTOSO.COM', 'alice']) {
      await assert.rejects(openerOf()(requestOf(), client), {
        reason: 'unreadable-ticket',
        message: /is another's/,
      })
    }
  })

  test('for a client whose name the library writes with quotation', async () => {
    for (const [name, quoted] of [
      ['alice@contoso.com', 'alice\\@contoso.com@CONTOSO.COM'],
      ['back\\slash', 'back\\\\slash@CONTOSO.COM'],
      ['two\nlines\tand\b\0', 'two\\nlines\\tand\\b\\0@CONTOSO.COM'],
      ['http/host', 'http/host@CONTOSO.COM'],
    ] as const) {
      assert.equal((await openerOf()(requestOf({ client: name }), quoted))?.client, quoted)
    }
  })

  test('not at all without AES', async () => {
    const request = requestOf()
    const byRc4 = { ...request, ticket: { ...request.ticket, encryptionType: 23 } }
    assert.equal(await openerOf()(byRc4, alice), null)
  })

  test('not where the keytab cannot be read, and the log says so', async () => {
    const open = createTicketOpener(async () => {
      throw new Error('ENOENT: no such file')
    })
    await assert.rejects(open(requestOf(), alice), { reason: 'unreadable-ticket', message: /ENOENT/ })
  })
})
