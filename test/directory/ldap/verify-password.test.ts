import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { openLdapMapping } from '../../../src/directory/ldap/attributes/attribute-mapping.ts'
import { createServerList } from '../../../src/directory/ldap/connection/server-list.ts'
import { LdapFault } from '../../../src/directory/ldap/ldap-fault.ts'
import { completeOptions, type LdapEvent } from '../../../src/directory/ldap/ldap-options.ts'
import { createPasswordVerification } from '../../../src/directory/ldap/verify-password.ts'
import { randomness } from '../../testbed/environment.ts'
import { start } from './contoso.ts'
import { scriptedConnection } from './scripted-connection.ts'

/** BindResponse, to a message whose number is its fifth octet, with the result `other`, 80 (RFC 4511 §4.2.2, Appendix A). */
const otherResult = Buffer.from('300c02010161070a015004000400', 'hex')

test('a bind that the server fails for one user keeps nobody else from asking it', async t => {
  const server = createServer(socket => {
    socket.on('error', () => {})
    socket.once('data', request => {
      const [, , id = 0] = request.subarray(request.indexOf('0201', 'hex'))
      socket.write(Buffer.from(otherResult.with(4, id)))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  const clock = { now: () => start }
  const events: LdapEvent[] = []
  const settings = completeOptions({
    urls: [`ldap://127.0.0.1:${address.port}`],
    allowUnencrypted: true,
    mapping: openLdapMapping,
    clock,
    randomness,
    onEvent: event => events.push(event),
  })
  const servers = createServerList({
    urls: settings.urls,
    clock,
    open: async url => scriptedConnection(url, []),
    onEvent: settings.onEvent,
  })
  const facts = { rootDn: 'dc=a', baseDn: 'dc=a', groupBaseDn: 'dc=a', domain: 'A', dnsName: 'a' }
  const passwords = createPasswordVerification({
    settings,
    servers,
    ask: work => work({ connection: scriptedConnection('', [[{ dn: 'uid=alice,dc=a' }]]), settings, facts }),
  })
  const user = { uuid: '00112233-4455-6677-8899-aabbccddeeff' }
  await assert.rejects(
    passwords.verify(user, 'right'),
    error => error instanceof LdapFault && error.resultCode === 80,
  )
  assert.deepEqual(events, [])
  assert.equal(await servers.use(async () => 'asked'), 'asked')
})
