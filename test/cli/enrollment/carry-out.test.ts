import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InterruptedRequest, withExitCode } from '../../../src/cli/enrollment/carry-out.ts'
import { EnrollmentError } from '../../../src/client/enrollment-error.ts'

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
