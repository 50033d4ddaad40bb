import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  type ChannelBindingPolicy,
  createChannelBindingCheck,
} from '../../../src/identity/negotiate/channel-binding.ts'
import { readKeytab } from '../../../src/identity/negotiate/kerberos/keytab.ts'
import { readNegotiateToken } from '../../../src/identity/negotiate/negotiate-token.ts'
import { createTicketOpener } from '../../../src/identity/negotiate/ticket-opener.ts'
import { SignInRefusal } from '../../../src/identity/sign-in-refusal.ts'
import {
  contextChecksum,
  makeKerberosToken,
  makeKeytab,
  makeNegotiateToken,
  type TicketOptions,
} from '../../testbed/kerberos/ticket.ts'
import { processorTimeOf } from '../../testbed/processor-time.ts'

const service = {
  principal: 'HTTP/cardinal.contoso.com',
  realm: 'CONTOSO.COM',
  version: 3,
  key: randomBytes(32),
}
const alice = 'alice@CONTOSO.COM'
const openTicket = createTicketOpener(async () => readKeytab(makeKeytab([service])))
const ours = randomBytes(16)
const others = randomBytes(16)
const requestOf = (options: Partial<TicketOptions> = {}) =>
  readNegotiateToken(makeNegotiateToken(makeKerberosToken({ service, client: 'alice', ...options })))

interface Circumstances {
  readonly policy: ChannelBindingPolicy
  readonly request: ReturnType<typeof requestOf>
  readonly expected?: readonly Uint8Array[]
}

/** The reason of the refusal, or `taken`. */
async function outcomeOf(circumstances: Circumstances): Promise<string> {
  const { policy, request, expected = [ours] } = circumstances
  const check = createChannelBindingCheck({ policy, expectedBindings: async () => expected })
  try {
    await check(request, alice, await openTicket(request, alice))
    return 'taken'
  } catch (error) {
    assert.ok(error instanceof SignInRefusal, String(error))
    assert.match(error.message, /^[\x20-\x7e…]{20,600}$/)
    return error.reason
  }
}

const missing = 'channel-binding-missing'
const unreadable = 'channel-binding-unreadable'
const rows: readonly (readonly [
  what: string,
  options: Partial<TicketOptions>,
  whenSupported: string,
  require: string,
])[] = [
  ['is bound to this server', { channelBindings: ours }, 'taken', 'taken'],
  [
    'is bound to this server, by a client that says it supports that',
    { channelBindings: ours, isBindingAware: true },
    'taken',
    'taken',
  ],
  [
    'is bound to another server',
    { channelBindings: others },
    'channel-binding-mismatch',
    'channel-binding-mismatch',
  ],
  ['is bound to nothing', {}, 'taken', missing],
  ['is bound to nothing, by a client that says it supports that', { isBindingAware: true }, missing, missing],
  ['has a checksum of another type', { checksum: { type: 15, content: Buffer.alloc(20) } }, 'taken', missing],
  ['has no checksum', { checksum: null }, 'taken', missing],
  [
    'carries the ticket of somebody in many groups',
    { channelBindings: ours, authorizationData: 60_000 },
    'taken',
    'taken',
  ],
  [
    'hands on credentials of the client (RFC 4121 §4.1.1)',
    { checksum: { type: 0x8003, content: Buffer.concat([contextChecksum(ours), Buffer.alloc(900)]) } },
    'taken',
    'taken',
  ],
  [
    'has a checksum that is too short',
    { checksum: { type: 0x8003, content: contextChecksum(ours).subarray(0, 23) } },
    unreadable,
    unreadable,
  ],
  [
    'has a checksum with bindings of another length',
    { checksum: { type: 0x8003, content: Buffer.concat([Buffer.of(15, 0, 0, 0), Buffer.alloc(20)]) } },
    unreadable,
    unreadable,
  ],
]
for (const [what, options, whenSupported, required] of rows) {
  test(`a proof that ${what}: ${whenSupported} where that is enough, ${required} where it is required`, async () => {
    const request = requestOf(options)
    assert.equal(await outcomeOf({ policy: 'when-supported', request }), whenSupported)
    assert.equal(await outcomeOf({ policy: 'require', request }), required)
  })
}

