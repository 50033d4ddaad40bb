import path from 'node:path'
import type { ConfigurationFault } from './configuration-error.ts'
import { nearestName } from './nearest-name.ts'
import type { Setting } from './setting.ts'

/** One value as it was written, and where. */
export interface RawValue {
  /** Its name in that place. */
  readonly name: string
  readonly value: unknown
  /** Where relative paths start. */
  readonly folder: string
}

/** Raw values by the key of their setting. */
export type RawValues = ReadonlyMap<string, RawValue>

type AnySetting = Omit<Setting<unknown>, 'kind'>
type Report = (fault: ConfigurationFault) => void
export type Environment = Readonly<Record<string, string | undefined>>

/** Names the configuration file itself. */
export const configurationFileVariable = 'CARDINAL_CONFIG'

/** Belongs to the tests, which hand their environment to the servers that they start. */
const testPrefix = 'CARDINAL_TEST_'

/** Reads the CARDINAL_ variables; an empty one counts as not set. */
export function rawValuesOfEnvironment(
  environment: Environment,
  settings: readonly AnySetting[],
  folder: string,
  report: Report,
): RawValues {
  const values = new Map<string, RawValue>()
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith('CARDINAL_') || name.startsWith(testPrefix) || name === configurationFileVariable)
      continue
    if (value === undefined || value === '') continue
    const known = settings.find(({ environmentName }) => environmentName === name)
    if (known === undefined)
      report(unknownName(name, [...settings.map(each => each.environmentName), configurationFileVariable]))
    else values.set(known.key, { name, value, folder })
  }
  return values
}

/** Reads the text of a configuration file: a JSON object, its objects inside being the parts of a key before the dot. */
export function rawValuesOfFile(
  file: string,
  text: string,
  settings: readonly AnySetting[],
  report: Report,
): RawValues {
  const values = new Map<string, RawValue>()
  const keys = settings.map(({ key }) => key)
  const folder = path.dirname(file)

  const walk = (object: object, prefix: string): void => {
    for (const [name, value] of Object.entries(object)) {
      const key = prefix + name
      if (keys.includes(key) && !name.includes('.')) values.set(key, { name: key, value, folder })
      else if (!keys.some(each => each.startsWith(`${key}.`))) report(unknownName(key, keys))
      else if (isPlainObject(value)) walk(value, `${key}.`)
      else report({ key, message: 'must be an object' })
    }
  }

  const parsed = parseJson(file, text, report)
  if (isPlainObject(parsed)) walk(parsed, '')
  else if (parsed !== undefined) report({ key: file, message: 'must hold a JSON object' })
  return values
}

/** The parser's own message quotes the text around the fault, which may be a secret; only the position is told. */
function parseJson(file: string, text: string, report: Report): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    const position = error instanceof Error ? /line \d+ column \d+/.exec(error.message)?.[0] : undefined
    report({ key: file, message: `is not JSON${position === undefined ? '' : ` (${position})`}` })
    return undefined
  }
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function unknownName(name: string, known: readonly string[]): ConfigurationFault {
  const meant = nearestName(name, known)
  return {
    key: name,
    message:
      meant === undefined ? 'there is no such setting' : `there is no such setting; did you mean ${meant}?`,
  }
}
