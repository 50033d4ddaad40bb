import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bannerOf } from '../../../src/cli/server/banner.ts'
import { readConfiguration } from '../../../src/config/read-configuration.ts'

function banner(environment: Record<string, string>, demoFile: string | null = null): string {
  const configuration = readConfiguration({
    environment: { CARDINAL_DATA_DIR: '/data', ...environment },
    readFile: file => (file.endsWith('cardinal.json') ? undefined : 'content'),
  })
  const { host, port, tls } = configuration.listen
  const url = `${tls === undefined ? 'http' : 'https'}://${host}:${port}`
  return bannerOf(url, configuration, demoFile, '1.2.3')
}

test('a server with the demo leads to its passwords and to the walkthrough', () => {
  assert.equal(
    banner({}, '/data/demo-accounts.json'),
    `Cardinal 1.2.3 serves on http://127.0.0.1:8080

  API            http://127.0.0.1:8080/CertificateManagement/api/v1.0
  Documentation  http://127.0.0.1:8080/docs
  Data           /data
  Sign in        with a name and password from /data/demo-accounts.json
  Try it         npm run walkthrough
`,
  )
})

test('the walkthrough gets the address where it would not look by itself', () => {
  assert.match(
    banner({ CARDINAL_PORT: '9000' }, '/data/demo-accounts.json'),
    /^ {2}Try it {9}npm run walkthrough -- --url http:\/\/127\.0\.0\.1:9000$/m,
  )
})

test('a server of a company says every way in that is on, by the address that others know', () => {
  assert.equal(
    banner({
      CARDINAL_PUBLIC_URL: 'https://pki.contoso.com',
      CARDINAL_TLS_CERTIFICATE_FILE: '/tls.pem',
      CARDINAL_TLS_KEY_FILE: '/tls.key',
      CARDINAL_API_ENABLED: 'false',
      CARDINAL_LDAP_URLS: 'ldaps://dc1.contoso.com',
      CARDINAL_LDAP_BIND_DN: 'CN=svc',
      CARDINAL_LDAP_BIND_PASSWORD_FILE: '/password',
      CARDINAL_NEGOTIATE_KEYTAB_FILE: '/keytab',
      CARDINAL_OPEN_ID_CONNECT_ISSUER: 'https://login.contoso.com',
      CARDINAL_OPEN_ID_CONNECT_CLIENT_ID: 'cardinal',
      CARDINAL_OPEN_ID_CONNECT_AUDIENCE: 'api',
      CARDINAL_CLIENT_CERTIFICATE_ENABLED: 'true',
    }),
    `Cardinal 1.2.3 serves on https://127.0.0.1:8080

  Public URL     https://pki.contoso.com
  API            https://127.0.0.1:8080/CertificateManagement/api/v1.0 (switched off)
  Documentation  https://127.0.0.1:8080/docs
  Data           /data
  Sign in        with a Kerberos ticket
                 by browser at https://pki.contoso.com/sign-in
                 with an access token of https://login.contoso.com
                 with a client certificate
                 with a name and password of the directory
`,
  )
})

test('what is off is not offered', () => {
  const tokensAlone = banner(
    {
      CARDINAL_BASIC_ENABLED: 'false',
      CARDINAL_OPEN_ID_CONNECT_ISSUER: 'https://login.contoso.com',
      CARDINAL_OPEN_ID_CONNECT_AUDIENCE: 'api',
    },
    '/data/demo-accounts.json',
  )
  assert.match(tokensAlone, / {2}Sign in {8}with an access token of https:\/\/login\.contoso\.com\n$/)
  assert.match(
    banner({ CARDINAL_DEMO: 'false' }),
    / {2}Sign in {8}with a name and password that "cardinal init", "import" or "user add" gave\n$/,
  )
})
