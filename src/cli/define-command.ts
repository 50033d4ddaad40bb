import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import type { Configuration } from '../config/configuration.ts'
import { readConfiguration } from '../config/read-configuration.ts'
import { readFileIfPresent } from '../config/read-file-if-present.ts'
import { settings } from '../config/settings.ts'
import { UsageError } from './usage-error.ts'

/** Takes what stands behind its name on the command line. */
export type Command = (argv: readonly string[]) => Promise<void>

const everyCommand = { config: { type: 'string' }, help: { type: 'boolean', short: 'h' } } as const

type Values<Options extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: Options; allowPositionals: true }>
>['values']

export interface CommandDefinition<Options extends ParseArgsOptionsConfig> {
  /** As it is typed: `user add`. */
  readonly name: string
  /** Names of the operands: `ACCOUNT`, `[FILE]` where it may be left out, `NAME...` for one or more. */
  readonly operands: readonly string[]
  /** What it does, in sentences. */
  readonly about: string
  /** Each option with what it is for. */
  readonly help: { readonly [Name in keyof Options]: string }
  readonly options: Options
  run(invocation: {
    readonly values: Values<Options>
    readonly operands: readonly string[]
    /** Throws ConfigurationError. */
    configuration(): Configuration
    /** What is said to somebody who used it wrongly. */
    misuse(message: string): UsageError
  }): Promise<void>
}

/** A command with `--help`, `--config` and the checks that all commands share. Throws UsageError. */
export function defineCommand<const Options extends ParseArgsOptionsConfig>(
  definition: CommandDefinition<Options>,
): Command {
  const { name, options, run } = definition
  const misuse = (message: string) => new UsageError(`${message}\n\n${usageOf(definition).trimEnd()}`)
  return async argv => {
    const all = parse(argv, everyCommand, options, misuse)
    if (all.help) {
      process.stdout.write(usageOf(definition))
      return
    }
    checkOperands(name, definition.operands, all.operands, misuse)
    await run({
      values: all.values,
      operands: all.operands,
      configuration: () =>
        readConfiguration({
          environment: process.env,
          readFile: readFileIfPresent,
          argumentsFile: all.config,
        }),
      misuse,
    })
  }
}

/** Reads the options of every command first: the compiler does not know the types of those and a command's own together. */
function parse<Options extends ParseArgsOptionsConfig>(
  argv: readonly string[],
  common: typeof everyCommand,
  options: Options,
  misuse: (message: string) => UsageError,
) {
  try {
    const { tokens } = parseArgs({
      args: [...argv],
      options: { ...common, ...options },
      allowPositionals: true,
      tokens: true,
    })
    const isCommon = (index: number) => {
      const token = tokens.findLast(({ index: start }) => start <= index)
      return token?.kind === 'option' && Object.hasOwn(common, token.name)
    }
    const commonArguments = argv.filter((_, index) => isCommon(index))
    const ownArguments = argv.filter((_, index) => !isCommon(index))
    const { config, help } = parseArgs({ args: commonArguments, options: common }).values
    const { values, positionals } = parseArgs({ args: ownArguments, options, allowPositionals: true })
    return { operands: positionals, values, config, help }
  } catch (error) {
    throw misuse(explain(error))
  }
}

/** Node's own advice on an unknown option is about operands that begin with a hyphen, which nobody means here. */
function explain(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  const [said, option = ''] = /^Unknown option '--?([^']*)'/.exec(message) ?? []
  if (said === undefined) return message
  const variable = `CARDINAL_${option.toUpperCase().replaceAll('-', '_')}`
  const isSetting = Object.values(settings).some(({ environmentName }) => environmentName === variable)
  return isSetting ? `${said}. It is a setting: set ${variable}.` : `${said}.`
}

function checkOperands(
  name: string,
  wanted: readonly string[],
  given: readonly string[],
  misuse: (message: string) => UsageError,
): void {
  const missing = wanted.find((operand, index) => !operand.startsWith('[') && given[index] === undefined)
  if (missing !== undefined) throw misuse(`${name} needs ${missing.replace('...', '')}.`)
  const excess = wanted.some(operand => operand.endsWith('...')) ? undefined : given[wanted.length]
  // What is too much may be a password that somebody wrote here: it is not repeated.
  if (excess !== undefined)
    throw misuse(`${name} takes ${wanted.length} operands, and ${given.length} were given.`)
}

function usageOf<Options extends ParseArgsOptionsConfig>(definition: CommandDefinition<Options>): string {
  const { name, operands, about, options, help } = definition
  const texts: Readonly<Record<string, string>> = help
  const rows = Object.entries(options).map(([option, { type }]) => {
    const text = texts[option] ?? ''
    const [, placeholder, rest] = /^([A-Z]+): ([\s\S]*)$/.exec(text) ?? []
    return type === 'string'
      ? ([`--${option} ${placeholder ?? 'VALUE'}`, rest ?? text] as const)
      : ([`--${option}`, text] as const)
  })
  const all = [
    ...rows,
    ['--config FILE', 'the configuration file'] as const,
    ['--help', 'this text'] as const,
  ]
  const width = Math.max(...all.map(([option]) => option.length))
  return [
    `Usage: cardinal ${[name, ...operands].join(' ')} [options]`,
    '',
    about,
    '',
    ...all.map(([option, text]) => `  ${option.padEnd(width)}  ${text}`),
    '',
  ].join('\n')
}
