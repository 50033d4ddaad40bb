import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CardError } from '../../../src/card/card-error.ts'
import { carryOut, InterruptedRequest, withExitCode } from '../../../src/cli/enrollment/carry-out.ts'
import { type JournalTarget, keepInMemory } from '../../../src/client/enrollment/journal.ts'
import { EnrollmentError } from '../../../src/client/enrollment-error.ts'
import { createCardinalClient } from '../../../src/client/library/create-cardinal-client.ts'

test('what a server says cannot drive the terminal', async context => {
  const said: string[] = []
  context.mock.method(process.stderr, 'write', (text: string) => said.push(text) > 0)
  const before = process.exitCode
  const name = '\u001b]0;title\u0007\u009b2J\u202e'
  await withExitCode(async () => {
    const cause = new EnrollmentError('not-offered', `There are "${name}".\nGive one.`)
    throw new InterruptedRequest(cause, `Run it for ${name}.`)
  })
  process.exitCode = before
  context.mock.restoreAll()
  assert.deepEqual(said, ['cardinal: There are "?]0;title??2J?".\nGive one. Run it for ?]0;title??2J?.\n'])
})

const values = { yes: false, json: true } as const
const requestUuid = '1c83c03f-0f1e-491d-b03d-b970d439cede'

/** What a renewal that was begun says when it ends by this error. */
async function adviceAfter(
  error: unknown,
  target: JournalTarget = { kind: 'reader' },
  begun: string | null = requestUuid,
): Promise<string> {
  const client = createCardinalClient({ baseUrl: 'http://cm.contoso.com', credentials: { token: 'x' } })
  const keeper = keepInMemory({
    server: '',
    account: '',
    operation: 'Renew',
    subject: { smartcard: requestUuid },
    target,
    begun: '',
  })
  await keeper.record({ requestUuid: begun })
  const file = {
    get journal() {
      return keeper.journal
    },
    record: keeper.record,
    remove: keeper.remove,
    release: async () => undefined,
  }
  const work = carryOut({ client, account: '', userUuid: '' }, file, values, async () => {
    throw error
  })
  return await work.then(
    () => assert.fail('It did not end by the error.'),
    (thrown: unknown) => (thrown instanceof InterruptedRequest ? thrown.advice : assert.fail(String(thrown))),
  )
}

describe('an interrupted request is gone on with by', () => {
  for (const [what, error] of [
    ['a blocked PIN', new CardError('pin-blocked', 'Blocked.', 0)],
    ['the wrong PIN that blocked it', new CardError('wrong-pin', 'Wrong.', 0)],
    ['a last try that is not spent', new CardError('last-pin-try', 'One is left.', 1)],
  ] as const) {
    test(`cardinal unblock first, after ${what}`, async () => {
      assert.match(
        await adviceAfter(error),
        /^Run "cardinal unblock", which sets a new PIN\. Then run "cardinal renew --resume"/,
      )
    })
  }

  test('cardinal unblock first, where a blocked PIN was seen before the request was made', async () => {
    assert.equal(
      await adviceAfter(new CardError('pin-blocked', 'Blocked.', 0), { kind: 'reader' }, null),
      'Run "cardinal unblock", which sets a new PIN. Then run this command again.',
    )
  })

  test('the same command alone, after a wrong PIN with tries left', async () => {
    assert.match(
      await adviceAfter(new CardError('wrong-pin', 'Wrong.', 2)),
      /^Run "cardinal renew --resume" to go on/,
    )
  })

  test('the same command alone, where a token of another maker is blocked', async () => {
    const token: JournalTarget = {
      kind: 'pkcs11',
      module: 'm',
      token: null,
      label: null,
      withAuthorities: false,
    }
    assert.doesNotMatch(await adviceAfter(new CardError('pin-blocked', 'Blocked.', 0), token), /unblock/)
  })
})
