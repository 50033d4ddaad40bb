import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { areCookiesSecure } from '../../../src/cli/server/are-cookies-secure.ts'
import { readConfiguration } from '../../../src/config/read-configuration.ts'

const readFile = (file: string) => (file.endsWith('.pem') ? 'PEM' : undefined)

function isSecure(environment: Readonly<Record<string, string>>): boolean {
  const configuration = readConfiguration({ environment, workingDirectory: '/', readFile })
  return areCookiesSecure(configuration, configuration.publicUrl ?? '')
}

const tls = { CARDINAL_TLS_CERTIFICATE_FILE: '/server.pem', CARDINAL_TLS_KEY_FILE: '/key.pem' }

describe('cookies are for TLS alone', () => {
  test('where the server has it', () => assert.equal(isSecure(tls), true))

  test('where the server has it, and revocation lists are fetched by a plain address', () =>
    assert.equal(isSecure({ ...tls, CARDINAL_PUBLIC_URL: 'http://pki.contoso.com' }), true))

  test('where a proxy has it', () =>
    assert.equal(isSecure({ CARDINAL_PUBLIC_URL: 'https://cardinal.contoso.com' }), true))

  test('and not where nobody has it', () => assert.equal(isSecure({}), false))
})
