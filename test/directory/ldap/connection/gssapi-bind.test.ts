import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { BerReader } from 'ldapts'
import { bindByGssapi } from '../../../../src/directory/ldap/connection/gssapi-bind.ts'
import type { GssapiInitiator } from '../../../../src/directory/ldap/connection/gssapi-initiator.ts'
import { LdapFault } from '../../../../src/directory/ldap/ldap-fault.ts'
import { answerOf, element, type ScriptedAnswer, startScriptedServer } from '../scripted-server.ts'

const inProgress = 14
const token = 'AP-REP'
const offer = '\x07\x00\x10\x00'
const notice = answerOf(0, 52, null, { tag: 0x78, diagnostic: 'shutting down' })
const sound = [answerOf(1, inProgress, token), answerOf(2, inProgress, offer), answerOf(3, 0)]
const whole = (...answers: readonly Uint8Array[]) => answers.map(each => [each])

/** Takes what the scripted server sends; what it wraps and unwraps is left as it is. */
function scriptedInitiator() {
  const calls: string[] = []
  const initiator: GssapiInitiator = {
    async initiate(host) {
      calls.push(`initiate ${host}`)
      let isComplete = false
      return {
        get isComplete() {
          return isComplete
        },
        async step(received) {
          const text = Buffer.from(received).toString()
          calls.push(`step ${text}`)
          isComplete = text === token
          return Buffer.from(isComplete ? '' : 'AP-REQ')
        },
        unwrap: async message => message,
        wrapNoLayer: async () => Buffer.from([1, 0, 0, 0]),
      }
    },
    forgetTickets: () => calls.push('forget'),
  }
  return { initiator, calls }
}

async function bind(answers: readonly ScriptedAnswer[]) {
  const { initiator, calls } = scriptedInitiator()
  await using server = await startScriptedServer(answers)
  const socket = connect(server.port, '127.0.0.1')
  await once(socket, 'connect')
  socket.on('error', () => {})
  try {
    const signal = new AbortController().signal
    const outcome = await bindByGssapi(socket, 'ldaps://dc1.contoso.test', initiator, signal).then(
      () => null,
      (error: unknown) => (error instanceof Error ? error : assert.fail(String(error))),
    )
    return { outcome, calls, requests: server.requests.map(readRequest), rest: await restOf(socket, outcome) }
  } finally {
    socket.destroy()
  }
}

/** What a client would find that takes the socket over. */
async function restOf(socket: Socket, outcome: Error | null): Promise<string> {
  if (outcome !== null) return ''
  const chunks: Buffer[] = []
  socket.on('data', chunk => chunks.push(chunk))
  socket.write('next')
  await once(socket, 'end')
  return Buffer.concat(chunks).toString('hex')
}

/** As the reader of the LDAP library reads it. */
function readRequest(octets: Buffer) {
  if (octets.toString() === 'next') return 'next'
  const reader = new BerReader(octets)
  reader.readSequence()
  const messageId = reader.readInt()
  reader.readSequence(0x60)
  const version = reader.readInt()
  const name = reader.readString()
  reader.readSequence(0xa3)
  const mechanism = reader.readString()
  return {
    messageId,
    version,
    name,
    mechanism,
    credentials: reader.readString(0x04, true)?.toString('latin1'),
  }
}

function numbered(number: Buffer): Buffer {
  const result = [element(0x0a, Buffer.from([0])), element(0x04), element(0x04)]
  return element(0x30, element(0x02, number), element(0x61, ...result))
}

