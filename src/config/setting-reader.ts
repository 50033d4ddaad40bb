import type { ConfigurationFault } from './configuration-error.ts'
import type { RawValue, RawValues } from './raw-values.ts'
import type { Setting } from './setting.ts'

/** Gives the value of each setting: the environment before the file before the default. Collects the faults. */
export class SettingReader {
  readonly faults: ConfigurationFault[] = []
  readonly #environment: RawValues
  readonly #file: RawValues
  readonly #reported = new Set<RawValue>()

  constructor(environment: RawValues, file: RawValues) {
    this.#environment = environment
    this.#file = file
  }

  /** Where a value is at fault, the fault is noted and the default takes its place. */
  read<T>(setting: Setting<T>): T {
    // Both are parsed: a fault in the file is one, even where the environment overrides it.
    const fromFile = this.#parse(setting, this.#file.get(setting.key), setting.kind.jsonType)
    const fromEnvironment = this.#parse(setting, this.#environment.get(setting.key), 'string')
    return fromEnvironment ?? fromFile ?? setting.defaultValue
  }

  /** Notes a fault that shows only in the view of several settings, by the name under which this one was set. */
  fault(setting: Setting<unknown>, message: string): void {
    this.faults.push({ key: this.#nameOf(setting), message })
  }

  #nameOf({ key }: Setting<unknown>): string {
    return this.#environment.get(key)?.name ?? this.#file.get(key)?.name ?? key
  }

  #parse<T>(setting: Setting<T>, raw: RawValue | undefined, type: string): T | undefined {
    if (raw === undefined) return undefined
    const text = textOf(raw.value, type)
    const parsed = text === undefined ? undefined : setting.kind.parse(text, raw.folder)
    if (parsed === undefined && !this.#reported.has(raw)) {
      this.#reported.add(raw)
      const shown = setting.isSecret ? '' : `, not ${shorten(JSON.stringify(raw.value))}`
      this.faults.push({ key: raw.name, message: `must be ${setting.kind.expects}${shown}` })
    }
    return parsed
  }
}

/** A list reads as in the environment: its strings, none with a comma, one after another. */
function textOf(value: unknown, type: string): string | undefined {
  if (type !== 'list') return typeof value === type ? String(value) : undefined
  const isList = Array.isArray(value) && value.every(each => typeof each === 'string' && !each.includes(','))
  return isList ? value.join(',') : undefined
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
