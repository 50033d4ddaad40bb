import type { Entry } from 'ldapts'

/** What a search found: an entry whose attributes are asked for without regard to case (RFC 4512 §2.5). */
export interface LdapEntry {
  readonly distinguishedName: string
  /** The first value, or null where there is none. */
  text(attribute: string): string | null
  bytes(attribute: string): Uint8Array | null
  texts(attribute: string): readonly string[]
  allBytes(attribute: string): readonly Uint8Array[]
  /** Names of the attributes that have values, in lower case. */
  readonly attributes: readonly string[]
}

export function readEntry(entry: Entry): LdapEntry {
  const values = new Map<string, readonly (string | Buffer)[]>()
  for (const [name, value] of Object.entries(entry)) {
    const list = Array.isArray(value) ? value : [value]
    if (name !== 'dn' && list.length > 0) values.set(name.toLowerCase(), list)
  }
  const valuesOf = (attribute: string) => values.get(attribute.toLowerCase()) ?? []
  const texts = (attribute: string) => valuesOf(attribute).map(String)
  const allBytes = (attribute: string) =>
    valuesOf(attribute).map(value => (typeof value === 'string' ? Buffer.from(value) : value))
  return {
    distinguishedName: entry.dn,
    text: attribute => texts(attribute)[0] ?? null,
    bytes: attribute => allBytes(attribute)[0] ?? null,
    texts,
    allBytes,
    attributes: [...values.keys()],
  }
}
