import { ConfigurationError } from '../config/configuration-error.ts'
import { CardinalError } from '../domain/error.ts'
import { type CommandEntry, commandTable } from './command-table.ts'
import { noteLostOutput } from './terminal/lost-output.ts'
import { UsageError } from './usage-error.ts'
import { version } from './version.ts'

async function main(argv: readonly string[]): Promise<void> {
  const { configFile, rest } = takeConfigFile(argv)
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
  if (second === undefined || second === '--help') return say(usageOf(family))
  throw new UsageError(`There is no command "${first} ${second}".\n\n${usageOf(family).trimEnd()}`)
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
    'cardinal <command> --help says more. docs/configuration.md lists every setting.',
    '',
  ].join('\n')
}

function say(text: string): void {
  process.stdout.write(text)
}

/** By name, so that no command loads the code of another. */
const expectedErrors = [
  'VaultError',
  'KeyFileError',
  'SigningError',
  'WalkthroughError',
  'CardError',
  'CardFileError',
  'FileLockedError',
  'FileWriteError',
  'AgentStateError',
  'JournalError',
]

/** What a person can mend is said in a sentence; for the rest the stack is needed. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const isExpected =
    error instanceof UsageError || error instanceof ConfigurationError || error instanceof CardinalError
  const isFromSystem = 'code' in error && typeof error.code === 'string' && 'syscall' in error
  const isNamed = expectedErrors.includes(error.name)
  return isExpected || isFromSystem || isNamed ? error.message : (error.stack ?? error.message)
}

noteLostOutput()
try {
  await main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`cardinal: ${explain(error)}\n`)
  process.exitCode = 1
}
