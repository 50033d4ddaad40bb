import { writeFile } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'
import pino, { type DestinationStream } from 'pino'
import { openDirectory } from '../../../src/cli/environment/open-directory.ts'
import { systemClock } from '../../../src/cli/environment/system-clock.ts'
import { createOpenIdConnect } from '../../../src/cli/server/create-open-id-connect.ts'
import { createServerAuthenticator } from '../../../src/cli/server/create-server-authenticator.ts'
import { readTlsFiles } from '../../../src/cli/server/read-tls-files.ts'
import type { Configuration } from '../../../src/config/configuration.ts'
import { readConfiguration } from '../../../src/config/read-configuration.ts'
import { readFileIfPresent } from '../../../src/config/read-file-if-present.ts'
import { createApplication } from '../../../src/http/application.ts'
import { hashPassword } from '../../../src/identity/passwords/password-hash.ts'
import type { Authenticator } from '../../../src/workflows/ports/authenticator.ts'
import type { Directory } from '../../../src/workflows/ports/directory.ts'
import { encodePem } from '../../../src/x509/pem.ts'
import { createTicketRealm, type TicketRealm } from '../../testbed/kerberos.ts'
import { leftOutWithout } from '../../testbed/left-out.ts'
import { type OpenIdProvider, startOpenIdProvider } from '../../testbed/openid-provider.ts'
import {
  createTestAuthority,
  generateTestKey,
  type TestAuthority,
  type TestKey,
} from '../../x509/test-authority.ts'
import { startServer, type TestServer } from '../server.ts'
import { organisationOfRoles } from './people.ts'

/** A server with every way of signing in switched on, wired up as the product wires it. */
export interface ServerOfSchemes extends AsyncDisposable {
  readonly app: FastifyInstance
  readonly authenticator: Authenticator
  /** Once it listens, by TLS. */
  url(): string
  /** The same data behind an application that believes everybody. */
  readonly backdoor: TestServer
  readonly directory: Directory
  readonly provider: OpenIdProvider
  readonly realm: TicketRealm
  /** Whose certificates sign in, by their security identifiers or principal names. */
  readonly company: TestAuthority
  passwordOf(account: string): string
}

const publicUrl = 'http://cardinal.contoso.com'

/**
 * @param settings by their names in the environment, beside those that switch the schemes on
 * @param log where the lines go; null for none
 */
export async function startServerOfSchemes(
  settings: Readonly<Record<string, string>> = {},
  log: DestinationStream | null = null,
): Promise<ServerOfSchemes> {
  const backdoor = await startServer({}, await organisationOfRoles())
  // What is not ours, such as OpenSSL and Kerberos, knows one time alone.
  backdoor.clock.at = new Date()
  const passwordOf = (account: string) => `${account}: the password`
  await setPasswords(backdoor, passwordOf)

  const provider = await startOpenIdProvider({ publicUrl, signedBy: 'ES256' })
  const realm = await createTicketRealm()
  const company = createTestAuthority('P-256', 'CN=Company Issuing')
  const configuration = await configurationOf({ provider, realm, company, settings })
  const logger = log === null ? pino({ level: 'silent' }) : pino({}, log)
  const directories = await openDirectory(configuration.ldap, backdoor.store.reader, logger)
  const environment = {
    ...backdoor.environment,
    ...directories,
    store: backdoor.store,
    clock: systemClock,
    close: async () => undefined,
  }
  const { openIdConnect } = configuration.signIn
  if (openIdConnect === undefined) throw new Error('OpenID Connect is not switched on.')
  const { accessTokens, browserSignIn } = await createOpenIdConnect(openIdConnect, environment, publicUrl)
  // The library reads it from nowhere but the process's environment.
  Object.assign(process.env, { KRB5_CONFIG: realm.krb5Configuration })
  const { tls } = configuration.listen
  if (tls === undefined) throw new Error('TLS is not switched on.')
  const https = await readTlsFiles(tls, [environment.rootAuthority.certificate, company.certificate])
  const parts = { accessTokens, https }
  const authenticator = await createServerAuthenticator(configuration, environment, parts, logger)
  const app = createApplication({
    environment,
    authenticator,
    browserSignIn,
    logger,
    apiEnabled: true,
    virtualDirectory: configuration.api.virtualDirectory,
    traceVerbosity: 0,
    bodyLimit: configuration.listen.bodyLimitBytes,
    requestTimeout: 30_000,
    trustProxy: false,
    secureCookies: true,
    https,
    healthChecks: {},
    version: '0.0.0',
  })
  return {
    app,
    authenticator,
    directory: directories.directory,
    url: () => `https://127.0.0.1:${new URL(app.listeningOrigin).port}`,
    backdoor,
    provider,
    realm,
    company,
    passwordOf,
    async [Symbol.asyncDispose]() {
      await app.close()
      await directories.ldap?.close()
      await backdoor[Symbol.asyncDispose]()
      await provider[Symbol.asyncDispose]()
      await realm[Symbol.asyncDispose]()
    },
  }
}

