import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ConfigurationError } from '../../src/config/configuration-error.ts'
import { readConfiguration } from '../../src/config/read-configuration.ts'
import { settings } from '../../src/config/settings.ts'

type Files = Record<string, string | Error>

function read(environment: Record<string, string>, files: Files = {}, argumentsFile?: string) {
  const readFile = (file: string) => {
    const found = files[file]
    if (found instanceof Error) throw found
    return found
  }
  return readConfiguration({ environment, readFile, argumentsFile, workingDirectory: '/srv' })
}

function faultsOf(environment: Record<string, string>, files: Files = {}, argumentsFile?: string) {
  try {
    read(environment, files, argumentsFile)
  } catch (error) {
    assert.ok(error instanceof ConfigurationError, String(error))
    return error.faults
  }
  assert.fail('no fault was found')
}

function faultKeys(environment: Record<string, string>, files: Files = {}, argumentsFile?: string) {
  return faultsOf(environment, files, argumentsFile).map(({ key }) => key)
}

test('starts with nothing set: loopback, embedded database, generated key file', () => {
  assert.deepEqual(read({}), {
    listen: {
      host: '127.0.0.1',
      port: 8080,
      tls: undefined,
      trustProxy: false,
      bodyLimitBytes: 1_048_576,
      requestTimeoutSeconds: 30,
    },
    publicUrl: 'http://127.0.0.1:8080',
    dataDir: '/srv/data',
    database: { kind: 'sqlite', file: '/srv/data/cardinal.sqlite' },
    demo: true,
    keyEncryption: { kind: 'generated-key-file', file: '/srv/data/secrets/key-encryption.key' },
    api: { enabled: true, virtualDirectory: 'CertificateManagement', traceVerbosity: 0 },
    logLevel: 'info',
    shutdownGraceSeconds: 30,
    certificationAuthority: {
      name: 'Cardinal',
      organisation: undefined,
      keyAlgorithm: 'RSA-3072',
      rootLifetimeDays: 7300,
      issuingLifetimeDays: 3650,
      crlLifetimeHours: 168,
      crlPublishIntervalHours: 24,
    },
    session: { idleMinutes: 30, absoluteHours: 12, renewalMinutes: 15 },
    ldap: undefined,
    signIn: {
      basic: true,
      negotiate: undefined,
      openIdConnect: undefined,
      clientCertificate: undefined,
      separationOfDuties: false,
    },
  })
})

test('is frozen at every depth', () => {
  const configuration = read({})
  assert.throws(() => Object.assign(configuration, { demo: false }), TypeError)
  assert.throws(() => Object.assign(configuration.certificationAuthority, { name: 'other' }), TypeError)
})

test('puts the environment before the file, and the file before the default', () => {
  const file = JSON.stringify({ port: 9001, logLevel: 'debug', session: { idleMinutes: 5 } })
  const configuration = read({ CARDINAL_PORT: '9002' }, { '/srv/data/cardinal.json': file })
  assert.equal(configuration.listen.port, 9002)
  assert.equal(configuration.logLevel, 'debug')
  assert.deepEqual(configuration.session, { idleMinutes: 5, absoluteHours: 12, renewalMinutes: 15 })
})

test('takes the file of the command line before CARDINAL_CONFIG before cardinal.json in the data folder', () => {
  const files = {
    '/srv/line.json': '{"port":1}',
    '/srv/variable.json': '{"port":2}',
    '/keep/cardinal.json': '{"port":3}',
  }
  const variable = { CARDINAL_CONFIG: 'variable.json', CARDINAL_DATA_DIR: '/keep' }
  assert.equal(read(variable, files, 'line.json').listen.port, 1)
  assert.equal(read(variable, files).listen.port, 2)
  assert.equal(read({ CARDINAL_DATA_DIR: '/keep' }, files).listen.port, 3)
})

test('counts an empty variable as not set', () => {
  assert.equal(read({ CARDINAL_PORT: '', CARDINAL_CONFIG: '', CARDINAL_NOTHING: '' }).listen.port, 8080)
})

test('leaves variables of others and of the tests alone', () => {
  assert.equal(read({ PORT: 'x', CARDINAL_TEST_WITHOUT: 'postgresql' }).listen.port, 8080)
})

