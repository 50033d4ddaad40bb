import { type LdapFault, ldapResult, withAdvice } from '../ldap-fault.ts'
import type { LdapSettings } from '../ldap-options.ts'

/** The same fault, with what to do about it, where the result that the server sent says so. */
export function explainAnswer(
  fault: LdapFault,
  url: string,
  settings: LdapSettings,
  what: { readonly base?: string; readonly written?: string } = {},
): LdapFault {
  const advice = adviceOn(fault, url, settings, what)
  return advice === null ? fault : withAdvice(fault, url, advice)
}

function adviceOn(
  { resultCode }: LdapFault,
  url: string,
  settings: LdapSettings,
  { base, written }: { readonly base?: string; readonly written?: string },
): string | null {
  switch (resultCode) {
    case ldapResult.strongerAuthRequired:
      return url.startsWith('ldap:') && !settings.startTls
        ? 'the server demands encryption: take ldaps:// in ldap.urls, or set ldap.startTls to true'
        : null
    case ldapResult.operationsError:
      // Active Directory answers so whoever has not signed in.
      return settings.credentials === undefined
        ? 'the server tells nothing to strangers: set ldap.bindDn and ldap.bindPasswordFile'
        : null
    case ldapResult.insufficientAccessRights:
      return written === undefined
        ? null
        : `${accountOf(settings)} may not write ${written}: in Active Directory make the account a member of Cert Publishers`
    case ldapResult.noSuchObject:
      return base === undefined
        ? null
        : `${placeOf(base, settings)} does not exist, or ${accountOf(settings)} may not see it`
    case ldapResult.referral:
      return base === undefined ? null : `${placeOf(base, settings)} is in no domain of this server`
    case ldapResult.invalidDnSyntax:
      return base === undefined ? null : `${placeOf(base, settings)} is no distinguished name`
    default:
      return null
  }
}

function placeOf(base: string, { baseDn, groupBaseDn }: LdapSettings): string {
  const name = base === baseDn ? 'ldap.baseDn ' : base === groupBaseDn ? 'ldap.groupBaseDn ' : ''
  return `${name}${base}`
}

function accountOf({ credentials }: LdapSettings): string {
  if (credentials === undefined) return 'whoever has not signed in'
  return 'gssapi' in credentials ? 'the account of ldap.principal' : `the account ${credentials.bindDn}`
}
