import path from 'node:path'

/** How the text of a value becomes a value. In the file the value has `jsonType`, in the environment it is text. */
export interface Kind<T> {
  /** Completes the sentence “must be …”. */
  readonly expects: string
  readonly jsonType: 'string' | 'number' | 'boolean' | 'list'
  /** Returns undefined where the text is not what the kind expects; relative paths start at `folder`. */
  parse(text: string, folder: string): T | undefined
}

/** One row of the table of settings. */
export interface Setting<T> {
  /** The name in the file; a dot stands for an object inside an object. */
  readonly key: string
  readonly environmentName: string
  readonly kind: Kind<T>
  readonly defaultValue: T
  readonly defaultText: string
  readonly description: string
  /** The value of a secret is never shown. */
  readonly isSecret: boolean
}

export interface Row<T> {
  readonly default: T
  /** What the documentation prints as the default, where the value does not say it. */
  readonly defaultText?: string
  readonly description: string
  readonly isSecret?: boolean
}

export function setting<T>(key: string, kind: Kind<T>, row: Row<NoInfer<T>>): Setting<T> {
  return {
    key,
    environmentName: environmentNameOf(key),
    kind,
    defaultValue: row.default,
    defaultText: row.defaultText ?? `\`${String(row.default)}\``,
    description: row.description,
    isSecret: row.isSecret ?? false,
  }
}

/** A setting that may stay unset. */
export function optionalSetting<T>(
  key: string,
  kind: Kind<T>,
  row: Omit<Row<T>, 'default'>,
): Setting<T | undefined> {
  return setting<T | undefined>(key, kind, {
    ...row,
    default: undefined,
    defaultText: row.defaultText ?? 'none',
  })
}

function environmentNameOf(key: string): string {
  const snake = key.replaceAll('.', '_').replaceAll(/[A-Z]/g, letter => `_${letter}`)
  return `CARDINAL_${snake.toUpperCase()}`
}

export function integer(minimum: number, maximum: number): Kind<number> {
  return {
    expects: `an integer from ${minimum} to ${maximum}`,
    jsonType: 'number',
    parse(text) {
      if (!/^\d{1,15}$/.test(text)) return undefined
      const value = Number(text)
      return value >= minimum && value <= maximum ? value : undefined
    },
  }
}

/** A number out of a few that follow each other, as a type that lists them. */
export function level<const T extends number>(levels: readonly T[]): Kind<T> {
  return {
    expects: `an integer from ${levels[0]} to ${levels.at(-1)}`,
    jsonType: 'number',
    parse: text => levels.find(each => String(each) === text),
  }
}

export const boolean: Kind<boolean> = {
  expects: 'true or false',
  jsonType: 'boolean',
  parse(text) {
    if (text === 'true') return true
    return text === 'false' ? false : undefined
  },
}

export function choice<const T extends string>(values: readonly T[]): Kind<T> {
  return {
    expects: `one of ${values.join(', ')}`,
    jsonType: 'string',
    parse: text => values.find(value => value === text),
  }
}

export function text(pattern: RegExp, expects: string): Kind<string> {
  return { expects, jsonType: 'string', parse: value => (pattern.test(value) ? value : undefined) }
}

/** Several values: an array in the file, separated by commas in the environment. */
export function list<T>(kind: Kind<T>): Kind<readonly T[]> {
  return {
    expects: `a list, each ${kind.expects}`,
    jsonType: 'list',
    parse(value, folder) {
      const parts = value === '' ? [] : value.split(',').map(part => kind.parse(part.trim(), folder))
      const values = parts.filter(part => part !== undefined)
      return values.length === parts.length ? values : undefined
    },
  }
}

/** What other URLs are built on by appending a path; the value has no slash at its end. */
export const baseUrl: Kind<string> = {
  expects: 'an http:// or https:// URL without user, query and fragment',
  jsonType: 'string',
  parse(value) {
    const url = URL.parse(value)
    if (url === null || !['http:', 'https:'].includes(url.protocol)) return undefined
    return /[@?#]/.test(value) ? undefined : url.href.replace(/\/+$/, '')
  },
}

export const postgresqlUrl: Kind<string> = {
  expects: 'a postgres:// or postgresql:// URL',
  jsonType: 'string',
  parse: value => (/^postgres(ql)?:\/\//.test(value) && URL.canParse(value) ? value : undefined),
}

/** A file or folder; the value is absolute. */
export const filePath: Kind<string> = {
  expects: 'a path',
  jsonType: 'string',
  parse: (value, folder) =>
    value.trim() === '' || value.includes('\0') ? undefined : path.resolve(folder, value),
}
