import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ConfigurationError } from '../../src/config/configuration-error.ts'
import { readConfiguration } from '../../src/config/read-configuration.ts'

function read(environment: Record<string, string>, files: Record<string, string> = {}) {
  return readConfiguration({ environment, readFile: file => files[file], workingDirectory: '/srv' })
}

function faultsOf(environment: Record<string, string>, files: Record<string, string>) {
  try {
    read(environment, files)
  } catch (error) {
    assert.ok(error instanceof ConfigurationError, String(error))
    return error.faults
  }
  assert.fail('no fault was found')
}

describe('signing in to the directory', () => {
  const keytab = { CARDINAL_LDAP_KEYTAB_FILE: 'ldap.keytab', CARDINAL_LDAP_PRINCIPAL: 'svc@CONTOSO.COM' }
  const secure = { CARDINAL_LDAP_URLS: 'ldaps://dc1.contoso.com' }
  const password = { CARDINAL_LDAP_BIND_DN: 'CN=svc', CARDINAL_LDAP_BIND_PASSWORD_FILE: 'password' }
  const files = { '/srv/password': 'secret' }

  test('is by a keytab, or by name and password', () => {
    const principal = 'svc@CONTOSO.COM'
    assert.deepEqual(read({ ...secure, ...keytab }).ldap?.credentials, {
      kind: 'keytab',
      keytabFile: '/srv/ldap.keytab',
      principal,
    })
    assert.deepEqual(read({ ...secure, ...password }, files).ldap?.credentials, {
      kind: 'password',
      bindDn: 'CN=svc',
      passwordFile: '/srv/password',
    })
    assert.equal(read(secure).ldap?.credentials, undefined)
  })

  const startTls = { CARDINAL_LDAP_URLS: 'ldap://dc1', CARDINAL_LDAP_START_TLS: 'true' }
  test('by a keytab goes with StartTLS', () => {
    assert.equal(read({ ...startTls, ...keytab }).ldap?.credentials?.kind, 'keytab')
  })

  const plain = { CARDINAL_LDAP_URLS: 'ldap://dc1', CARDINAL_LDAP_ALLOW_UNENCRYPTED: 'true' }
  const mixed = { CARDINAL_LDAP_URLS: 'ldaps://dc1,ldap://dc2', CARDINAL_LDAP_ALLOW_UNENCRYPTED: 'true' }
  const { CARDINAL_LDAP_BIND_DN, CARDINAL_LDAP_BIND_PASSWORD_FILE } = password
  const { CARDINAL_LDAP_KEYTAB_FILE, CARDINAL_LDAP_PRINCIPAL } = keytab
  for (const [what, environment, key, said] of [
    ['both', { ...secure, ...keytab, ...password }, 'KEYTAB_FILE', /instead of bindDn/],
    ['a keytab without encryption', { ...plain, ...keytab }, 'KEYTAB_FILE', /startTls/],
    ['a keytab where one server has none', { ...mixed, ...keytab }, 'KEYTAB_FILE', /ldaps:\/\/ for all/],
    ['a keytab alone', { ...secure, CARDINAL_LDAP_KEYTAB_FILE }, 'KEYTAB_FILE', /needs principal/],
    ['a principal alone', { ...secure, CARDINAL_LDAP_PRINCIPAL }, 'PRINCIPAL', /needs keytabFile/],
    ['a name beside a keytab', { ...secure, ...keytab, CARDINAL_LDAP_BIND_DN }, 'BIND_DN', /ldap\.principal/],
    ['a name alone', { ...secure, CARDINAL_LDAP_BIND_DN }, 'BIND_DN', /needs bindPasswordFile/],
    [
      'a password alone',
      { ...secure, CARDINAL_LDAP_BIND_PASSWORD_FILE },
      'BIND_PASSWORD_FILE',
      /needs bindDn/,
    ],
    [
      'no realm',
      { ...secure, ...keytab, CARDINAL_LDAP_PRINCIPAL: 'svc' },
      'PRINCIPAL',
      /svc-cardinal@CONTOSO.COM/,
    ],
  ] as const) {
    test(`is not by ${what}`, () => {
      const faults = faultsOf(environment, files)
      assert.equal(faults[0]?.key, `CARDINAL_LDAP_${key}`)
      assert.match(faults[0]?.message ?? '', said)
    })
  }
})

describe('names of the directory', () => {
  const secure = { CARDINAL_LDAP_URLS: 'ldaps://dc1.contoso.com' }
  const withPassword = { ...secure, CARDINAL_LDAP_BIND_PASSWORD_FILE: 'password' }
  const files = { '/srv/password': 'secret' }

  for (const name of [
    'DC=contoso,DC=test',
    'ou=people, dc=contoso, dc=com',
    'OU=Sales\\, East+L=München,0.9.2342.19200300.100.1.25=com',
    'CN="Adams, Alice",O=a=b',
  ]) {
    test(`may be ${name}`, () => {
      const { ldap } = read({ ...secure, CARDINAL_LDAP_BASE_DN: name, CARDINAL_LDAP_GROUP_BASE_DN: name })
      assert.deepEqual([ldap?.baseDn, ldap?.groupBaseDn], [name, name])
      assert.ok(read({ ...withPassword, CARDINAL_LDAP_BIND_DN: name }, files).ldap?.credentials)
    })
  }

  for (const name of ['contoso.test', 'OU=', 'OU=a,,DC=b', 'OU=a,DC=b,', 'a,DC=b', '=a', 'OU=a\\', 'OU="a']) {
    test(`are not ${name}`, () => {
      for (const key of ['CARDINAL_LDAP_BASE_DN', 'CARDINAL_LDAP_GROUP_BASE_DN', 'CARDINAL_LDAP_BIND_DN']) {
        const [fault] = faultsOf({ ...withPassword, CARDINAL_LDAP_BIND_DN: 'CN=svc', [key]: name }, files)
        assert.equal(fault?.key, key)
        assert.match(fault?.message ?? '', /^must be a distinguished name, as in /)
      }
    })
  }

  test('of the account that signs in may be those that Active Directory takes beside', () => {
    for (const name of ['svc-cardinal@contoso.com', 'CONTOSO\\svc cardinal']) {
      const { ldap } = read({ ...withPassword, CARDINAL_LDAP_BIND_DN: name }, files)
      assert.deepEqual(ldap?.credentials, { kind: 'password', bindDn: name, passwordFile: '/srv/password' })
      assert.ok(faultsOf({ ...secure, CARDINAL_LDAP_BASE_DN: name }, files))
    }
  })

  test('that are long are read in no time', () => {
    for (const name of ['OU=a,'.repeat(200), 'a'.repeat(1024), `OU=${'"'.repeat(1001)}`, '1.'.repeat(510)]) {
      assert.ok(faultsOf({ ...secure, CARDINAL_LDAP_BASE_DN: name }, files))
    }
  })
})