describe('signing in by GSSAPI', () => {
  const request = { version: 3, name: '', mechanism: 'GSSAPI' }

  test('exchanges tokens, then takes no security layer', async () => {
    const { outcome, requests, calls } = await bind([...whole(...sound), 'end'])
    assert.equal(outcome, null)
    assert.deepEqual(requests, [
      { ...request, messageId: 1, credentials: 'AP-REQ' },
      { ...request, messageId: 2, credentials: '' },
      { ...request, messageId: 3, credentials: '\x01\0\0\0' },
    ])
    assert.deepEqual(calls, ['initiate dc1.contoso.test', 'step ', `step ${token}`])
  })

  test('reads answers that come octet by octet', async () => {
    const single = sound.map(answer => [...answer].map(octet => Buffer.from([octet])))
    assert.equal((await bind([...single, 'end'])).outcome, null)
  })

  test('leaves to the client what came behind the last answer', async () => {
    const [first, second, third] = sound
    assert.ok(first && second && third)
    const { outcome, rest } = await bind([[first], [second], [Buffer.concat([third, notice])], 'end'])
    assert.equal(outcome, null)
    assert.equal(rest, notice.toString('hex'))
  })

  const first = answerOf(1, inProgress, token)
  const malformed: readonly [what: string, answers: readonly ScriptedAnswer[], said: RegExp][] = [
    ['ends the connection', ['end'], /closed the connection/],
    ['ends within an answer', [[first.subarray(0, 9)], 'end'], /closed the connection/],
    ['says why it ends the connection', [[notice]], /ends the connection: shutting down/],
    ['answers with another number', whole(answerOf(2, inProgress, token)), /something else/],
    ['answers twice', [[first, first]], /something else/],
    ['answers something else', whole(answerOf(1, 0, null, { tag: 0x65 })), /no answer to what/],
    ['answers another request', whole(answerOf(1, 0, null, { tag: 0x78 })), /something else/],
    ['speaks another protocol', whole(Buffer.from('HTTP/1.1 400 Bad Request\r\n')), /no LDAP/],
    ['writes an indefinite length', whole(Buffer.from([0x30, 0x80, 2, 1, 1, 0, 0])), /indefinite/],
    ['writes a length of five octets', whole(Buffer.from([0x30, 0x85, 0, 0, 0, 0, 1, 0])), /four octets/],
    ['announces more than is sensible', whole(Buffer.from([0x30, 0x84, 0x7f, 0xff, 0xff, 0xff])), /too long/],
    [
      'writes a part longer than the whole',
      whole(element(0x30, Buffer.from([2, 5, 1]))),
      /longer than what|too long/,
    ],
    ['writes a tag of two octets', whole(element(0x30, Buffer.from([0x3f, 1, 0]))), /tag/],
    ['sends no result', whole(element(0x30, element(2, Buffer.from([1])), element(0x61))), /no result/],
    ['sends a number of five octets', whole(numbered(Buffer.alloc(5))), /out of bounds/],
    ['sends a negative number', whole(numbered(Buffer.from([0xff, 0xff, 0xff, 0xff]))), /out of bounds/],
    ['ends the negotiation early', whole(answerOf(1, 0, token)), /ended the negotiation early/],
    [
      'ends it instead of offering layers',
      whole(first, answerOf(2, 0, offer)),
      /ended the negotiation early/,
    ],
    ['never ends it', Array.from({ length: 9 }, (_, at) => [answerOf(at + 1, inProgress, 'more')]), /no end/],
    ['offers too little', whole(first, answerOf(2, inProgress, '\x07\0\0')), /malformed/],
    ['offers too much', whole(first, answerOf(2, inProgress, `${offer}\0`)), /malformed/],
    ['offers nothing', whole(first, answerOf(2, inProgress)), /malformed/],
    ['insists on a layer', whole(first, answerOf(2, inProgress, '\x06\x00\x10\x00')), /allow_sasl_over_tls/],
    ['demands stronger authentication', whole(answerOf(1, 8)), /allow_sasl_over_tls.*result 8/],
    ['does not know the mechanism', whole(answerOf(1, 7)), /does not offer SASL GSSAPI/],
    ['refuses at the end', whole(...sound.slice(0, 2), answerOf(3, 53)), /result 53/],
    ['says no last word', [...whole(...sound.slice(0, 2)), 'end'], /closed the connection/],
  ]
  for (const [what, answers, said] of malformed) {
    test(`fails where the server ${what}`, { timeout: 60_000 }, async () => {
      assert.match(String((await bind(answers)).outcome?.message), said)
    })
  }

  test('begins with new tickets after a server did not accept ours, and blames no account', async () => {
    const diagnostic = '80090308: LdapErr: DSID-0C0905BB, comment: data 80090346\u2028, v4f7c\0'
    const { outcome, calls } = await bind(whole(answerOf(1, 49, null, { diagnostic })))
    assert.ok(outcome instanceof LdapFault)
    assert.equal(outcome.kind, 'unreachable')
    assert.match(outcome.message, /channel binding.*result 49: 80090308.*data 80090346\?, v4f7c\)$/)
    assert.equal(calls.at(-1), 'forget')
  })

  test('ends whatever a server sends', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(2),
        fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.nat(80),
        async (at, changes, length) => {
          const octets = Buffer.from(sound[at] ?? assert.fail())
          for (const [place, octet] of changes) octets[place % octets.length] = octet
          const answers = [...whole(...sound.slice(0, at)), [octets.subarray(0, length)], 'end' as const]
          const { outcome } = await bind(answers)
          assert.ok(
            outcome === null || !(outcome instanceof TypeError || outcome instanceof RangeError),
            outcome?.stack,
          )
        },
      ),
      { numRuns: 200 },
    )
  })
})
