import type { LdapConfiguration } from './configuration.ts'
import { directorySettings as settings } from './directory-settings.ts'
import type { SettingReader } from './setting-reader.ts'

/** The LDAP directory; undefined where no server is named. Notes settings that do not go together. */
export function ldapConfigurationOf(reader: SettingReader): LdapConfiguration | undefined {
  const urls = reader.read(settings.ldapUrls)
  const bindDn = reader.read(settings.ldapBindDn)
  const passwordFile = reader.read(settings.ldapBindPasswordFile)
  const startTls = reader.read(settings.ldapStartTls)
  const allowUnencrypted = reader.read(settings.ldapAllowUnencrypted)
  if (bindDn !== undefined && passwordFile === undefined)
    reader.fault(settings.ldapBindDn, 'needs bindPasswordFile beside it')
  if (bindDn === undefined && passwordFile !== undefined)
    reader.fault(settings.ldapBindPasswordFile, 'needs bindDn beside it')
  const isEncrypted = (url: string) => url.startsWith('ldaps:')
  if (startTls && urls.some(isEncrypted))
    reader.fault(settings.ldapStartTls, 'goes with ldap:// alone: ldaps:// is encrypted from its beginning')
  if (!startTls && !allowUnencrypted && !urls.every(isEncrypted)) {
    reader.fault(settings.ldapUrls, 'has ldap:// without encryption: take ldaps://, or set startTls to true')
  }
  if (urls.length === 0) return undefined
  return {
    urls,
    kind: reader.read(settings.ldapKind),
    credentials: bindDn === undefined || passwordFile === undefined ? undefined : { bindDn, passwordFile },
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