describe('channel bindings', () => {
  const request = requestOf({ channelBindings: ours })

  test('may be those of any of the certificates', async () => {
    assert.equal(await outcomeOf({ policy: 'require', request, expected: [others, ours] }), 'taken')
    assert.equal(await outcomeOf({ policy: 'require', request, expected: [] }), 'channel-binding-mismatch')
  })

  test('are compared whole', async () => {
    for (let bit = 0; bit < 128; bit++) {
      const expected = Buffer.from(ours)
      expected[bit >> 3] = (expected[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      const outcome = await outcomeOf({ policy: 'when-supported', request, expected: [expected] })
      assert.equal(outcome, 'channel-binding-mismatch')
    }
  })

  test('count for the client alone whose ticket it is', async () => {
    const ticket = await openTicket(request, alice)
    assert.ok(ticket !== null)
    const check = createChannelBindingCheck({
      policy: 'when-supported',
      expectedBindings: async () => [ours],
    })
    for (const client of ['mallory@CONTOSO.COM', 'alice@FABRIKAM.COM', 'Alice@CONTOSO.COM', 'alice']) {
      await assert.rejects(check(request, client, { ...ticket, client }), { reason: unreadable })
    }
  })

  test('cannot be read without AES, which matters where they are required', async () => {
    const byRc4 = { ...request, ticket: { ...request.ticket, encryptionType: 23 } }
    assert.equal(await outcomeOf({ policy: 'when-supported', request: byRc4 }), 'taken')
    assert.equal(await outcomeOf({ policy: 'require', request: byRc4 }), unreadable)
  })

  test('cannot be read where the proof is encrypted in another way than its key is for', async () => {
    for (const encryptionType of [17, 20, 23]) {
      const mixed = { ...request, authenticator: { ...request.authenticator, encryptionType } }
      assert.equal(await outcomeOf({ policy: 'when-supported', request: mixed }), unreadable)
    }
  })

  test('are not compared where a certificate cannot be read, and the log says so', async () => {
    const check = createChannelBindingCheck({
      policy: 'when-supported',
      async expectedBindings() {
        throw new Error('ENOENT: no such file')
      },
    })
    const ticket = await openTicket(request, alice)
    await assert.rejects(check(request, alice, ticket), { reason: unreadable, message: /ENOENT/ })
  })
})

describe('what is decrypted', () => {
  const parts = [
    ['ticket', 'unreadable-ticket', (change: (content: Buffer) => Buffer) => ({ changeTicketPart: change })],
    ['authenticator', unreadable, (change: (content: Buffer) => Buffer) => ({ changeAuthenticator: change })],
  ] as const

  for (const [part, reason, changing] of parts) {
    test(`may be cut off anywhere, in the ${part}: it is refused`, async () => {
      let length = 0
      const measured = changing(content => {
        length = content.length
        return content
      })
      requestOf({ isBindingAware: true, ...measured })
      for (let end = 0; end < length; end++) {
        const request = requestOf({ isBindingAware: true, ...changing(content => content.subarray(0, end)) })
        assert.equal(await outcomeOf({ policy: 'when-supported', request }), reason, `cut off at ${end}`)
      }
    })

    test(`may be anything, in the ${part}: nothing is thrown but a refusal, and at once`, async () => {
      const change = fc.oneof(
        {
          weight: 4,
          arbitrary: fc
            .array(fc.record({ at: fc.nat(), to: fc.nat(255) }), { minLength: 1, maxLength: 4 })
            .map(changes => (content: Buffer) => {
              const changed = Buffer.from(content)
              for (const { at, to } of changes) changed[at % changed.length] = to
              return changed
            }),
        },
        fc.uint8Array({ maxLength: 300 }).map(octets => () => Buffer.from(octets)),
        fc
          .integer({ min: 1, max: 60_000 })
          .map(length => () => Buffer.alloc(length, Buffer.from('30840000ffff', 'hex'))),
      )
      await fc.assert(
        fc.asyncProperty(change, async spoil => {
          const request = requestOf({ channelBindings: others, isBindingAware: true, ...changing(spoil) })
          const time = await processorTimeOf(async () => {
            // The bindings that are expected are out of reach of such changes.
            const outcome = await outcomeOf({ policy: 'require', request })
            assert.notEqual(outcome, 'taken')
          })
          assert.ok(time < 500, `${time} ms`)
        }),
        { numRuns: 500 },
      )
    })
  }
})
