import path from 'node:path'
import { checkConsistency } from './check-consistency.ts'
import type { Configuration, DatabaseConfiguration, KeyEncryptionConfiguration } from './configuration.ts'
import { ConfigurationError, type ConfigurationFault } from './configuration-error.ts'
import { deepFreeze } from './deep-freeze.ts'
import { isUnspecifiedAddress } from './host-address.ts'
import { ldapConfigurationOf } from './ldap-configuration.ts'
import {
  configurationFileVariable,
  type Environment,
  type RawValues,
  rawValuesOfEnvironment,
  rawValuesOfFile,
} from './raw-values.ts'
import type { ReadFile } from './read-file-if-present.ts'
import { SettingReader } from './setting-reader.ts'
import { settings } from './settings.ts'
import { signInConfigurationOf } from './sign-in-configuration.ts'

export interface ConfigurationSources {
  readonly environment: Environment
  readonly readFile: ReadFile
  /** The configuration file that the command line names; comes before the environment's CARDINAL_CONFIG. */
  readonly argumentsFile?: string | undefined
  /** Where relative paths of the environment start; the process's own unless given. */
  readonly workingDirectory?: string
}

const allSettings = Object.values(settings)
const none: RawValues = new Map()

/**
 * Reads and checks the whole configuration: the environment before the file before the defaults.
 * The file is the one named by argumentsFile or CARDINAL_CONFIG, else cardinal.json in the data folder if it is there.
 * Throws ConfigurationError with every fault.
 */
export function readConfiguration(sources: ConfigurationSources): Configuration {
  const { environment, workingDirectory = process.cwd() } = sources
  const faults: ConfigurationFault[] = []
  const report = (fault: ConfigurationFault) => faults.push(fault)
  const fromEnvironment = rawValuesOfEnvironment(environment, allSettings, workingDirectory, report)
  const fromFile = readConfigurationFile(sources, workingDirectory, fromEnvironment, report)

  const reader = new SettingReader(fromEnvironment, fromFile)
  const configuration = build(reader, workingDirectory)
  checkConsistency(configuration, reader, sources.readFile)
  faults.push(...reader.faults)
  if (faults.length > 0) throw new ConfigurationError(faults)
  return deepFreeze(configuration)
}

function readConfigurationFile(
  { environment, readFile, argumentsFile }: ConfigurationSources,
  workingDirectory: string,
  fromEnvironment: RawValues,
  report: (fault: ConfigurationFault) => void,
): RawValues {
  const named = argumentsFile ?? (environment[configurationFileVariable] || undefined)
  const dataDir = new SettingReader(fromEnvironment, none).read(settings.dataDir)
  const file = path.resolve(workingDirectory, named ?? path.join(dataDir, 'cardinal.json'))
  let content: string | undefined
  try {
    content = readFile(file)
  } catch {
    report({ key: file, message: 'the configuration file cannot be read' })
    return none
  }
  if (content === undefined) {
    if (named !== undefined) report({ key: file, message: 'there is no such configuration file' })
    return none
  }
  const values = rawValuesOfFile(file, content, allSettings, report)
  if (named === undefined && values.has(settings.dataDir.key)) {
    const message = `cannot be set in the file that is found in it; set ${settings.dataDir.environmentName}, or name the file by --config`
    report({ key: settings.dataDir.key, message })
  }
  return values
}

function build(reader: SettingReader, workingDirectory: string): Configuration {
  const dataDir = path.resolve(workingDirectory, reader.read(settings.dataDir))
  const host = reader.read(settings.host)
  const port = reader.read(settings.port)
  const certificateFile = reader.read(settings.tlsCertificateFile)
  const keyFile = reader.read(settings.tlsKeyFile)
  const tls =
    certificateFile === undefined || keyFile === undefined ? undefined : { certificateFile, keyFile }
  const ldap = ldapConfigurationOf(reader)
  const trustProxy = reader.read(settings.trustProxy)
  return {
    listen: {
      host,
      port,
      tls,
      trustProxy,
      bodyLimitBytes: reader.read(settings.bodyLimitBytes),
      requestTimeoutSeconds: reader.read(settings.requestTimeoutSeconds),
    },
    publicUrl: reader.read(settings.publicUrl) ?? defaultPublicUrl(host, port, tls !== undefined),
    dataDir,
    database: databaseOf(reader, dataDir),
    demo: reader.read(settings.demo) ?? ldap === undefined,
    keyEncryption: keyEncryptionOf(reader, dataDir),
    api: {
      enabled: reader.read(settings.apiEnabled),
      virtualDirectory: reader.read(settings.virtualDirectory),
      traceVerbosity: reader.read(settings.traceVerbosity),
    },
    logLevel: reader.read(settings.logLevel),
    shutdownGraceSeconds: reader.read(settings.shutdownGraceSeconds),
    certificationAuthority: {
      name: reader.read(settings.authorityName),
      organisation: reader.read(settings.authorityOrganisation),
      keyAlgorithm: reader.read(settings.authorityKeyAlgorithm),
      rootLifetimeDays: reader.read(settings.rootLifetimeDays),
      issuingLifetimeDays: reader.read(settings.issuingLifetimeDays),
      crlLifetimeHours: reader.read(settings.crlLifetimeHours),
      crlPublishIntervalHours: reader.read(settings.crlPublishIntervalHours),
    },
    session: {
      idleMinutes: reader.read(settings.sessionIdleMinutes),
      absoluteHours: reader.read(settings.sessionAbsoluteHours),
      renewalMinutes: reader.read(settings.sessionRenewalMinutes),
    },
    ldap,
    signIn: signInConfigurationOf(reader, {
      hasTls: tls !== undefined,
      isBehindProxy: trustProxy,
      isActiveDirectory: ldap?.kind === 'active-directory',
    }),
  }
}

function defaultPublicUrl(host: string, port: number, hasTls: boolean): string | undefined {
  if (port === 0 || isUnspecifiedAddress(host)) return undefined
  return `${hasTls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`
}

function databaseOf(reader: SettingReader, dataDir: string): DatabaseConfiguration {
  const url = reader.read(settings.databaseUrl)
  return url === undefined
    ? { kind: 'sqlite', file: path.join(dataDir, 'cardinal.sqlite') }
    : { kind: 'postgresql', url }
}

function keyEncryptionOf(reader: SettingReader, dataDir: string): KeyEncryptionConfiguration {
  const passphraseFile = reader.read(settings.keyPassphraseFile)
  if (passphraseFile !== undefined) return { kind: 'passphrase-file', file: passphraseFile }
  const keyFile = reader.read(settings.keyFile)
  if (keyFile !== undefined) return { kind: 'key-file', file: keyFile }
  return { kind: 'generated-key-file', file: path.join(dataDir, 'secrets', 'key-encryption.key') }
}
