import { readFile } from 'node:fs/promises'
import type { Configuration } from '../../config/configuration.ts'
import { unreadableFile } from '../unreadable-file.ts'
import { UsageError } from '../usage-error.ts'
import { testClientCertificates } from './auth-test-client-certificates.ts'
import { testDirectory } from './auth-test-directory.ts'
import { testNegotiate } from './auth-test-negotiate.ts'
import { testOpenIdConnect } from './auth-test-open-id-connect.ts'
import { printSection } from './auth-test-section.ts'
import { testToken } from './auth-test-token.ts'

/**
 * `cardinal auth test`: every configured way to sign in, tried as far as it goes without a person, and whom a token signs
 * in. The exit code is 1 where something would be refused or does not answer.
 */
export async function authTest(configuration: Configuration, tokenFile: string | undefined): Promise<void> {
  const { openIdConnect, negotiate, clientCertificate } = configuration.signIn
  if (tokenFile !== undefined && openIdConnect === undefined) {
    throw new UsageError(
      'No OpenID Connect provider is configured, whose token it could be. Set openIdConnect.issuer ' +
        '(CARDINAL_OPEN_ID_CONNECT_ISSUER).',
    )
  }
  // Before anything is said, which would stand above what is wrong with the command itself.
  const token = tokenFile === undefined ? null : await readToken(tokenFile)
  const publicUrl = publicUrlOf(configuration)
  const faults = await testOpenIdConnect(openIdConnect, publicUrl)
  if (configuration.publicUrl === undefined && openIdConnect !== undefined) {
    faults.push('publicUrl is not set: browsers are led back to the address that the server listens on.')
  }
  faults.push(...(await testDirectory(configuration.ldap)))
  faults.push(...(await testNegotiate(negotiate, publicUrl)))
  faults.push(...(await testClientCertificates(clientCertificate)))
  if (token !== null && openIdConnect !== undefined) {
    const fault = await testToken(configuration, openIdConnect, publicUrl, token)
    if (fault !== null) faults.push(fault)
  }
  if (faults.length === 0) return
  printSection(
    'What is wrong',
    faults.map(fault => ['', fault]),
  )
  process.exitCode = 1
}

function publicUrlOf({ publicUrl, listen }: Configuration): string {
  const scheme = listen.tls === undefined ? 'http' : 'https'
  const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host
  return publicUrl ?? `${scheme}://${host}:${listen.port}`
}

async function readToken(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw unreadableFile(file, error)
  })
  return text.trim().replace(/^bearer +/i, '')
}
