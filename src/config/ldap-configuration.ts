import type { LdapConfiguration } from './configuration.ts'
import { directorySettings as settings } from './directory-settings.ts'
import type { SettingReader } from './setting-reader.ts'

/** The LDAP directory; undefined where no server is named. Notes settings that do not go together. */
export function ldapConfigurationOf(reader: SettingReader): LdapConfiguration | undefined {
  const urls = reader.read(settings.ldapUrls)
  const startTls = reader.read(settings.ldapStartTls)
  const allowUnencrypted = reader.read(settings.ldapAllowUnencrypted)
  const credentials = credentialsOf(reader)
  const isEncrypted = (url: string) => url.startsWith('ldaps:')
  if (startTls && urls.some(isEncrypted))
    reader.fault(settings.ldapStartTls, 'goes with ldap:// alone: ldaps:// is encrypted from its beginning')
  if (!startTls && !allowUnencrypted && !urls.every(isEncrypted)) {
    reader.fault(settings.ldapUrls, 'has ldap:// without encryption: take ldaps://, or set startTls to true')
  }
  if (credentials?.kind === 'keytab' && !startTls && !urls.every(isEncrypted))
    reader.fault(
      settings.ldapKeytabFile,
      'needs encrypted connections: take ldaps:// for all of ldap.urls, or set startTls to true',
    )
  if (urls.length === 0) return undefined
  return {
    urls,
    kind: reader.read(settings.ldapKind),
    credentials,
    startTls,
    allowUnencrypted,
    authoritiesFile: reader.read(settings.ldapAuthoritiesFile),
    baseDn: reader.read(settings.ldapBaseDn),
    groupBaseDn: reader.read(settings.ldapGroupBaseDn),
    domain: reader.read(settings.ldapDomain),
    cacheSeconds: reader.read(settings.ldapCacheSeconds),
    graceSeconds: reader.read(settings.ldapGraceSeconds),
  }
}

function credentialsOf(reader: SettingReader): LdapConfiguration['credentials'] {
  const bindDn = reader.read(settings.ldapBindDn)
  const passwordFile = reader.read(settings.ldapBindPasswordFile)
  const keytabFile = reader.read(settings.ldapKeytabFile)
  const principal = reader.read(settings.ldapPrincipal)
  if (bindDn !== undefined && passwordFile === undefined)
    reader.fault(
      settings.ldapBindDn,
      keytabFile === undefined
        ? 'needs bindPasswordFile beside it'
        : 'goes with a password; the account of a keytab is named by ldap.principal',
    )
  if (bindDn === undefined && passwordFile !== undefined)
    reader.fault(settings.ldapBindPasswordFile, 'needs bindDn beside it')
  if (keytabFile !== undefined && passwordFile !== undefined)
    reader.fault(settings.ldapKeytabFile, 'stands instead of bindDn and bindPasswordFile: remove either')
  if (keytabFile !== undefined && principal === undefined)
    reader.fault(settings.ldapKeytabFile, 'needs principal beside it')
  if (keytabFile === undefined && principal !== undefined)
    reader.fault(settings.ldapPrincipal, 'needs keytabFile beside it')
  if (keytabFile !== undefined && principal !== undefined) return { kind: 'keytab', keytabFile, principal }
  if (bindDn !== undefined && passwordFile !== undefined) return { kind: 'password', bindDn, passwordFile }
  return undefined
}
