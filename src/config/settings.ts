import { directorySettings } from './directory-settings.ts'
import {
  baseUrl,
  boolean,
  choice,
  filePath,
  integer,
  level,
  optionalSetting,
  postgresqlUrl,
  setting,
  text,
} from './setting.ts'
import { signInSettings } from './sign-in-settings.ts'

const hostName = text(
  /^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$|^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*$/,
  'a host name or an IP address',
)
const nameText = text(
  /^[\p{L}\p{N}](?:[\p{L}\p{N} .,'&()-]{0,46}[\p{L}\p{N}.)])?$/u,
  "a name of 1 to 48 letters, digits, blanks or . , ' & ( ) -",
)

/** Every setting there is. docs/configuration.md is printed from here. */
export const settings = {
  host: setting('host', hostName, {
    default: '127.0.0.1',
    description: 'The address to listen on.',
  }),
  port: setting('port', integer(0, 65535), {
    default: 8080,
    description: 'The port to listen on; 0 takes any that is free.',
  }),
  tlsCertificateFile: optionalSetting('tlsCertificateFile', filePath, {
    description: 'PEM file with the server’s certificate and its chain; needs `tlsKeyFile`.',
  }),
  tlsKeyFile: optionalSetting('tlsKeyFile', filePath, {
    description: 'PEM file with the private key of that certificate.',
  }),
  allowInsecureListen: setting('allowInsecureListen', boolean, {
    default: false,
    description:
      'Listen beyond this machine without TLS. Passwords and PINs then cross the network readable.',
  }),
  trustProxy: setting('trustProxy', boolean, {
    default: false,
    description:
      'Believe `X-Forwarded-*` headers, the last address of `X-Forwarded-For` alone. Only behind a proxy that sets or adds to them itself.',
  }),
  publicUrl: optionalSetting('publicUrl', baseUrl, {
    defaultText: '`http(s)://host:port`',
    description:
      'The address under which others reach this server: links start with it, and certificates name their CRL and CA certificate by it for as long as they live.',
  }),
  bodyLimitBytes: setting('bodyLimitBytes', integer(1024, 104_857_600), {
    default: 1_048_576,
    description: 'The longest request body; a longer one is answered with 413.',
  }),
  requestTimeoutSeconds: setting('requestTimeoutSeconds', integer(1, 3600), {
    default: 30,
    description: 'How long a client may take to send a request.',
  }),
  shutdownGraceSeconds: setting('shutdownGraceSeconds', integer(0, 3600), {
    default: 30,
    description: 'How long requests that run may take to finish when the server is told to stop.',
  }),
  dataDir: setting('dataDir', filePath, {
    default: 'data',
    defaultText: '`./data`',
    description: 'The folder for the database, keys and everything else that is kept.',
  }),
  databaseUrl: optionalSetting('databaseUrl', postgresqlUrl, {
    defaultText: 'SQLite in the data folder',
    description: 'The PostgreSQL database to use instead of the embedded one.',
    isSecret: true,
  }),
  demo: optionalSetting('demo', boolean, {
    defaultText: '`true`; `false` with an LDAP directory',
    description: 'Fill an empty data folder with the demo organisation CONTOSO.',
  }),
  keyFile: optionalSetting('keyFile', filePath, {
    defaultText: '`secrets/key-encryption.key` in the data folder, generated',
    description:
      'The file with the key that encrypts all keys at rest. It has to exist; only the default one is generated.',
  }),
  keyPassphraseFile: optionalSetting('keyPassphraseFile', filePath, {
    description: 'A file with a passphrase instead of `keyFile`.',
  }),
  apiEnabled: setting('apiEnabled', boolean, {
    default: true,
    description: 'The API switch (Clm.WebApi.Enabled in MIM CM). Off, every API route answers 404.',
  }),
  virtualDirectory: setting(
    'virtualDirectory',
    text(/^(?!\.{1,2}$)[A-Za-z0-9._~-]{1,64}$/, 'one path segment of letters, digits or . _ ~ -'),
    {
      default: 'CertificateManagement',
      description: 'The first path segment of the API, as the IIS virtual directory of MIM CM.',
    },
  ),
  traceVerbosity: setting('traceVerbosity', level([0, 1, 2, 3, 4]), {
    default: 0,
    description:
      'Which calls are logged (Microsoft.Clm.Web.API in MIM CM): 0 none, 1 failures, 2 refusals too, 3 all, 4 all with sizes and header names.',
  }),
  logLevel: setting('logLevel', choice(['fatal', 'error', 'warn', 'info', 'debug', 'trace']), {
    default: 'info',
    description: 'The least important messages that are logged.',
  }),
  authorityName: setting('certificationAuthority.name', nameText, {
    default: 'Cardinal',
    description: 'What the names of the CAs start with: “… Root CA”, “… Issuing CA”.',
  }),
  authorityOrganisation: optionalSetting('certificationAuthority.organisation', nameText, {
    description: 'The organisation (O) in the names of the CAs.',
  }),
  authorityKeyAlgorithm: setting(
    'certificationAuthority.keyAlgorithm',
    choice(['RSA-2048', 'RSA-3072', 'RSA-4096', 'EC-P256', 'EC-P384']),
    {
      default: 'RSA-3072',
      description: 'The keys of the CAs. Read only when they are created, as are names and lifetimes.',
    },
  ),
  rootLifetimeDays: setting('certificationAuthority.rootLifetimeDays', integer(1, 36_500), {
    default: 7300,
    description: 'How long the root certificate is valid.',
  }),
  issuingLifetimeDays: setting('certificationAuthority.issuingLifetimeDays', integer(1, 36_500), {
    default: 3650,
    description: 'How long the certificate of the issuing CA is valid.',
  }),
  crlLifetimeHours: setting('certificationAuthority.crlLifetimeHours', integer(1, 8760), {
    default: 168,
    description: 'How long after its issue a CRL names its next update.',
  }),
  crlPublishIntervalHours: setting('certificationAuthority.crlPublishIntervalHours', integer(1, 8760), {
    default: 24,
    description: 'How often a new CRL is issued; less than its lifetime.',
  }),
  sessionIdleMinutes: setting('session.idleMinutes', integer(1, 1440), {
    default: 30,
    description: 'A session ends after this time without a request.',
  }),
  sessionAbsoluteHours: setting('session.absoluteHours', integer(1, 168), {
    default: 12,
    description: 'A session ends after this time in any case.',
  }),
  sessionRenewalMinutes: setting('session.renewalMinutes', integer(1, 1440), {
    default: 15,
    description: 'After this time a session’s cookie is replaced by a new one.',
  }),
  ...directorySettings,
  ...signInSettings,
}
