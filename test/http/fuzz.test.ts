import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import fc from 'fast-check'
import type { InjectOptions } from 'fastify'
import { newCertificationRequest } from './certification-request.ts'
import { as, startServer } from './server.ts'

const server = await startServer()
const database = new DatabaseSync(server.databaseFile, { readOnly: true })
after(async () => {
  database.close()
  await server[Symbol.asyncDispose]()
})

const routes: { method: string; url: string }[] = []
server.app.addHook('onRoute', ({ method, url }) => {
  if (typeof method === 'string') routes.push({ method, url })
})
await server.app.ready()

const v1 = '/CertificateManagement/api/v1.0'
const virtualSmartcard = '97cd65fa-af4b-4587-9309-0dd6bfd8b4e1'
const cardId = randomUUID()

async function create(path: string, payload: object): Promise<string> {
  const response = await server.app.inject({
    method: 'POST',
    url: `${v1}/${path}`,
    headers: as('alice'),
    payload,
  })
  assert.equal(response.statusCode, 201, response.body)
  return response.json().split('/').at(-1)
}

async function createEnrollment(): Promise<string> {
  const datacollection = [{ 'Request Reason': 'fuzz' }]
  return await create('requests', { type: 'Enroll', profiletemplateuuid: virtualSmartcard, datacollection })
}

/** A request of Alice's that executes with her card, so that calls find something to break. */
const executing = await createEnrollment()
const smartcard = await create('smartcards', { requestid: executing, cardid: cardId })
const profile = (await server.store.reader.findSmartcard(smartcard))?.profileUuid ?? ''

// ── What calls are made of ──────────────────────────────────────────────────────────────────────────────────────────

const identifier = fc.constantFrom(
  executing,
  smartcard,
  profile,
  cardId,
  virtualSmartcard,
  '12bd5120-86a2-4ee1-8d05-131066871578',
  'ffffffff-ffff-4fff-bfff-ffffffffffff',
  '00000000-0000-0000-0000-000000000000',
)
const forgivenIdentifier = identifier.chain(uuid =>
  fc.constantFrom(uuid, uuid.toUpperCase(), `{${uuid}}`, ` ${uuid} `, ` {${uuid.toUpperCase()}}`),
)
const junk = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ maxLength: 200 }),
  fc.constantFrom(
    '',
    '..',
    '../../etc/passwd',
    '%00',
    "' or 1=1 --",
    '\u0000',
    '{}',
    '__proto__',
    'constructor',
    'NaN',
  ),
)
const word = fc.constantFrom(
  'Enroll',
  'Unblock',
  'retire',
  'Completed',
  'Canceled',
  'Retired',
  'Active',
  'True',
  'current',
)
const value = fc.oneof({ weight: 4, arbitrary: forgivenIdentifier }, { weight: 2, arbitrary: word }, junk)

/** What belongs behind a path's segment; the rest of the time it is anything. */
const fitting: Readonly<Record<string, string>> = {
  requests: executing,
  smartcards: smartcard,
  profiles: profile,
  profiletemplates: virtualSmartcard,
  policies: 'enroll',
  workflow: 'enroll',
}
const path = fc
  .tuple(
    fc.constantFrom(...routes),
    fc.array(fc.option(value, { freq: 1, nil: null }), { minLength: 3, maxLength: 3 }),
  )
  .map(([{ method, url }, values]) => {
    let next = 0
    const filled = url.replace(/(\w+)\/(:\w+|\*)/g, (_, segment: string) => {
      const text = values[next++] ?? fitting[segment] ?? ''
      return `${segment}/${encodeURIComponent(wellFormed(text))}`
    })
    return { method, url: filled }
  })

const names = [
  'cardid',
  'challenge',
  'diversified',
  'status',
  'targetuser',
  'workflow',
  'permission',
  'atr',
  'x',
]
const queryValue = fc.oneof(
  value,
  fc.constantFrom('1hFD+cz/0so=', '1hFD cz/0so=', 'CFAA62118BBD25', 'CFAA62118BBD25FF'),
)
const query = fc
  .array(fc.tuple(fc.constantFrom(...names, 'CardID', 'STATUS'), queryValue), { maxLength: 5 })
  .map(pairs => pairs.map(([name, text]) => `${name}=${encodeURIComponent(wellFormed(text))}`).join('&'))

const der = newCertificationRequest()
const certificates = fc.oneof(
  fc.constant(der),
  fc.nat(der.length - 1).map(length => der.subarray(0, length)),
  fc.tuple(fc.nat(der.length - 1), fc.nat(255)).map(([at, byte]) => Buffer.from(der).fill(byte, at, at + 1)),
  fc.constant(Buffer.concat([Buffer.from([0x30, 0x80]), der.subarray(4), Buffer.alloc(2)])),
  fc.uint8Array({ maxLength: 64 }).map(bytes => Buffer.from(bytes)),
)
const certificateRequests = fc.oneof(
  fc.array(
    fc.oneof(
      certificates.map(bytes => bytes.toString('base64')),
      junk,
    ),
    { maxLength: 3 },
  ),
  fc.jsonValue(),
)
const bodyValue = fc.oneof({ weight: 3, arbitrary: value }, fc.jsonValue({ maxDepth: 3 }))
const body = fc
  .oneof(
    {
      weight: 6,
      arbitrary: fc.record(
        {
          type: fc.oneof(word, bodyValue),
          profiletemplateuuid: bodyValue,
          smartcard: bodyValue,
          profile: bodyValue,
          target: bodyValue,
          datacollection: fc.oneof(fc.constant('[{“Request Reason”:”x”}]'), fc.json(), bodyValue),
          comment: bodyValue,
          priority: fc.oneof(fc.integer(), fc.double(), bodyValue),
          requestid: bodyValue,
          cardid: bodyValue,
          atr: bodyValue,
          status: fc.oneof(word, bodyValue),
          decision: fc.constantFrom('Approve', 'Deny', 'x', 1),
          certificaterequests: certificateRequests,
          pfxpassword: bodyValue,
          Comments: bodyValue,
        },
        { requiredKeys: [] },
      ),
    },
    fc.jsonValue(),
  )
  .map(json => JSON.stringify(json))
