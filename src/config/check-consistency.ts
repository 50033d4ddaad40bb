import type { Configuration } from './configuration.ts'
import { isLoopback, isUnspecifiedAddress } from './host-address.ts'
import type { ReadFile } from './read-file-if-present.ts'
import type { Setting } from './setting.ts'
import type { SettingReader } from './setting-reader.ts'
import { settings } from './settings.ts'

/** Notes the faults that show only between settings, or between a setting and the file that it names. */
export function checkConsistency(
  configuration: Configuration,
  reader: SettingReader,
  readFile: ReadFile,
): void {
  checkListening(configuration, reader)
  checkPublicUrl(configuration, reader)
  checkFiles(reader, readFile)
  checkOrder(configuration, reader)
}

function checkListening({ listen }: Configuration, reader: SettingReader): void {
  const hasCertificate = reader.read(settings.tlsCertificateFile) !== undefined
  const hasKey = reader.read(settings.tlsKeyFile) !== undefined
  if (hasCertificate && !hasKey) reader.fault(settings.tlsCertificateFile, 'needs tlsKeyFile beside it')
  if (hasKey && !hasCertificate) reader.fault(settings.tlsKeyFile, 'needs tlsCertificateFile beside it')
  if (listen.tls === undefined && !isLoopback(listen.host) && !reader.read(settings.allowInsecureListen)) {
    reader.fault(
      settings.host,
      `${listen.host} is reachable from other machines and there is no TLS: set tlsCertificateFile and tlsKeyFile, ` +
        'or allowInsecureListen to true to let passwords and PINs cross the network readable',
    )
  }
}

function checkPublicUrl({ listen }: Configuration, reader: SettingReader): void {
  if (isUnspecifiedAddress(listen.host) && reader.read(settings.publicUrl) === undefined) {
    reader.fault(settings.publicUrl, `has to be set where host is ${listen.host}: certificates will name it`)
  }
}

function checkFiles(reader: SettingReader, readFile: ReadFile): void {
  if (reader.read(settings.keyFile) !== undefined && reader.read(settings.keyPassphraseFile) !== undefined) {
    reader.fault(settings.keyPassphraseFile, 'cannot be set together with keyFile')
  }
  const named = [
    settings.tlsCertificateFile,
    settings.tlsKeyFile,
    settings.keyFile,
    settings.keyPassphraseFile,
    settings.ldapBindPasswordFile,
    settings.ldapAuthoritiesFile,
    settings.openIdConnectClientSecretFile,
    settings.openIdConnectAuthoritiesFile,
    settings.clientCertificateAuthoritiesFile,
    settings.clientCertificateThumbprintsFile,
  ]
  const check = (setting: Setting<unknown>, file: string) => {
    try {
      const content = readFile(file)
      if (content === undefined) reader.fault(setting, `there is no file ${file}`)
      else if (content.trim() === '') reader.fault(setting, `the file ${file} is empty`)
    } catch {
      reader.fault(setting, `the file ${file} cannot be read`)
    }
  }
  for (const setting of named) {
    const file = reader.read(setting)
    if (file !== undefined) check(setting, file)
  }
  const certificates = settings.negotiateChannelBindingCertificateFiles
  for (const file of reader.read(certificates)) check(certificates, file)
}

function checkOrder(configuration: Configuration, reader: SettingReader): void {
  const { certificationAuthority, session } = configuration
  if (certificationAuthority.issuingLifetimeDays > certificationAuthority.rootLifetimeDays) {
    reader.fault(settings.issuingLifetimeDays, 'must not be longer than rootLifetimeDays')
  }
  if (certificationAuthority.crlPublishIntervalHours >= certificationAuthority.crlLifetimeHours) {
    reader.fault(settings.crlPublishIntervalHours, 'must be less than crlLifetimeHours')
  }
  if (configuration.ldap !== undefined && configuration.demo) {
    reader.fault(settings.demo, 'brings people of its own, and cannot be true with an LDAP directory')
  }
  if (session.idleMinutes > session.absoluteHours * 60) {
    reader.fault(settings.sessionIdleMinutes, 'must not be longer than absoluteHours')
  }
}
