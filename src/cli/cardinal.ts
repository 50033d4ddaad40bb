import { endIfUnanswered } from './card/end-if-unanswered.ts'
import { type CommandEntry, commandTable } from './command-table.ts'
import { explainError } from './explain-error.ts'
import { noteLostOutput } from './terminal/lost-output.ts'
import { UsageError } from './usage-error.ts'
import { version } from './version.ts'

async function main(argv: readonly string[]): Promise<void> {
  const { configFile, rest: typed } = takeConfigFile(argv)
  const rest = inOurWords(typed)
  const [first, second] = rest
  if (first === '--version') return say(`cardinal ${version}\n`)
  if (first === undefined || first === '--help') return say(usageOf(commandTable))
  const entry = findCommand(first, second)
  if (entry !== undefined) {
    const run = await entry.load()
    return await run([...configFile, ...rest.slice(entry.name.split(' ').length)])
  }
  const family = commandTable.filter(({ name }) => name.startsWith(`${first} `))
  if (family.length === 0)
    throw new UsageError(`There is no command "${first}".\n\n${usageOf(commandTable).trimEnd()}`)
  if (second === undefined || second === '--help' || second === '-h') return say(usageOf(family))
  throw new UsageError(`There is no command "${first} ${second}".\n\n${usageOf(family).trimEnd()}`)
}

/** What people type who come from other programs. */
function inOurWords(typed: readonly string[]): readonly string[] {
  const [first = '', ...others] = typed
  if (first === 'help') return [...others, '--help']
  if (first === '-h') return ['--help']
  return first === 'version' || first === '-v' ? ['--version'] : typed
}

function findCommand(first: string, second: string | undefined): CommandEntry | undefined {
  return commandTable.find(({ name }) => name === first || name === `${first} ${second}`)
}

/** `--config FILE` may stand before the command too. */
function takeConfigFile(argv: readonly string[]): { configFile: readonly string[]; rest: readonly string[] } {
  const [first = ''] = argv
  const length = first === '--config' ? 2 : first.startsWith('--config=') ? 1 : 0
  return { configFile: argv.slice(0, length), rest: argv.slice(length) }
}

function usageOf(entries: readonly CommandEntry[]): string {
  const width = Math.max(...entries.map(({ name }) => name.length))
  return [
    'Usage: cardinal <command> [options]',
    '',
    ...entries.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'cardinal help <command> says more. docs/configuration.md lists every setting.',
    '',
  ].join('\n')
}

function say(text: string): void {
  process.stdout.write(text)
}

noteLostOutput()
try {
  await main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`cardinal: ${explainError(error)}\n`)
  process.exitCode = 1
}
endIfUnanswered()
