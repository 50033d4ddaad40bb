/** Account names by the SHA-256 of a certificate in lower-case hex. */
export type ThumbprintTable = ReadonlyMap<string, string>

const longestName = 256

/**
 * Reads the JSON of `clientCertificate.thumbprintsFile`: an object whose names are SHA-256 thumbprints in hex, in any
 * case, with colons or without, and whose values are account names.
 *
 * @throws SyntaxError for what is no JSON; TypeError for anything else, and for a thumbprint that occurs twice
 */
export function parseThumbprintTable(text: string): ThumbprintTable {
  const parsed: unknown = JSON.parse(text)
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new TypeError('It is not an object of thumbprints and account names.')
  }
  const table = new Map<string, string>()
  for (const [thumbprint, accountName] of Object.entries(parsed)) {
    const digits = thumbprint.replaceAll(':', '').toLowerCase()
    if (!/^[0-9a-f]{64}$/.test(digits)) {
      throw new TypeError(`“${thumbprint.slice(0, 100)}” is no SHA-256 thumbprint of 64 hexadecimal digits.`)
    }
    if (typeof accountName !== 'string' || accountName === '' || accountName.length > longestName) {
      throw new TypeError(`The thumbprint ${digits} does not have the name of an account.`)
    }
    if (table.has(digits)) throw new TypeError(`The thumbprint ${digits} occurs twice.`)
    table.set(digits, accountName)
  }
  return table
}