const payload = fc.oneof(
  { weight: 6, arbitrary: body },
  junk,
  fc.constant('{"type":'),
  fc.constant('['.repeat(100_000)),
)

const headers = fc
  .record(
    {
      account: fc.constantFrom('alice', 'alice', 'bob', 'mona', 'heidi', 'admin', 'nobody', ''),
      type: fc.constantFrom(
        'application/json',
        'application/json',
        'text/plain',
        'application/json; charset=x',
        ';',
      ),
      other: fc.constantFrom(
        ['origin', 'null'],
        ['sec-fetch-site', 'cross-site'],
        ['cookie', 'cardinal_session=%00; =; cardinal_session'],
        ['x-correlation-id', 'x'],
        ['if-none-match', '*'],
        ['accept', 'text/xml'],
        ['content-encoding', 'gzip'],
        ['expect', '200-ok'],
        ['x-http-method-override', 'DELETE'],
      ),
    },
    { requiredKeys: ['account'] },
  )
  .map(({ account, type, other }) => ({
    ...(account === '' ? {} : as(account)),
    ...(type === undefined ? {} : { 'content-type': type }),
    ...(other === undefined ? {} : Object.fromEntries([other])),
  }))

function wellFormed(text: string): string {
  return text.toWellFormed()
}

// ── What must hold of every answer ──────────────────────────────────────────────────────────────────────────────────

const tables = database
  .prepare("select name from sqlite_master where type = 'table' order by name")
  .all()
  .map(({ name }) => String(name))
const readers = tables.map(table => database.prepare(`select * from "${table}"`))

/** Over every row of every table. */
function digestOfStore(): string {
  const hash = createHash('sha256')
  for (const reader of readers) {
    for (const row of reader.all()) hash.update(JSON.stringify(Object.values(row).map(String)))
  }
  return hash.digest('hex')
}

async function answerWithin(seconds: number, call: InjectOptions) {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`No answer within ${seconds} s.`)), seconds * 1000)
  try {
    return await Promise.race([server.app.inject(call), late.promise])
  } finally {
    clearTimeout(timer)
  }
}

const statuses = new Map<number, number>()

test('answers any call in time, never by a fault of its own, and changes nothing where it refuses', async () => {
  const calls = fc.record({ path, query, headers, payload: fc.option(payload, { nil: undefined }) })
  await fc.assert(
    fc.asyncProperty(calls, async call => {
      const before = digestOfStore()
      const response = await answerWithin(5, {
        method: call.path.method as 'GET',
        url: call.query === '' ? call.path.url : `${call.path.url}?${call.query}`,
        headers: call.headers,
        ...(call.payload === undefined ? {} : { payload: call.payload }),
      })
      statuses.set(response.statusCode, (statuses.get(response.statusCode) ?? 0) + 1)
      assert.ok(response.statusCode < 500, `${response.statusCode} ${response.body}`)
      assert.match(String(response.headers['x-correlation-id']), /^[0-9a-f-]{36}$/)
      if (response.statusCode < 400) return
      if (call.path.method !== 'HEAD') {
        const answer = response.json()
        assert.deepEqual(Object.keys(answer), ['Message', 'ErrorCode', 'CorrelationId'])
        if (response.statusCode === 400 && answer.ErrorCode === 'InvalidParameter') {
          assert.match(answer.Message, /^[\w.[\] “”"'-]+: /, 'names the field')
        }
      }
      assert.equal(digestOfStore(), before, 'a refused call changed the store')
    }),
    { numRuns: 1500 },
  )
})

test('takes no bytes in the place of a certificate request for one, and says which they were', async () => {
  // Of its own: the other test may end the first one.
  const request = await createEnrollment()
  await create('smartcards', { requestid: request, cardid: randomUUID() })
  const certificatedata = `${v1}/requests/${request}/certificatedata`
  await fc.assert(
    fc.asyncProperty(
      certificates.filter(bytes => bytes.length > 0 && !bytes.equals(der)),
      async bytes => {
        const payload = { certificaterequests: [bytes.toString('base64')] }
        const response = await answerWithin(5, {
          method: 'POST',
          url: certificatedata,
          headers: as('alice'),
          payload,
        })
        if (response.statusCode === 400) {
          assert.match(response.json().Message, /^certificaterequests\[0\]: /)
          return
        }
        // Well-formed still, but with a key or an algorithm that is not taken.
        assert.equal(response.statusCode, 200, response.body)
        const [{ Error: fault, Pkcs7, isPkcs7, Flags }] = response.json()
        assert.deepEqual([typeof fault, Pkcs7, isPkcs7, Flags], ['string', null, false, 0])
      },
    ),
    { numRuns: 300 },
  )
})

test('had calls of every kind among them', () => {
  for (const status of [200, 204, 400, 401, 403, 404, 415]) {
    assert.ok((statuses.get(status) ?? 0) > 0, `no ${status} in ${JSON.stringify([...statuses])}`)
  }
})
