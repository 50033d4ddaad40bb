import { boolean, choice, filePath, integer, list, optionalSetting, setting, text } from './setting.ts'

/** RFC 4514 §3, with the quotes of RFC 2253 §4 and a blank around each part, which servers take too. */
const part = String.raw`\s*(?:[A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)+)\s*=(?:\\[^\0]|"[^"\0]*"|[^\\",\0])+`
const name = `${part}(?:,${part})*`
const distinguishedName = text(
  new RegExp(`^(?=.{3,1024}$)${name}$`),
  'a distinguished name, as in OU=People,DC=contoso,DC=com',
)
/** What Active Directory takes in a simple bind beside (MS-ADTS 5.1.1.1.1). */
const otherAccountNames = String.raw`[^\0=,\s@\\]{1,256}@[^\0=,\s@\\]{1,256}|[^\0=,\s@\\]{1,256}\\[^\0=,@\\]{1,256}`
const bindName = text(
  new RegExp(`^(?=.{3,1024}$)(?:${name}|${otherAccountNames})$`),
  'a distinguished name, as in CN=svc-cardinal,OU=Services,DC=contoso,DC=com',
)

/** Where people and groups are kept, if not in the server's own database. */
export const directorySettings = {
  ldapUrls: setting(
    'ldap.urls',
    list(text(/^ldaps?:\/\/[^/?#@\s]+\/?$/, 'an ldaps:// or ldap:// URL with nothing behind the host')),
    {
      default: [],
      defaultText: 'none: people and groups are kept in the database',
      description: 'The servers of the LDAP directory, in order of preference.',
    },
  ),
  ldapKind: setting('ldap.kind', choice(['active-directory', 'openldap']), {
    default: 'active-directory',
    description: 'What the directory calls its attributes; `openldap` goes for 389 Directory Server too.',
  }),
  ldapBindDn: optionalSetting('ldap.bindDn', bindName, {
    defaultText: 'none: anonymous',
    description: 'The account by which Cardinal reads the directory.',
  }),
  ldapBindPasswordFile: optionalSetting('ldap.bindPasswordFile', filePath, {
    description: 'A file with the password of that account; read anew for each connection.',
  }),
  ldapKeytabFile: optionalSetting('ldap.keytabFile', filePath, {
    description:
      'Instead of name and password: a keytab with the keys by which Cardinal signs in to the directory (SASL GSSAPI), over TLS alone.',
  }),
  ldapPrincipal: optionalSetting(
    'ldap.principal',
    text(
      /^[^\s@\\\0]{1,256}@[^\s@\\\0]{1,256}$/,
      'a principal with its realm, as in svc-cardinal@CONTOSO.COM',
    ),
    { description: 'The principal in that keytab, with its realm: `svc-cardinal@CONTOSO.COM`.' },
  ),
  ldapStartTls: setting('ldap.startTls', boolean, {
    default: false,
    description: 'Encrypt connections to `ldap://` servers by StartTLS.',
  }),
  ldapAllowUnencrypted: setting('ldap.allowUnencrypted', boolean, {
    default: false,
    description: 'Take `ldap://` without StartTLS. Passwords and groups then cross the network readable.',
  }),
  ldapAuthoritiesFile: optionalSetting('ldap.authoritiesFile', filePath, {
    defaultText: 'those of the system',
    description: 'PEM file with the certification authorities that vouch for the servers.',
  }),
  ldapBaseDn: optionalSetting('ldap.baseDn', distinguishedName, {
    defaultText: 'the domain',
    description: 'Where users are.',
  }),
  ldapGroupBaseDn: optionalSetting('ldap.groupBaseDn', distinguishedName, {
    defaultText: 'the domain, else where users are',
    description: 'Where groups are.',
  }),
  ldapDomain: optionalSetting('ldap.domain', text(/^[A-Za-z0-9!#$%&'(){}@^_~.-]{1,15}$/, 'a NetBIOS name'), {
    defaultText: 'what the directory says',
    description: 'The NetBIOS name of the domain, as in `CONTOSO\\alice`.',
  }),
  ldapCacheSeconds: setting('ldap.cacheSeconds', integer(0, 3600), {
    default: 60,
    description: 'How long what the directory said is taken for granted.',
  }),
  ldapGraceSeconds: setting('ldap.graceSeconds', integer(0, 86_400), {
    default: 3600,
    description: 'How long people who are signed in go on working while no server of the directory answers.',
  }),
}
