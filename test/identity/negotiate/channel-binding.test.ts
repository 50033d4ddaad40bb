import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  type ChannelBindingPolicy,
  createChannelBindingCheck,
} from '../../../src/identity/negotiate/channel-binding.ts'
import { type KeytabEntry, readKeytab } from '../../../src/identity/negotiate/keytab.ts'
import { readNegotiateToken } from '../../../src/identity/negotiate/negotiate-token.ts'
import { SignInRefusal } from '../../../src/identity/sign-in-refusal.ts'
import {
  contextChecksum,
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
const ours = randomBytes(16)
const others = randomBytes(16)
const requestOf = (options: Partial<TicketOptions> = {}) =>
  readNegotiateToken(makeNegotiateToken(makeKerberosToken({ service, client: 'alice', ...options })))

interface Circumstances {
  readonly policy: ChannelBindingPolicy
  readonly request: ReturnType<typeof requestOf>
  readonly client?: string
  readonly expected?: readonly Uint8Array[]
  readonly keytab?: readonly KeytabEntry[]
}

/** The reason of the refusal, or `taken`. */
async function outcomeOf(circumstances: Circumstances): Promise<string> {
  const { policy, request, client = 'alice@CONTOSO.COM', expected = [ours], keytab = keys } = circumstances
  const check = createChannelBindingCheck({
    policy,
    expectedBindings: async () => expected,
    readKeys: async () => keytab,
  })
  try {
    await check(request, client)
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

  test('are read by the key that the library takes, whatever version and name the ticket says', async () => {
    for (const options of [
      { service: older },
      { service: older, writtenVersion: 9 },
      { service: older, writtenService: 'HTTP/alias' },
    ]) {
      const request = requestOf({ ...options, channelBindings: ours })
      assert.equal(await outcomeOf({ policy: 'require', request }), 'taken')
    }
  })

  test('are read by keys that are asked for once, and again where the service got a new one', async () => {
    const keytabs = [[older], [older, service]].map(held => readKeytab(makeKeytab(held)))
    let asked = 0
    const check = createChannelBindingCheck({
      policy: 'require',
      expectedBindings: async () => [ours],
      readKeys: async () => keytabs[asked++] ?? [],
    })
    const sign = (by: typeof service) => requestOf({ service: by, channelBindings: ours })
    for (const [by, times] of [
      [older, 1],
      [older, 1],
      [service, 2],
      [older, 2],
    ] as const) {
      await check(sign(by), 'alice@CONTOSO.COM')
      assert.equal(asked, times)
    }
  })

  test('cannot be read by keys of other services, or without any', async () => {
    const ofOther = requestOf({ service: files, channelBindings: ours })
    assert.equal(await outcomeOf({ policy: 'when-supported', request: ofOther }), unreadable)
    assert.equal(await outcomeOf({ policy: 'when-supported', request, keytab: [] }), unreadable)
  })

  test('count for the client alone whom the library found', async () => {
    for (const client of ['mallory@CONTOSO.COM', 'alice@FABRIKAM.COM', 'Alice@CONTOSO.COM', 'alice']) {
      assert.equal(await outcomeOf({ policy: 'when-supported', request, client }), unreadable)
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

  test('are not compared where a file of the server cannot be read, and the log says so', async () => {
    const gone = async () => {
      throw new Error('ENOENT: no such file')
    }
    for (const reading of [
      { expectedBindings: gone, readKeys: async () => keys },
      { expectedBindings: async () => [ours], readKeys: gone },
    ]) {
      const check = createChannelBindingCheck({ policy: 'when-supported', ...reading })
      await assert.rejects(check(request, 'alice@CONTOSO.COM'), { reason: unreadable, message: /ENOENT/ })
    }
  })
})

describe('what is decrypted', () => {
  const parts = [
    ['ticket', (change: (content: Buffer) => Buffer) => ({ changeTicketPart: change })],
    ['authenticator', (change: (content: Buffer) => Buffer) => ({ changeAuthenticator: change })],
  ] as const

  for (const [part, changing] of parts) {
    test(`may be cut off anywhere, in the ${part}: it is refused`, async () => {
      let length = 0
      const measured = changing(content => {
        length = content.length
        return content
      })
      requestOf({ isBindingAware: true, ...measured })
      for (let end = 0; end < length; end++) {
        const request = requestOf({ isBindingAware: true, ...changing(content => content.subarray(0, end)) })
        assert.equal(await outcomeOf({ policy: 'when-supported', request }), unreadable, `cut off at ${end}`)
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
          const started = performance.now()
          // The bindings that are expected are out of reach of such changes.
          const outcome = await outcomeOf({ policy: 'require', request })
          assert.notEqual(outcome, 'taken')
          assert.ok(performance.now() - started < 200)
        }),
        { numRuns: 500 },
      )
    })
  }
})