test('starts relative paths at the working directory in the environment and at the folder of the file in the file', () => {
  const files = { '/etc/cardinal/main.json': '{"dataDir":"store","keyFile":"at-rest.key"}' }
  const fromFile = read({}, { ...files, '/etc/cardinal/at-rest.key': 'key' }, '/etc/cardinal/main.json')
  assert.equal(fromFile.dataDir, '/etc/cardinal/store')
  assert.deepEqual(fromFile.keyEncryption, { kind: 'key-file', file: '/etc/cardinal/at-rest.key' })
  const fromEnvironment = read({ CARDINAL_KEY_PASSPHRASE_FILE: 'pass' }, { '/srv/pass': 'word' })
  assert.deepEqual(fromEnvironment.keyEncryption, { kind: 'passphrase-file', file: '/srv/pass' })
})

test('reports every fault at once, by the name where it was set', () => {
  const file = JSON.stringify({ trustProxy: 'yes', session: { idleMinutes: 0 }, certificationAuthority: 7 })
  const keys = faultKeys(
    { CARDINAL_PORT: '65536', CARDINAL_LOG_LEVEL: 'loud' },
    { '/srv/data/cardinal.json': file },
  )
  assert.deepEqual(keys.toSorted(), [
    'CARDINAL_LOG_LEVEL',
    'CARDINAL_PORT',
    'certificationAuthority',
    'session.idleMinutes',
    'trustProxy',
  ])
})

test('says what would be right and what was there', () => {
  assert.deepEqual(faultsOf({ CARDINAL_PORT: 'http' }), [
    { key: 'CARDINAL_PORT', message: 'must be an integer from 0 to 65535, not "http"' },
  ])
  const message = faultsOf({}, { '/srv/data/cardinal.json': '{"port":"8080"}' })[0]?.message
  assert.equal(message, 'must be an integer from 0 to 65535, not "8080"')
})

test('reports a fault once, however many checks look at the value', () => {
  assert.deepEqual(faultKeys({}, { '/srv/data/cardinal.json': '{"keyFile":5}' }), ['keyFile'])
})

test('takes trace verbosity 0 to 4', () => {
  for (const level of [0, 1, 2, 3, 4]) {
    assert.equal(read({ CARDINAL_TRACE_VERBOSITY: String(level) }).api.traceVerbosity, level)
  }
  for (const level of ['5', '-1', '1.5', '01']) {
    assert.deepEqual(faultKeys({ CARDINAL_TRACE_VERBOSITY: level }), ['CARDINAL_TRACE_VERBOSITY'], level)
  }
})

test('finds a fault in the file even where the environment overrides it', () => {
  assert.deepEqual(faultKeys({ CARDINAL_PORT: '1' }, { '/srv/data/cardinal.json': '{"port":-1}' }), ['port'])
})

test('suggests the nearest name for one that there is not', () => {
  assert.deepEqual(faultsOf({ CARDINAL_DATADIR: '/x' }), [
    { key: 'CARDINAL_DATADIR', message: 'there is no such setting; did you mean CARDINAL_DATA_DIR?' },
  ])
  assert.deepEqual(
    faultsOf({}, { '/srv/data/cardinal.json': '{"session":{"idelMinutes":5},"zzzzzzzzzz":1}' }),
    [
      {
        key: 'session.idelMinutes',
        message: 'there is no such setting; did you mean session.idleMinutes?',
      },
      { key: 'zzzzzzzzzz', message: 'there is no such setting' },
    ],
  )
})

test('takes a key with a dot only as an object inside an object', () => {
  assert.deepEqual(faultKeys({}, { '/srv/data/cardinal.json': '{"session.idleMinutes":5}' }), [
    'session.idleMinutes',
  ])
})

test('shows no database password, in whatever way the value is wrong', () => {
  const attempts: [Record<string, string>, Files][] = [
    [{ CARDINAL_DATABASE_URL: 'mysql://root:hunter2@db/x' }, {}],
    [{ CARDINAL_DATABASE_URL: 'postgres:hunter2' }, {}],
    [{}, { '/srv/data/cardinal.json': '{"databaseUrl":{"password":"hunter2"}}' }],
    [{}, { '/srv/data/cardinal.json': '{"databaseUrl":"postgres://u:hunter2@h/d" oops}' }],
  ]
  for (const [environment, files] of attempts) {
    assert.throws(
      () => read(environment, files),
      (error: unknown) => error instanceof ConfigurationError && !error.message.includes('hunter2'),
    )
  }
})

test('selects PostgreSQL by either spelling of its URL', () => {
  for (const url of ['postgres://u:p@db/cardinal', 'postgresql:///cardinal?host=/run/postgresql']) {
    assert.deepEqual(read({ CARDINAL_DATABASE_URL: url }).database, { kind: 'postgresql', url })
  }
})

