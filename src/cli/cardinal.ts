import { parseArgs } from 'node:util'
import { ConfigurationError } from '../config/configuration-error.ts'
import { readConfiguration } from '../config/read-configuration.ts'
import { readFileIfPresent } from '../config/read-file-if-present.ts'
import { CardinalError } from '../domain/error.ts'
import { keepYoungGenerationSmall } from './keep-young-generation-small.ts'
import { UsageError } from './usage-error.ts'
import { version } from './version.ts'

const usage = `Usage: cardinal <command> [options]

  serve                      run the server (npm start)
  init                       set up an organisation with one administrator
      --organisation NAME --domain NETBIOS --dns-name DNS [--administrator ACCOUNT]
      beside an LDAP directory: --organisation NAME [--administrator 'CONTOSO\\PKI Administrators']
  import FILE                bring in people, roles and templates from an organisation file
  walkthrough                run the sample enrollment against a server (npm run walkthrough)
      [--url URL] [--user NAME] [--password PASSWORD] [--out FOLDER] [--json]

  --config FILE              the configuration file; docs/configuration.md lists every setting
  --version, --help
`

const options = {
  config: { type: 'string' },
  version: { type: 'boolean' },
  help: { type: 'boolean' },
  organisation: { type: 'string' },
  domain: { type: 'string' },
  'dns-name': { type: 'string' },
  administrator: { type: 'string', default: 'admin' },
  url: { type: 'string' },
  user: { type: 'string' },
  password: { type: 'string' },
  out: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const

async function main(argv: readonly string[]): Promise<void> {
  const { values, positionals } = parse(argv)
  const [command, ...operands] = positionals
  if (values.version === true) return say(`cardinal ${version}\n`)
  if (values.help === true || command === undefined) return say(usage)
  const configuration = () =>
    readConfiguration({ environment: process.env, readFile: readFileIfPresent, argumentsFile: values.config })
  switch (command) {
    case 'serve': {
      keepYoungGenerationSmall()
      const { serve } = await import('./serve.ts')
      return await serve(configuration())
    }
    case 'init': {
      const { init } = await import('./init.ts')
      const { organisation, domain, administrator } = values
      const dnsName = values['dns-name']
      const settings = configuration()
      const isDomainKnown = settings.ldap !== undefined || (domain !== undefined && dnsName !== undefined)
      if (organisation === undefined || !isDomainKnown) {
        throw new UsageError(`init needs --organisation, --domain and --dns-name.\n\n${usage}`)
      }
      return await init(settings, { organisation, domain, dnsName, administrator })
    }
    case 'import': {
      const { importCommand } = await import('./import.ts')
      const [file] = operands
      if (file === undefined) throw new UsageError(`import needs a file.\n\n${usage}`)
      return await importCommand(configuration(), file)
    }
    case 'walkthrough': {
      const { walkthrough } = await import('./walkthrough.ts')
      return await walkthrough(configuration(), values)
    }
    default:
      throw new UsageError(`There is no command "${command}".\n\n${usage}`)
  }
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true })
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
  }
}

function say(text: string): void {
  process.stdout.write(text)
}

/** What a person can mend is said in a sentence; for the rest the stack is needed. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const isExpected =
    error instanceof UsageError || error instanceof ConfigurationError || error instanceof CardinalError
  const isFromSystem = 'code' in error && typeof error.code === 'string' && 'syscall' in error
  const isNamed = ['VaultError', 'KeyFileError', 'SigningError', 'WalkthroughError'].includes(error.name)
  return isExpected || isFromSystem || isNamed ? error.message : (error.stack ?? error.message)
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`cardinal: ${explain(error)}\n`)
  process.exitCode = 1
}
