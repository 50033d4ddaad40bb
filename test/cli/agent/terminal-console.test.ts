import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { TerminalConsole } from '../../../src/cli/agent/terminal-console.ts'

const patient = new AbortController().signal

function openTerminal() {
  const [keyboard, screen] = [new PassThrough(), new PassThrough()]
  const terminal = new TerminalConsole(keyboard, screen)
  return {
    terminal,
    shown: () => String(screen.read() ?? ''),
    /** Resolves once the line was heard. */
    async type(line: string) {
      keyboard.write(`${line}\n`)
      await new Promise(setImmediate)
    },
  }
}

test('only yes is one', async () => {
  const { terminal, type } = openTerminal()
  for (const [line, isYes] of [
    ['yes', true],
    [' YES ', true],
    ['y', false],
    ['', false],
  ] as const) {
    const answer = terminal.confirm('Erase it?', patient)
    await type(line)
    assert.equal(await answer, isYes, line)
  }
})

test('a yes that was typed for a question that a page withdrew answers no other', async () => {
  const { terminal, type, shown } = openTerminal()
  const page = new AbortController()
  const harmless = terminal.confirm('Show the readers?', page.signal)
  const answers: boolean[] = []
  const harmful = terminal.confirm('Erase the card?', patient).then(isYes => answers.push(isYes))
  page.abort()
  assert.equal(await harmless, false)
  shown()
  await type('yes')
  assert.deepEqual(answers, [])
  assert.match(shown(), /Erase the card\?/)
  await type('no')
  await harmful
  assert.deepEqual(answers, [false])
})

test('neither does it answer one that is asked afterwards', async () => {
  const { terminal, type } = openTerminal()
  const page = new AbortController()
  const harmless = terminal.confirm('Show the readers?', page.signal)
  page.abort()
  await harmless
  const harmful = terminal.confirm('Erase the card?', patient)
  await type('yes')
  await type('no')
  assert.equal(await harmful, false)
})

test('a question cannot drive the terminal', async () => {
  const { terminal, type, shown } = openTerminal()
  const answer = terminal.confirm('Erase \u001b[2J\u009b1A it?', patient)
  assert.match(shown(), /^Erase \?\[2J\?1A it\? \(yes\/no\) $/)
  await type('no')
  await answer
})