test('refuses to listen beyond loopback without TLS unless told to', () => {
  const url = { CARDINAL_PUBLIC_URL: 'https://cards.example' }
  for (const host of ['0.0.0.0', '::', '10.0.0.1', 'cards.example', '127.0.0.1.example', '::ffff:10.0.0.1']) {
    assert.deepEqual(faultKeys({ ...url, CARDINAL_HOST: host }), ['CARDINAL_HOST'], host)
    read({ ...url, CARDINAL_HOST: host, CARDINAL_ALLOW_INSECURE_LISTEN: 'true' })
  }
  for (const host of ['127.0.0.1', '127.8.9.10', '::1', 'localhost']) read({ CARDINAL_HOST: host })
})

const tls = { CARDINAL_TLS_CERTIFICATE_FILE: '/tls/cert.pem', CARDINAL_TLS_KEY_FILE: '/tls/key.pem' }
const tlsFiles = { '/tls/cert.pem': 'certificate', '/tls/key.pem': 'key' }

test('listens anywhere with TLS, and names itself by https', () => {
  const configuration = read({ ...tls, CARDINAL_HOST: 'cards.example', CARDINAL_PORT: '443' }, tlsFiles)
  assert.deepEqual(configuration.listen.tls, { certificateFile: '/tls/cert.pem', keyFile: '/tls/key.pem' })
  assert.equal(configuration.publicUrl, 'https://cards.example:443')
})

test('wants both TLS files or none', () => {
  const certificateOnly = { CARDINAL_TLS_CERTIFICATE_FILE: '/tls/cert.pem' }
  const keyOnly = { CARDINAL_TLS_KEY_FILE: '/tls/key.pem' }
  assert.deepEqual(faultKeys(certificateOnly, tlsFiles), ['CARDINAL_TLS_CERTIFICATE_FILE'])
  assert.deepEqual(faultKeys(keyOnly, tlsFiles), ['CARDINAL_TLS_KEY_FILE'])
})

test('finds at start that a named file is missing, empty or unreadable', () => {
  assert.deepEqual(faultKeys(tls), ['CARDINAL_TLS_CERTIFICATE_FILE', 'CARDINAL_TLS_KEY_FILE'])
  assert.deepEqual(faultKeys({ CARDINAL_KEY_PASSPHRASE_FILE: '/p' }, { '/p': ' \n' }), [
    'CARDINAL_KEY_PASSPHRASE_FILE',
  ])
  assert.deepEqual(faultKeys({ CARDINAL_KEY_FILE: '/k' }, { '/k': new Error('EACCES') }), [
    'CARDINAL_KEY_FILE',
  ])
})

test('takes a key file or a passphrase file, not both', () => {
  const both = { CARDINAL_KEY_FILE: '/k', CARDINAL_KEY_PASSPHRASE_FILE: '/p' }
  assert.deepEqual(faultKeys(both, { '/k': 'k', '/p': 'p' }), ['CARDINAL_KEY_PASSPHRASE_FILE'])
})

test('takes a passphrase and a key only as files', () => {
  assert.deepEqual(faultKeys({ CARDINAL_KEY_PASSPHRASE: 'secret' }), ['CARDINAL_KEY_PASSPHRASE'])
})

test('takes a claim for groups only where bearer tokens are on: it would do nothing for sign-in by browser', () => {
  const browser = {
    CARDINAL_OPEN_ID_CONNECT_ISSUER: 'https://login.example',
    CARDINAL_OPEN_ID_CONNECT_CLIENT_ID: 'cardinal',
    CARDINAL_OPEN_ID_CONNECT_GROUPS_CLAIM: 'groups',
  }
  assert.deepEqual(faultKeys(browser), ['CARDINAL_OPEN_ID_CONNECT_GROUPS_CLAIM'])
  const bearer = { ...browser, CARDINAL_OPEN_ID_CONNECT_AUDIENCE: 'https://cardinal.example/api' }
  assert.equal(read(bearer).signIn.openIdConnect?.groupsClaim, 'groups')
})

for (const [address, issuer] of [
  ['https://login.example/.well-known/openid-configuration', 'https://login.example'],
  ['https://login.example/realms/a/.well-known/openid-configuration/', 'https://login.example/realms/a'],
  ['https://login.example/a//.Well-Known/OpenID-configuration', 'https://login.example/a'],
] as const) {
  test(`refuses the address of the discovery document as the issuer, and says which it is: ${address}`, () => {
    const settings = { CARDINAL_OPEN_ID_CONNECT_CLIENT_ID: 'cardinal' }
    assert.throws(() => read({ ...settings, CARDINAL_OPEN_ID_CONNECT_ISSUER: address }), {
      name: 'ConfigurationError',
      message: new RegExp(`CARDINAL_OPEN_ID_CONNECT_ISSUER: .* must be ${issuer}$`),
    })
    const { openIdConnect } = read({ ...settings, CARDINAL_OPEN_ID_CONNECT_ISSUER: issuer }).signIn
    assert.equal(openIdConnect?.issuer, issuer)
  })
}

