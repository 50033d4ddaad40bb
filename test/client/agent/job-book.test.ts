import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { CardError } from '../../../src/card/card-error.ts'
import { AgentError } from '../../../src/client/agent/agent-error.ts'
import type { JobWork } from '../../../src/client/agent/jobs/job.ts'
import { JobBook } from '../../../src/client/agent/jobs/job-book.ts'
import { ScriptedConsole } from './agent-bench.ts'

const origin = 'https://pki.contoso.com'
const never = new AbortController().signal

function newBook() {
  const console = new ScriptedConsole()
  const faults: unknown[] = []
  const consents = new Map([[origin, 'monday']])
  const book = new JobBook({
    console,
    consentOf: asked => consents.get(asked) ?? null,
    newId: randomUUID,
    onFault: error => void faults.push(error),
  })
  const start = (work: JobWork, reader = 'A') => book.start({ origin, kind: 'enroll', reader, work })
  const end = async (id: string) => {
    let view = book.get(origin, id)
    while (view.result === null && view.error === null) {
      view = await book.getAfter(origin, id, view.revision, never)
    }
    return view
  }
  return { book, console, consents, faults, start, end }
}

const waitsForCancel: JobWork = async ({ signal, report }) => {
  if (!signal.aborted) await new Promise(resolve => signal.addEventListener('abort', resolve))
  report('key', 'Made a key.')
  throw new Error('It went on.')
}

test('a job tells its progress, and what came of it', async () => {
  const { start, end } = newBook()
  const begun = start(async ({ report }) => {
    report('card', 'Found it.')
    return { cardId: '1' }
  })
  assert.deepEqual([begun.state, begun.revision], ['running', 1])
  const { state, progress, result, error } = await end(begun.id)
  assert.deepEqual(
    { state, progress, result, error },
    {
      state: 'succeeded',
      progress: [{ step: 'card', text: 'Found it.' }],
      result: { cardId: '1' },
      error: null,
    },
  )
})

test('a reader has one job at a time, and other readers theirs', async () => {
  const { book, start } = newBook()
  start(waitsForCancel)
  assert.throws(
    () => start(waitsForCancel),
    new AgentError('reader-in-use', 'Another job uses this reader. Wait for its end, or cancel it.'),
  )
  start(waitsForCancel, 'B')
  await book.end()
  start(async () => ({}))
})

test('a job that is cancelled ends before its next step, and what it did stays told', async () => {
  const { book, start, end, faults } = newBook()
  const { id } = start(waitsForCancel)
  // By then it has begun.
  await Promise.resolve()
  book.cancel(origin, id)
  const { state, error, progress } = await end(id)
  assert.deepEqual([state, error?.code, progress.length, faults], ['cancelled', 'cancelled', 1, []])
})

test('a question is asked at the terminal, and withdrawn where the job is cancelled', async () => {
  const { book, console, start, end } = newBook()
  console.answer = signal => new Promise(resolve => signal.addEventListener('abort', () => resolve(true)))
  const { id } = start(async ({ confirm }) => ({ said: String(await confirm('Erase it?')) }))
  const waiting = await book.getAfter(origin, id, 1, never)
  assert.equal(waiting.state, 'waiting-for-user')
  book.cancel(origin, id)
  assert.equal((await end(id)).state, 'cancelled')
})

