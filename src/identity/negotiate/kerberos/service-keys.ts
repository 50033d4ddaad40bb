import type { KeytabEntry } from './keytab.ts'

const service = 'HTTP/'

/**
 * Whether the keys of a keytab serve for signing in: null, or a sentence about what is wrong with them.
 *
 * The library tries every key for HTTP that the keytab holds, and what a ticket says of itself in the clear proves
 * nothing. Where one principal alone is to count, others must therefore not be there with keys of their own.
 *
 * @param servicePrincipal `HTTP/host` or `HTTP/host@REALM`; undefined for any
 */
export function faultOfServiceKeys(
  entries: readonly KeytabEntry[],
  servicePrincipal: string | undefined,
): string | null {
  const usable = entries.filter(isServiceKey)
  if (usable.length === 0) {
    const held = [...new Set(entries.map(({ principal, realm }) => `${principal}@${realm}`))].slice(0, 5)
    return `holds no key for HTTP/…, only ${held.join(', ') || 'nothing at all'}`
  }
  if (servicePrincipal === undefined) return null
  const own = usable.filter(entry => isNamed(servicePrincipal, entry))
  if (own.length === 0) return `holds no key for ${servicePrincipal}`
  const other = usable.find(entry => !own.some(({ key }) => Buffer.from(key).equals(entry.key)))
  return other === undefined
    ? null
    : `also holds a key for ${other.principal}@${other.realm}, whose tickets would be taken too`
}

/** Whether the library tries this key of a keytab. It compares the service with case. */
export function isServiceKey({ principal }: Pick<KeytabEntry, 'principal'>): boolean {
  return principal.startsWith(service)
}

/** Active Directory compares names of services without case. */
export function isNamed(
  servicePrincipal: string,
  { principal, realm }: { readonly principal: string; readonly realm: string },
): boolean {
  const [name = '', wantedRealm] = servicePrincipal.toLowerCase().split('@')
  return name === principal.toLowerCase() && (wantedRealm ?? realm.toLowerCase()) === realm.toLowerCase()
}
