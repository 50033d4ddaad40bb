import type { LdapEntry } from '../ldap/attributes/ldap-entry.ts'
import { decodeUtf8, type LdifEntry, type LdifValue } from './ldif-entries.ts'

/** The entry as a search would have found it. Values with options, such as another language's name, are left out. */
export function ldifAttributes(entry: LdifEntry): LdapEntry {
  const valuesByName = new Map<string, LdifValue[]>()
  for (const value of entry.values) {
    if (value.options.length > 0) continue
    const values = valuesByName.get(value.attribute) ?? []
    values.push(value)
    valuesByName.set(value.attribute, values)
  }
  const allBytes = (attribute: string) =>
    (valuesByName.get(attribute.toLowerCase()) ?? []).map(({ bytes }) => bytes)
  const texts = (attribute: string) =>
    allBytes(attribute).flatMap(bytes => {
      const text = decodeUtf8(bytes)
      return text === null ? [] : [text]
    })
  return {
    distinguishedName: entry.distinguishedName,
    text: attribute => texts(attribute)[0] ?? null,
    bytes: attribute => allBytes(attribute)[0] ?? null,
    texts,
    allBytes,
    attributes: [...valuesByName.keys()],
  }
}
