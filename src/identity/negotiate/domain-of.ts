import { parseName } from '../../x509/names/distinguished-name.ts'
import { objectIdentifiers } from '../../x509/object-identifier.ts'
import { X509Error } from '../../x509/x509-error.ts'

/**
 * `contoso.com` of `CN=Alice,CN=Users,DC=contoso,DC=com` (RFC 2247 §2): the domain in which a user has an account, which
 * in Active Directory is the Kerberos realm in small letters. null for a name without domain components.
 */
export function domainOf(distinguishedName: string): string | null {
  try {
    const labels = parseName(distinguishedName)
      .flat()
      .filter(({ type }) => type === objectIdentifiers.domainComponent)
      .map(({ value }) => value)
    return labels.length === 0 ? null : labels.reverse().join('.')
  } catch (error) {
    if (!(error instanceof X509Error)) throw error
    return null
  }
}
