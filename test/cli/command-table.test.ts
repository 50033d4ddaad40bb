import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commandTable } from '../../src/cli/command-table.ts'
import { defineCommand } from '../../src/cli/define-command.ts'
import { UsageError } from '../../src/cli/usage-error.ts'

for (const { name, load } of commandTable) {
  test(`cardinal ${name} --help explains every option`, async t => {
    const run = await load()
    let said = ''
    const write = t.mock.method(process.stdout, 'write', (text: string) => {
      said += text
      return true
    })
    await run(['--help'])
    write.mock.restore()
    assert.ok(said.startsWith(`Usage: cardinal ${name} `), said)
    for (const line of said.split('\n').filter(line => line.startsWith('  --'))) {
      assert.match(line, /^ {2}--[a-z0-9-]+( [A-Z]+)? {2,}\S/)
    }
  })
}

test('no name of a command begins another one, so that each is found', () => {
  for (const { name } of commandTable) {
    assert.deepEqual(
      commandTable.filter(other => other.name.startsWith(`${name} `)),
      [],
    )
  }
})

function recorded() {
  const calls: unknown[] = []
  const run = defineCommand({
    name: 'try it',
    operands: ['FIRST', '[SECOND]'],
    about: 'Tries.',
    options: { text: { type: 'string', multiple: true }, flag: { type: 'boolean', default: false } },
    help: { text: 'TEXT: some', flag: 'one' },
    async run({ values, operands }) {
      calls.push({ ...values, operands })
    },
  })
  return { run, calls }
}

test('a command gets its own options and operands, wherever --config stands', async () => {
  const { run, calls } = recorded()
  for (const argv of [
    ['--config', 'file', 'one', '--text', 'a', '--text=b', 'two'],
    ['one', '--text', 'a', '--config=file', '--text=b', '--', 'two'],
  ]) {
    await run(argv)
    assert.deepEqual(calls.pop(), { text: ['a', 'b'], flag: false, operands: ['one', 'two'] })
  }
})

for (const [what, argv, message] of [
  ['a missing operand', [], /^try it needs FIRST\.\n\nUsage: cardinal try it FIRST \[SECOND\] /],
  ['an operand too many, which it does not repeat', ['1', '2', 'secret'], /^try it takes 2 operands, and 3 /],
  ['an unknown option', ['1', '--flags'], /^Unknown option '--flags'\.\n/],
  ['a value for a flag', ['1', '--flag=secret'], /^Option '--flag' does not take an argument/],
  ['a missing value', ['1', '--text'], /^Option '--text <value>' argument missing/],
] as const) {
  test(`a command refuses ${what}`, async () => {
    const { run, calls } = recorded()
    await assert.rejects(run(argv), error => {
      assert.ok(error instanceof UsageError)
      assert.match(error.message, message)
      assert.ok(!error.message.includes('secret'))
      return true
    })
    assert.deepEqual(calls, [])
  })
}