/** Does two steps, and says of each that it began; goes on from the first when it is told to. */
function stepwise() {
  const begun: string[] = []
  const [first, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const work: JobWork = async ({ report }) => {
    begun.push('key')
    first.resolve()
    await goOn.promise
    report('key', 'Made a key.')
    begun.push('install')
    report('complete', 'Done.')
    return {}
  }
  return { begun, work, first: first.promise, goOn: goOn.resolve }
}

for (const [how, change] of [
  ['withdrawn', (consents: Map<string, string>) => consents.delete(origin)],
  ['withdrawn and given anew', (consents: Map<string, string>) => consents.set(origin, 'tuesday')],
] as const) {
  test(`no further step begins once the consent is ${how}, and the user is told what was done`, async () => {
    const { console, consents, faults, start, end } = newBook()
    const { begun, work, first, goOn } = stepwise()
    const { id } = start(work)
    await first
    change(consents)
    goOn()
    const { state, error } = await end(id)
    assert.deepEqual([state, error?.code, error?.next], ['cancelled', 'consent-withdrawn', 'pair'])
    assert.deepEqual([begun, faults], [['key'], []])
    assert.match(
      console.shown.at(-1) ?? '',
      /job enroll in A has ended\. Made a key\. .* may not use the cards/,
    )
    consents.set(origin, 'wednesday')
    await end(start(async () => ({})).id)
  })
}

test('a job whose last step is done has succeeded, whatever is withdrawn', async () => {
  const { consents, start, end } = newBook()
  const { id } = start(async ({ report }) => {
    consents.clear()
    report('complete', 'Done.')
    return { cardId: '1' }
  })
  assert.deepEqual((await end(id)).result, { cardId: '1' })
})

test('no job begins without a consent', async () => {
  const { consents, start, end } = newBook()
  const { id } = start(async () => assert.fail('It began.'))
  consents.clear()
  assert.equal((await end(id)).error?.code, 'consent-withdrawn')
  assert.throws(() => start(async () => ({})), { code: 'consent-withdrawn' })
})

test('a question is withdrawn with the consent of who asks it, and no other job is ended', async () => {
  const { book, console, consents, start, end } = newBook()
  consents.set('https://cards.contoso.com', 'monday')
  const goOn = Promise.withResolvers<object>()
  const other = book.start({
    origin: 'https://cards.contoso.com',
    kind: 'enroll',
    reader: 'B',
    work: async ({ report }) => {
      await goOn.promise
      report('key', 'Made a key.')
      return {}
    },
  })
  const asked = Promise.withResolvers<void>()
  console.answer = signal =>
    new Promise(resolve => {
      signal.addEventListener('abort', () => resolve(true))
      asked.resolve()
    })
  const { id } = start(async ({ confirm }) => ({ said: String(await confirm('Erase it?')) }))
  await asked.promise
  consents.delete(origin)
  book.endWithdrawn()
  assert.equal((await end(id)).error?.code, 'consent-withdrawn')
  goOn.resolve({})
  await book.getAfter('https://cards.contoso.com', other.id, 2, never)
  assert.equal(book.get('https://cards.contoso.com', other.id).error, null)
})

test('a job ends where its consent cannot be looked up', async () => {
  const faults: unknown[] = []
  let isReadable = true
  const book = new JobBook({
    console: new ScriptedConsole(),
    consentOf: () => (isReadable ? 'monday' : assert.fail('unreadable')),
    newId: randomUUID,
    onFault: error => void faults.push(error),
  })
  const { id } = book.start({ origin, kind: 'enroll', reader: 'A', work: waitsForCancel })
  isReadable = false
  book.endWithdrawn()
  const view = await book.getAfter(origin, id, 2, never)
  assert.deepEqual([view.state, view.error?.code, faults.length], ['failed', 'internal', 1])
})

test('a card that refuses is told with its tries and what to do', async () => {
  const { start, end } = newBook()
  const fail = (error: unknown) => end(start(() => Promise.reject(error)).id)
  assert.deepEqual((await fail(new CardError('wrong-pin', 'The PIN is wrong.', 2))).error, {
    code: 'wrong-pin',
    message: 'The PIN is wrong.',
    next: 'enter-pin',
    triesLeft: 2,
  })
  assert.equal((await fail(new CardError('wrong-pin', 'The PIN is wrong.', 0))).error?.next, 'unblock-pin')
  assert.equal((await fail(new CardError('card-removed', 'It is gone.'))).error?.next, 'insert-card')
})

test('what nobody foresaw is reported, and not shown to the page', async () => {
  const { start, end, faults } = newBook()
  const { error } = await end(start(() => Promise.reject(new Error('PIN 1234'))).id)
  assert.equal(error?.code, 'internal')
  assert.ok(!JSON.stringify(error).includes('1234'))
  assert.equal(faults.length, 1)
})

test('sixteen ended jobs of an origin are remembered', async () => {
  const { book, start, end } = newBook()
  const ids: string[] = []
  for (let index = 0; index < 20; index++) {
    const { id } = start(async () => ({}))
    await end(id)
    ids.push(id)
  }
  assert.throws(() => book.get(origin, ids[0] ?? ''), AgentError)
  book.get(origin, ids[5] ?? '')
})
