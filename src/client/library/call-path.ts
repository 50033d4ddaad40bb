/** The values by which a call fills in its operation's path and makes its query. */
export interface PathValues {
  readonly path?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string | undefined>>
}

/**
 * The path of a call below `…/api/`, with its query. Each value stays within its segment.
 *
 * @param template `/v1.0/requests/{id}`
 * @throws TypeError for a value that is missing, no string, or no path segment
 */
export function callPath(template: string, { path = {}, query = {} }: PathValues): string {
  const filled = template
    .slice(1)
    .replace(/\{(\w+)\}/g, (_braces, name: string) =>
      segment(name, Object.hasOwn(path, name) ? path[name] : undefined),
    )
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${encodeURIComponent(name)}=${encodeURIComponent(checked(name, value))}`],
  )
  return pairs.length === 0 ? filled : `${filled}?${pairs.join('&')}`
}

function segment(name: string, value: unknown): string {
  const text = checked(name, value)
  // A URL takes these for steps in the path, encoded ones too (WHATWG URL §4.4), and would call another operation.
  if (text === '' || text === '.' || text === '..') {
    throw new TypeError(`${name} is "${text}", which cannot stand in a path.`)
  }
  return encodeURIComponent(text)
}

function checked(name: string, value: unknown): string {
  if (typeof value === 'string' && value.isWellFormed()) return value
  throw new TypeError(`${name} is missing or is not a string of Unicode.`)
}
