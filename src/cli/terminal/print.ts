/** JSON leaves these as they are: control characters of ISO 6429 beyond ASCII, and what turns the direction of writing. */
const drivingTerminals = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/** The same value in characters that drive no terminal: cards, servers and directories name things. */
export function printJson(value: unknown): void {
  process.stdout.write(`${jsonForTerminals(value)}\n`)
}

export function jsonForTerminals(value: unknown): string {
  // They occur in strings alone, where each may stand as an escape (RFC 8259 §7).
  return JSON.stringify(value, null, 2).replace(
    drivingTerminals,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

export function printLines(...lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`)
}

/** `1 session`, `2 sessions`. */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
