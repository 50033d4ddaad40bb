import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import type { TraceVerbosity } from '../../src/http/request-log.ts'
import { as, startServer } from './server.ts'

const path = '/CertificateManagement/api/v1.0'
const card = 'bc88f13f-83ba-4037-8262-46eba1291c6e'

interface LogLine {
  readonly method: string
  readonly route: string | null
  readonly user: string | null
  readonly status: number
  readonly milliseconds: number
  readonly correlationId: string
  readonly requestBytes: number | null
  readonly requestHeaders: readonly string[]
}

async function linesOf(traceVerbosity: TraceVerbosity): Promise<{ text: string; entries: LogLine[] }> {
  const lines: string[] = []
  await using server = await startServer({
    traceVerbosity,
    logger: pino({ level: 'info' }, { write: line => void lines.push(line) }),
  })
  const question = `authenticationresponse?cardid=${card}&challenge=1hFD%2Bcz%2F0so%3D&diversified=False`
  await server.app.inject({
    url: `${path}/profiletemplates`,
    headers: { ...as('alice'), cookie: 'cardinal_session=s3cr3t' },
  })
  await server.app.inject({
    url: `${path}/requests/${card}/smartcards/${card}/${question}`,
    headers: as('alice'),
  })
  await server.app.inject({
    method: 'POST',
    url: `${path}/requests`,
    headers: as('bob'),
    payload: { comment: 'top secret' },
  })
  await server.app.inject('/nothing/at/all')
  return { text: lines.join(''), entries: lines.map(line => JSON.parse(line)) }
}

test('writes nothing at 0', async () => {
  assert.equal((await linesOf(0)).text, '')
})

test('writes nothing of what went well or was refused at 1', async () => {
  assert.equal((await linesOf(1)).text, '')
})

test('writes refused calls at 2', async () => {
  const { entries } = await linesOf(2)
  assert.deepEqual(
    entries.map(({ status }) => status),
    [400, 404],
  )
})

test('writes every call at 3: who, which route, what came out, how long it took', async () => {
  const { entries, text } = await linesOf(3)
  assert.deepEqual(
    entries.map(({ method, route, user, status }) => [method, route, user, status]),
    [
      ['GET', `${path}/profiletemplates`, 'CONTOSO\\alice', 200],
      ['GET', `${path}/requests/:reqid/smartcards/:scid/authenticationresponse`, 'CONTOSO\\alice', 204],
      ['POST', `${path}/requests`, 'CONTOSO\\bob', 400],
      ['GET', null, null, 404],
    ],
  )
  for (const entry of entries) {
    assert.equal(typeof entry.milliseconds, 'number')
    assert.match(String(entry.correlationId), /^[0-9a-f-]{36}$/)
  }
  assert.doesNotMatch(text, /1hFD|bc88f13f|top secret|s3cr3t|Test alice/)
})

test('adds sizes and names of headers at 4, and never their values', async () => {
  const { entries, text } = await linesOf(4)
  assert.deepEqual(entries[2]?.requestBytes, JSON.stringify({ comment: 'top secret' }).length)
  assert.ok(entries[0]?.requestHeaders.includes('authorization'))
  assert.doesNotMatch(text, /1hFD|bc88f13f|top secret|s3cr3t|Test alice/)
})
