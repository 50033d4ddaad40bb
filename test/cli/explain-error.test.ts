import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { explainError } from '../../src/cli/explain-error.ts'
import { unreadableFile } from '../../src/cli/unreadable-file.ts'
import { UsageError } from '../../src/cli/usage-error.ts'

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => assert.fail('It worked.'),
    (error: unknown) => error,
  )

test('a file that the system refuses is named, with the reason in words', async () => {
  for (const [work, said] of [
    [() => readFile('/no/where'), '/no/where cannot be used: it does not exist.'],
    [() => writeFile('/dev', ''), '/dev cannot be used: it is a folder.'],
    [() => mkdir('/dev/null/x'), '/dev/null/x cannot be used: a part of its path is no folder.'],
  ] as const) {
    assert.equal(explainError(await failureOf(work())), said)
  }
})

test('a file that somebody named is named, though the system does not', async () => {
  const error = unreadableFile('/dev', await failureOf(readFile('/dev')))
  assert.equal(explainError(error), '/dev cannot be read: it is a folder.')
})

test('what a person can mend is said in a sentence, and a fault of the program with its stack', () => {
  assert.equal(explainError(new UsageError('Give a name.')), 'Give a name.')
  assert.match(explainError(new TypeError('x is undefined')), /^TypeError: x is undefined\n {4}at /)
  const fault = new TypeError('x is undefined')
  assert.equal(unreadableFile('/dev', fault), fault)
})