/** As somebody writes it down who runs a server. */
async function configurationOf(options: {
  readonly provider: OpenIdProvider
  readonly realm: TicketRealm
  readonly company: TestAuthority
  readonly settings: Readonly<Record<string, string>>
}): Promise<Configuration> {
  const { provider, realm, company, settings } = options
  const key = generateTestKey('P-256')
  await writeFile(realm.file('tls.pem'), certificatePem(company, key, {}))
  await writeFile(realm.file('tls.key'), privateKeyPem(key))
  await writeFile(realm.file('company.pem'), encodePem('CERTIFICATE', company.certificate.der))
  await writeFile(realm.file('secret'), provider.clientSecret)
  return readConfiguration({
    readFile: readFileIfPresent,
    environment: {
      CARDINAL_DATA_DIR: realm.file('.'),
      CARDINAL_TLS_CERTIFICATE_FILE: realm.file('tls.pem'),
      CARDINAL_TLS_KEY_FILE: realm.file('tls.key'),
      ...(!leftOutWithout('kerberos') && { CARDINAL_NEGOTIATE_KEYTAB_FILE: realm.keytabFile }),
      CARDINAL_OPEN_ID_CONNECT_ISSUER: provider.issuer,
      CARDINAL_OPEN_ID_CONNECT_AUDIENCE: provider.audience,
      CARDINAL_OPEN_ID_CONNECT_CLIENT_ID: provider.clientId,
      CARDINAL_OPEN_ID_CONNECT_CLIENT_SECRET_FILE: realm.file('secret'),
      CARDINAL_CLIENT_CERTIFICATE_AUTHORITIES_FILE: realm.file('company.pem'),
      CARDINAL_CLIENT_CERTIFICATE_MAPPING: 'security-identifier,user-principal-name,mail',
      CARDINAL_CLIENT_CERTIFICATE_REVOCATION: 'off',
      ...settings,
    },
  })
}

/** @param fields what the certificate says beside what everybody's says; valid now */
export function certificatePem(
  authority: TestAuthority,
  key: TestKey,
  { extensions = [], ...fields }: Partial<Parameters<TestAuthority['issue']>[1]>,
): string {
  const [notBefore, notAfter] = [new Date(Date.now() - 3_600_000), new Date(Date.now() + 86_400_000)]
  const der = authority.issue(key, { notBefore, notAfter, ...fields, extensions })
  return encodePem('CERTIFICATE', der)
}

export function privateKeyPem({ privateKey }: TestKey): string {
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** Cheap to verify: what costs much is verified elsewhere. */
async function setPasswords(
  { store, clock, environment }: TestServer,
  passwordOf: (account: string) => string,
) {
  const users = await store.reader.listUsers({ after: null, limit: 100 })
  const parameters = { logCost: 4, blockSize: 8, parallelization: 1 }
  const accounts = await Promise.all(
    users.map(async ({ uuid, accountName }) => ({
      userUuid: uuid,
      passwordHash: await hashPassword(passwordOf(accountName), environment.randomness.bytes, parameters),
    })),
  )
  await store.transactor.transaction(async transaction => {
    for (const account of accounts) await transaction.saveLocalAccount(account)
    await transaction.audit({
      at: clock.at,
      action: 'organisation-imported',
      actorUuid: null,
      requestUuid: null,
      subject: 'passwords',
      facts: {},
      correlationId: null,
    })
  })
}