test('a ticket must say by security identifier whose it is in Active Directory, unless it is set otherwise', () => {
  const negotiate = { CARDINAL_NEGOTIATE_KEYTAB_FILE: '/keytab' }
  const directory = {
    CARDINAL_LDAP_URLS: 'ldaps://dc1.contoso.com',
    CARDINAL_LDAP_BASE_DN: 'DC=contoso,DC=com',
  }
  const openldap = { ...directory, CARDINAL_LDAP_KIND: 'openldap' }
  const policyOf = (settings: Record<string, string>) =>
    read({ ...negotiate, ...settings }).signIn.negotiate?.privilegeAttributes
  assert.equal(policyOf(directory), 'require')
  assert.equal(policyOf(openldap), 'when-present')
  assert.equal(policyOf({}), 'when-present')
  for (const policy of ['require', 'when-present']) {
    const set = { CARDINAL_NEGOTIATE_PRIVILEGE_ATTRIBUTES: policy }
    for (const circumstances of [directory, openldap, {}])
      assert.equal(policyOf({ ...circumstances, ...set }), policy)
  }
})

describe('channel binding', () => {
  const negotiate = { CARDINAL_NEGOTIATE_KEYTAB_FILE: '/keytab' }
  const certificates = { CARDINAL_NEGOTIATE_CHANNEL_BINDING_CERTIFICATE_FILES: '/proxy.pem,/next.pem' }
  const files = { ...tlsFiles, '/proxy.pem': 'certificate', '/next.pem': 'certificate' }
  const policyOf = (settings: Record<string, string>) =>
    read({ ...negotiate, ...settings }, files).signIn.negotiate?.channelBinding

  test('is asked of clients who support it wherever it is known where TLS ends', () => {
    assert.equal(policyOf(tls), 'when-supported')
    assert.equal(policyOf(certificates), 'when-supported')
    assert.equal(policyOf({ ...tls, ...certificates, CARDINAL_TRUST_PROXY: 'true' }), 'when-supported')
    assert.equal(policyOf({}), 'off')
    assert.equal(policyOf({ ...tls, CARDINAL_TRUST_PROXY: 'true' }), 'off')
  })

  test('is what is set, where there is a certificate', () => {
    for (const policy of ['when-supported', 'require']) {
      const settings = { ...negotiate, CARDINAL_NEGOTIATE_CHANNEL_BINDING: policy }
      assert.equal(policyOf({ ...settings, ...tls, CARDINAL_TRUST_PROXY: 'true' }), policy)
      assert.equal(policyOf({ ...settings, ...certificates }), policy)
      assert.deepEqual(faultKeys(settings), ['CARDINAL_NEGOTIATE_CHANNEL_BINDING'])
    }
    assert.equal(policyOf({ ...tls, CARDINAL_NEGOTIATE_CHANNEL_BINDING: 'off' }), 'off')
  })

  test('takes the certificates of several proxies, whose files must be there, and not for nothing', () => {
    const { signIn } = read({ ...negotiate, ...certificates }, files)
    assert.deepEqual(signIn.negotiate?.channelBindingCertificateFiles, ['/proxy.pem', '/next.pem'])
    const [setting] = Object.keys(certificates)
    assert.deepEqual(faultKeys({ ...negotiate, ...certificates }, { '/proxy.pem': 'certificate' }), [setting])
    const off = { ...negotiate, ...certificates, CARDINAL_NEGOTIATE_CHANNEL_BINDING: 'off' }
    assert.deepEqual(faultKeys(off, files), [setting])
  })
})

test('brackets an IPv6 address in the public URL', () => {
  assert.equal(read({ CARDINAL_HOST: '::1' }).publicUrl, 'http://[::1]:8080')
})

test('leaves the public URL open where the port is not known yet', () => {
  assert.equal(read({ CARDINAL_PORT: '0' }).publicUrl, undefined)
})

