import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { longestToken, readNegotiateToken } from '../../../src/identity/negotiate/negotiate-token.ts'
import { SignInRefusal } from '../../../src/identity/sign-in-refusal.ts'
import { makeKerberosToken, makeNegotiateToken, mechanism, tlv } from '../../testbed/kerberos/ticket.ts'
import { processorTimeOf } from '../../testbed/processor-time.ts'

const service = {
  principal: 'HTTP/cardinal.contoso.com',
  realm: 'CONTOSO.COM',
  version: 3,
  key: randomBytes(32),
}
const ticket = makeKerberosToken({ service, client: 'alice' })
const name = { realm: 'CONTOSO.COM', principal: 'HTTP/cardinal.contoso.com' }

function nameOf(token: Uint8Array) {
  const { realm, principal } = readNegotiateToken(token)
  return { realm, principal }
}

function reasonOf(token: Uint8Array): string {
  try {
    readNegotiateToken(token)
    return 'read'
  } catch (error) {
    if (!(error instanceof SignInRefusal)) throw error
    assert.ok(error.message.length < 400, error.message)
    return error.reason
  }
}

const oid = (digits: string) => Buffer.from(digits, 'hex')
const withinNegTokenInit = (content: Buffer) =>
  tlv(0x60, oid(mechanism.spnego), tlv(0xa0, tlv(0x30, content)))

test('reads for whom the ticket is, as MIT and browsers send it', () => {
  assert.deepEqual(nameOf(makeNegotiateToken(ticket)), name)
})

test('reads what Windows sends: its own number for Kerberos first, others after', () => {
  const { kerberosOfWindows, kerberos, negotiateExtended, ntlm } = mechanism
  const token = makeNegotiateToken(ticket, [kerberosOfWindows, kerberos, negotiateExtended, ntlm])
  assert.deepEqual(nameOf(token), name)
})

test('reads a ticket without SPNEGO around it', () => assert.deepEqual(nameOf(ticket), name))

test('reads the ticket of somebody in many groups', () => {
  const large = makeKerberosToken({ service, client: 'alice', authorizationData: 60_000 })
  assert.deepEqual(nameOf(makeNegotiateToken(large)), name)
})

test('reads names that are not ASCII', () => {
  const token = makeKerberosToken({ service, client: 'alice', writtenService: 'HTTP/münchen' })
  assert.equal(readNegotiateToken(token).principal, 'HTTP/münchen')
})

const refused: readonly (readonly [what: string, token: Buffer, reason: string])[] = [
  ['nothing', Buffer.alloc(0), 'malformed-token'],
  ['bare NTLM', Buffer.from('NTLMSSP\0\x01\0\0\0'), 'ntlm-offered'],
  ['NTLM alone', makeNegotiateToken(Buffer.from('NTLMSSP\0'), [mechanism.ntlm]), 'ntlm-offered'],
  ['NTLM with a header', tlv(0x60, oid(mechanism.ntlm), Buffer.from('NTLMSSP\0')), 'ntlm-offered'],
  [
    'Kerberos as the second choice',
    makeNegotiateToken(Buffer.from('NTLMSSP\0'), [mechanism.ntlm, mechanism.kerberos]),
    'no-kerberos-token',
  ],
  ['another mechanism', makeNegotiateToken(null, [mechanism.negotiateExtended]), 'no-kerberos-token'],
  ['another mechanism, bare', tlv(0x60, oid(mechanism.negotiateExtended)), 'no-kerberos-token'],
  ['no mechanism', makeNegotiateToken(ticket, []), 'no-kerberos-token'],
  ['Kerberos without a ticket', makeNegotiateToken(null), 'no-kerberos-token'],
  ['SPNEGO where it says Kerberos', makeNegotiateToken(makeNegotiateToken(ticket)), 'malformed-token'],
  [
    'another mechanism where it says Kerberos',
    makeNegotiateToken(
      Buffer.from(ticket.toString('hex').replace('2a864886f712010202', '2a864886f712010203'), 'hex'),
    ),
    'malformed-token',
  ],
  ['the second token of a negotiation', tlv(0xa1, tlv(0x30)), 'malformed-token'],
  [
    'something after the end',
    Buffer.concat([makeNegotiateToken(ticket), Buffer.alloc(1)]),
    'malformed-token',
  ],
  [
    'something after the ticket',
    makeNegotiateToken(Buffer.concat([ticket, Buffer.alloc(1)])),
    'malformed-token',
  ],
  ['a reply instead of a request', tlv(0x60, oid(mechanism.kerberos), oid('0200')), 'malformed-token'],
  ['an empty request', tlv(0x60, oid(mechanism.kerberos), oid('0100')), 'malformed-token'],
  ['an indefinite length', Buffer.concat([oid('6080'), ticket, oid('0000')]), 'malformed-token'],
  ['a length of four gigabytes', oid('6084ffffffff'), 'malformed-token'],
  ['an unknown field', withinNegTokenInit(tlv(0xa4, tlv(0x04))), 'malformed-token'],
  ['many mechanisms', makeNegotiateToken(ticket, Array(33).fill(mechanism.kerberos)), 'malformed-token'],
  [
    'a name of many parts',
    makeKerberosToken({ service, client: 'alice', writtenService: 'HTTP/a/b/c/d/e/f/g/h' }),
    'malformed-token',
  ],
  [
    'a long name',
    makeKerberosToken({ service, client: 'alice', writtenService: `HTTP/${'a'.repeat(1025)}` }),
    'malformed-token',
  ],
  ['more than 64 KiB', Buffer.alloc(longestToken + 1), 'token-too-large'],
]

for (const [what, token, reason] of refused) {
  test(`refuses ${what}: ${reason}`, () => assert.equal(reasonOf(token), reason))
}

test('refuses a token that is cut off anywhere', () => {
  for (const whole of [ticket, makeNegotiateToken(ticket)]) {
    for (let length = 0; length < whole.length; length++) {
      assert.equal(reasonOf(whole.subarray(0, length)), 'malformed-token')
    }
  }
})

test('refuses deep nesting at once', async () => {
  let nested: Buffer = Buffer.alloc(0)
  for (let depth = 0; depth < 8000; depth++) nested = tlv(0x30, nested)
  const time = await processorTimeOf(() => {
    assert.equal(reasonOf(withinNegTokenInit(nested)), 'malformed-token')
    assert.equal(reasonOf(tlv(0x60, oid(mechanism.kerberos), oid('0100'), nested)), 'malformed-token')
  })
  assert.ok(time < 200, `${time} ms`)
})

test('throws nothing but refusals, whatever it gets', () => {
  const whole = makeNegotiateToken(ticket)
  const changed = fc
    .array(fc.record({ at: fc.nat(whole.length - 1), to: fc.nat(255) }), { minLength: 1, maxLength: 4 })
    .map(changes => {
      const token = Buffer.from(whole)
      for (const { at, to } of changes) token[at] = to
      return token
    })
  fc.assert(
    fc.property(fc.oneof(changed, fc.uint8Array({ maxLength: 300 })), token => {
      reasonOf(token)
    }),
    { numRuns: 3000 },
  )
})
