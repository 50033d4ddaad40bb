import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { ask, askNewSecret, askSecret, choose, confirm } from '../../../src/cli/terminal/ask.ts'

describe('without a terminal, the question stands before what to do instead', () => {
  before(() => Object.assign(process.stdin, { isTTY: undefined }))

  const cases: readonly [what: string, asking: () => Promise<unknown>, message: string][] = [
    [
      'for an agreement',
      () => confirm('Enrollment erases all that is on the card.', 'Agree by --yes.'),
      'Enrollment erases all that is on the card. There is no terminal to ask at. Agree by --yes.',
    ],
    [
      'for a line',
      () => ask('User name: ', 'Give --user NAME.'),
      'User name: There is no terminal to ask at. Give --user NAME.',
    ],
    [
      'for a secret',
      () => askSecret('PIN of the card: ', 'Give --pin-file FILE.'),
      'PIN of the card: There is no terminal to ask at. Give --pin-file FILE.',
    ],
    [
      'for a new secret',
      () => askNewSecret('New PIN of the card: ', 'Give --pin-file FILE.', () => null),
      'New PIN of the card: There is no terminal to ask at. Give --pin-file FILE.',
    ],
    [
      'for a choice',
      () => choose('Which reader?', ['A', 'B'], String, 'Give --reader READER.'),
      'Which reader? There is no terminal to ask at. Give --reader READER.',
    ],
  ]
  for (const [what, asking, message] of cases) {
    test(what, async () => {
      await assert.rejects(asking(), { name: 'UsageError', message })
    })
  }
})