test('takes a public URL that can be built on, without a slash at its end', () => {
  const publicUrl = (value: string) => read({ CARDINAL_PUBLIC_URL: value }).publicUrl
  assert.equal(publicUrl('https://cards.example/'), 'https://cards.example')
  assert.equal(publicUrl('http://cards.example:81/pki//'), 'http://cards.example:81/pki')
  for (const value of ['cards.example', 'ftp://x', 'http://u:p@x', 'http://x/?a', 'http://x/#a', 'http://']) {
    assert.deepEqual(faultKeys({ CARDINAL_PUBLIC_URL: value }), ['CARDINAL_PUBLIC_URL'], value)
  }
})

test('needs a public URL where it listens on every address: certificates cannot name 0.0.0.0', () => {
  for (const host of ['0.0.0.0', '::']) {
    const environment = { CARDINAL_HOST: host, CARDINAL_ALLOW_INSECURE_LISTEN: 'true' }
    assert.deepEqual(faultKeys(environment), ['publicUrl'])
  }
})

test('refuses a virtual directory that is not one path segment', () => {
  for (const value of ['/cm', 'a/b', '..', '.', 'a b', 'a%2f', '']) {
    const file = JSON.stringify({ virtualDirectory: value })
    assert.deepEqual(faultKeys({}, { '/srv/data/cardinal.json': file }), ['virtualDirectory'], value)
  }
})

test('refuses lifetimes and limits that contradict each other', () => {
  const contradictions = {
    CARDINAL_CERTIFICATION_AUTHORITY_ISSUING_LIFETIME_DAYS: '7301',
    CARDINAL_CERTIFICATION_AUTHORITY_CRL_PUBLISH_INTERVAL_HOURS: '168',
    CARDINAL_SESSION_IDLE_MINUTES: '721',
  }
  for (const [name, value] of Object.entries(contradictions))
    assert.deepEqual(faultKeys({ [name]: value }), [name])
})

test('names the file where it is missing, unreadable, no JSON or no object', () => {
  const files = { '/bad.json': '{', '/list.json': '[]', '/shut.json': new Error('EACCES') }
  for (const file of ['/absent.json', '/bad.json', '/list.json', '/shut.json']) {
    assert.deepEqual(faultKeys({ CARDINAL_CONFIG: file }, files), [file])
  }
})

test('takes no data folder from the file that is found in the data folder', () => {
  assert.deepEqual(faultKeys({}, { '/srv/data/cardinal.json': '{"dataDir":"/other"}' }), ['dataDir'])
})

test('gives every setting a key and a variable of its own', () => {
  const all = Object.values(settings)
  assert.equal(new Set(all.map(({ key }) => key)).size, all.length)
  assert.equal(new Set(all.map(({ environmentName }) => environmentName)).size, all.length)
})

test('answers any environment and any file with a configuration or a ConfigurationError', () => {
  const name = fc.oneof(
    fc.constantFrom(...Object.values(settings).map(({ environmentName }) => environmentName)),
    fc.string().map(text => `CARDINAL_${text}`),
  )
  const file = fc.oneof(fc.string(), fc.json())
  fc.assert(
    fc.property(fc.dictionary(name, fc.string()), file, (environment, text) => {
      try {
        read(environment, { '/any.json': text }, '/any.json')
      } catch (error) {
        assert.ok(error instanceof ConfigurationError)
      }
    }),
    { numRuns: 300 },
  )
})

test('takes a list from an array in the file and from commas in the environment', () => {
  const file = JSON.stringify({ ldap: { urls: ['ldaps://dc1.contoso.com', 'ldaps://dc2.contoso.com:636'] } })
  const files = { '/srv/data/cardinal.json': file }
  const both = ['ldaps://dc1.contoso.com', 'ldaps://dc2.contoso.com:636']
  assert.deepEqual(read({}, files).ldap?.urls, both)
  assert.deepEqual(read({ CARDINAL_LDAP_URLS: both.join(', ') }).ldap?.urls, both)
  assert.deepEqual(faultKeys({}, { '/srv/data/cardinal.json': '{"ldap":{"urls":"ldaps://dc1"}}' }), [
    'ldap.urls',
  ])
  assert.deepEqual(
    faultKeys({}, { '/srv/data/cardinal.json': '{"ldap":{"urls":["ldaps://a,ldaps://b"]}}' }),
    ['ldap.urls'],
  )
})

test('brings no demo people into an LDAP directory', () => {
  assert.equal(read({ CARDINAL_LDAP_URLS: 'ldaps://dc1.contoso.com' }).demo, false)
  const both = { CARDINAL_LDAP_URLS: 'ldaps://dc1.contoso.com', CARDINAL_DEMO: 'true' }
  assert.deepEqual(faultKeys(both), ['CARDINAL_DEMO'])
})
