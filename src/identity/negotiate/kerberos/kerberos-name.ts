import type { DerReader } from '../../../x509/der/der-reader.ts'
import { contextConstructed } from '../../../x509/der/der-tag.ts'

const generalString = 0x1b
const longestName = 1024
const mostComponents = 8

/** How MIT Kerberos writes characters of a part of a name that would else part it (krb5_unparse_name). */
const quotedCharacters: ReadonlyMap<string, string> = new Map([
  ['\\', '\\\\'],
  ['/', '\\/'],
  ['@', '\\@'],
  ['\n', '\\n'],
  ['\t', '\\t'],
  ['\b', '\\b'],
  ['\0', '\\0'],
])

/**
 * The components of a PrincipalName (RFC 4120 §5.2.2), as in `HTTP/cardinal.contoso.com`, each as MIT Kerberos writes it.
 *
 * @throws X509Error
 */
export function readPrincipalName(reader: DerReader): string {
  return reader.sequence(() => {
    reader.constructed(contextConstructed(0), () => reader.integer())
    const components = reader.constructed(contextConstructed(1), () =>
      reader.sequenceOf(() => readKerberosString(reader)),
    )
    if (components.length === 0 || components.length > mostComponents) {
      throw reader.error('der-invalid-string', 'a name of too few or too many components')
    }
    return components.map(quoteNamePart).join('/')
  })
}

/** A component or a realm, in the form that MIT Kerberos gives it in a whole name. */
export function quoteNamePart(part: string): string {
  return [...part].map(character => quotedCharacters.get(character) ?? character).join('')
}

/**
 * GeneralString, of which RFC 4120 §5.2.1 allows ASCII only; Active Directory writes UTF-8 (MS-KILE 2.2).
 *
 * @throws X509Error
 */
export function readKerberosString(reader: DerReader): string {
  const start = reader.position
  const octets = reader.primitive(generalString)
  if (octets.length > longestName) throw reader.error('der-too-large', 'a name that is too long', start)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(octets)
  } catch {
    throw reader.error('der-invalid-string', 'malformed character string', start)
  }
}
