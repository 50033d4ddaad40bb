import assert from 'node:assert/strict'
import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { newGidsCardState } from '../../src/card/gids/virtual/new-gids-card.ts'
import { createVirtualGidsCard, openVirtualGidsCard } from '../../src/card/gids/virtual/virtual-gids-card.ts'
import { AgentStateFile } from '../../src/client/agent/agent-state.ts'
import type { CardDesk } from '../../src/client/agent/jobs/card-desk.ts'
import type { JobView } from '../../src/client/agent/jobs/job.ts'
import { JobBook } from '../../src/client/agent/jobs/job-book.ts'
import { requestJob } from '../../src/client/agent/jobs/request-job.ts'
import { OriginTokens } from '../../src/client/agent/origin-tokens.ts'
import { RefusedPins } from '../../src/client/agent/refused-pins.ts'
import { requestStatus } from '../../src/client/enumerations.ts'
import { ScriptedConsole } from '../client/agent/agent-bench.ts'
import { startServer, type TestServer } from '../testbed/server.ts'
import { runCardinal } from './command.ts'

const template = '97cd65fa-af4b-4587-9309-0dd6bfd8b4e1'
const generateKeyPair = 0x47

let server: TestServer
let folder: string

before(async () => {
  server = await startServer({ settings: { CARDINAL_DEMO: 'true' } })
  folder = await mkdtemp(join(tmpdir(), 'cardinal-forget-'))
})
after(async () => {
  await server?.remove()
  await rm(folder, { recursive: true })
})

async function api<Answer>(method: string, path: string, body?: object): Promise<Answer> {
  const authorization = `Basic ${Buffer.from(`alice:${await server.passwordOf('alice')}`).toString('base64')}`
  const response = await fetch(`${server.url}/CertificateManagement/api/${path}`, {
    method,
    headers: { authorization, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`)
  return JSON.parse(text)
}

/** A reader with a blank card that can be held in the middle of making a key. */
async function newReader() {
  let content: Uint8Array | undefined
  const store = {
    load: async () => content && Uint8Array.from(content),
    save: async (saved: Uint8Array) => {
      content = Uint8Array.from(saved)
    },
  }
  await createVirtualGidsCard(newGidsCardState(), store)
  const card = await openVirtualGidsCard({ store, randomBytes })
  const instructions: number[] = []
  let hold = async () => {}
  const readers: CardDesk['readers'] = {
    list: async () => [{ name: 'A', hasCard: true }],
    waitForChange: async () => undefined,
    connect: async () => ({
      answerToReset: card.answerToReset,
      async transmit(command) {
        instructions.push(command[1] ?? 0)
        if (command[1] === generateKeyPair) await hold()
        return await card.transmit(command)
      },
      disconnect: () => card.reset(),
    }),
  }
  return {
    readers,
    /** Commands that the card was sent and of which there is a reply, or will be. */
    instructions,
    holdIn: (held: () => Promise<void>) => {
      hold = held
    },
  }
}

async function endOf(book: JobBook, origin: string, { id }: JobView): Promise<JobView> {
  const never = new AbortController().signal
  let view = book.get(origin, id)
  while (view.result === null && view.error === null)
    view = await book.getAfter(origin, id, view.revision, never)
  return view
}

test('cardinal agent forget ends the job that runs, and its user can go on with the card', async () => {
  const origin = new URL(server.url).origin
  const settings = { XDG_STATE_HOME: folder }
  const tokens = new OriginTokens(new AgentStateFile(join(folder, 'cardinal', 'agent', 'origins.json')), {
    now: () => new Date(),
    randomBytes,
  })
  const { token } = await tokens.issue(origin, null)
  const console = new ScriptedConsole()
  const faults: unknown[] = []
  const book = new JobBook({
    console,
    consentOf: asked => tokens.consentOf(asked),
    newId: randomUUID,
    onFault: error => void faults.push(error),
  })
  const { readers, instructions, holdIn } = await newReader()
  const desk: CardDesk = {
    readers,
    randomness: { randomBytes, randomUuid: randomUUID, randomInteger: limit => randomInt(limit) },
    refusedPins: new RefusedPins(randomBytes),
    now: () => new Date(),
    journalFolder: join(folder, 'cardinal', 'requests'),
    computer: { osVersion: '1', machineName: 'desk' },
  }
  const uri = await api<string>('POST', 'v1.0/requests', {
    type: 'Enroll',
    profiletemplateuuid: template,
    datacollection: JSON.stringify([{ 'Request Reason': 'Tests' }]),
    comment: '',
  })
  const request = uri.slice(-36)
  const expires = new Date(Date.now() + 600_000).toISOString()
  const scopes = ['read', 'request', 'card-secret']
  const apiToken = (
    await api<{ token: string }>('POST', 'v2.0/api-tokens', { name: 'agent', scopes, expires })
  ).token
  const begin = () =>
    book.start({
      origin,
      kind: 'enroll',
      reader: 'A',
      work: requestJob(desk, console, {
        kind: 'enroll',
        reader: 'A',
        cardId: null,
        origin,
        server: server.url,
        apiToken,
        request,
        currentPin: null,
        newPin: '73904182',
      }),
    })

  const [making, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  holdIn(async () => {
    making.resolve()
    await goOn.promise
  })
  const job = begin()
  await making.promise
  const { code, stdout } = await runCardinal(['agent', 'forget', origin], settings)
  assert.equal(code, 0)
  assert.match(stdout, /may not use the cards any more/)
  assert.match(stdout, new RegExp(`request ${request} is not finished\\. "cardinal enroll --resume" goes on`))
  assert.equal(await tokens.accepts(origin, token), false)
  const before = instructions.length
  goOn.resolve()

  const { state, error, progress } = await endOf(book, origin, job)
  assert.deepEqual([state, error?.code, faults], ['cancelled', 'consent-withdrawn', []])
  // The key that was being made is the last thing; neither a certificate nor another key came after it.
  assert.ok(!progress.some(({ step }) => step === 'certificate' || step === 'install'))
  assert.equal(instructions.slice(before).filter(each => each === generateKeyPair).length, 0)
  const { Status: status } = await api<{ Status: number }>('GET', `v1.0/requests/${request}`)
  assert.equal(status, requestStatus.executing)
  assert.match(console.shown.at(-1) ?? '', new RegExp(`${request} can be gone on with by "cardinal enroll`))
  assert.throws(begin, { code: 'consent-withdrawn' })

  holdIn(async () => {})
  await tokens.issue(origin, null)
  const resumed = await endOf(book, origin, begin())
  assert.equal(resumed.error, null, JSON.stringify(resumed))
  const completed = await api<{ Status: number }>('GET', `v1.0/requests/${request}`)
  assert.equal(completed.Status, requestStatus.completed)
})
