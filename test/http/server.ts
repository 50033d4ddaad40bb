import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { setUpCardMasterKeys } from '../../src/ca/card-master-keys.ts'
import { setUpCertificationAuthorities } from '../../src/ca/set-up-authorities.ts'
import { createVault } from '../../src/ca/vault.ts'
import { createLocalDirectory } from '../../src/directory/local-directory.ts'
import { CardinalError } from '../../src/domain/error.ts'
import { type ApplicationOptions, createApplication } from '../../src/http/application.ts'
import { createApiTokens } from '../../src/identity/api-token.ts'
import type {
  AuthorizationScheme,
  ClientCertificateScheme,
} from '../../src/identity/authentication-scheme.ts'
import { createAuthenticator } from '../../src/identity/authenticator.ts'
import { createBearerScheme } from '../../src/identity/bearer-scheme.ts'
import { createSessions } from '../../src/identity/session.ts'
import type { OpenStore } from '../../src/store/assemble-store.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import type { Environment } from '../../src/workflows/environment.ts'
import { importOrganisation } from '../../src/workflows/organisation/import-organisation.ts'
import {
  type OrganisationFile,
  parseOrganisationFile,
} from '../../src/workflows/organisation/organisation-file.ts'
import type { Authenticator } from '../../src/workflows/ports/authenticator.ts'

/** A server on a database of its own, without a socket: calls go through `app.inject`. */
export interface TestServer extends AsyncDisposable {
  readonly app: FastifyInstance
  readonly environment: Environment
  readonly store: OpenStore
  readonly databaseFile: string
  /** What `clock.now()` says; may be set. */
  readonly clock: { at: Date }
  /** The next uuids to be given out; random ones where it is empty. */
  readonly nextUuids: string[]
}

export async function startServer(
  overrides: Partial<ApplicationOptions> = {},
  organisation?: OrganisationFile,
  signIn: SignInOverrides = {},
): Promise<TestServer> {
  const nextUuids: string[] = []
  const randomness = {
    bytes: (length: number) => Uint8Array.from(randomBytes(length)),
    uuid: () => nextUuids.shift() ?? randomUUID(),
    integer: (limit: number) => randomInt(limit),
  }
  const folder = await mkdtemp(join(tmpdir(), 'http-'))
  const databaseFile = join(folder, 'cardinal.db')
  const store = await openSqliteStore({ file: databaseFile })
  await store.migrate()
  const setting = { at: new Date('2026-07-01T12:00:00.930Z') }
  const clock = { now: () => setting.at }
  await importOrganisation(
    {
      store,
      clock,
      randomness,
      randomPassword: () => 'not used',
      hashPassword: async () => 'not used',
      companyDirectory: null,
      randomDomainSid: () => 'S-1-5-21-1-2-3',
      deliverPasswords: async () => undefined,
    },
    organisation ?? (await demoOrganisation()),
  )
  const vault = createVault(randomness.bytes(32), randomness.bytes)
  const authorities = await setUpCertificationAuthorities({
    store,
    vault,
    clock,
    randomness,
    settings: {
      organisationName: 'Contoso',
      keyAlgorithm: 'EC-P256',
      rootLifetimeDays: 7300,
      issuingLifetimeDays: 3650,
      publicUrl: 'http://pki.contoso.com',
      host: 'ca1.contoso.com',
    },
  })
  const environment: Environment = {
    store,
    directory: createLocalDirectory(store.reader),
    clock,
    randomness,
    certificationAuthority: authorities.issuing,
    rootAuthority: authorities.root,
    cardMasterKeys: await setUpCardMasterKeys({ store, vault, clock, randomness }),
    vault,
    secretRateLimit: { spend: () => undefined },
    faults: { report: () => undefined },
    revocationListHours: 24,
    sessionLimits: { idleSeconds: 1800, absoluteSeconds: 36_000 },
  }
  const app = createApplication({
    environment,
    authenticator: authenticatorOf(environment, signIn),
    browserSignIn: null,
    logger: null,
    apiEnabled: true,
    virtualDirectory: 'CertificateManagement',
    traceVerbosity: 0,
    bodyLimit: 524_288,
    requestTimeout: 30_000,
    trustProxy: false,
    secureCookies: false,
    https: null,
    healthChecks: {},
    version: '0.0.0',
    ...overrides,
  })
  return {
    app,
    environment,
    store,
    databaseFile,
    clock: setting,
    nextUuids,
    async [Symbol.asyncDispose]() {
      await app.close()
      await store.close()
      await rm(folder, { recursive: true })
    },
  }
}

/** The demo organisation, its keys on P-256 for speed. */
export async function demoOrganisation(): Promise<OrganisationFile> {
  const text = await readFile(new URL('../../demo/contoso.json', import.meta.url), 'utf8')
  const file = parseOrganisationFile(text)
  return {
    ...file,
    certificateTemplates: file.certificateTemplates.map(template => ({
      ...template,
      key: { ...template.key, algorithm: 'EC', keySize: 256, hashAlgorithm: 'SHA256' },
    })),
  }
}

/** The header by which somebody calls: `Test alice`, without a password. */
export function as(account: string): { authorization: string } {
  return { authorization: `Test ${account}` }
}

export interface SignInOverrides {
  readonly areDutiesSeparated?: boolean
  readonly clientCertificates?: ClientCertificateScheme
}

/** Signs in as the server does, with schemes that believe everybody before the real one for API tokens. */
function authenticatorOf(environment: Environment, overrides: SignInOverrides): Authenticator {
  const { directory } = environment
  const test: AuthorizationScheme = {
    name: 'test',
    challenge: 'Basic realm="Cardinal", charset="UTF-8"',
    async identify(header) {
      const user = await directory.findUserByName(header.split(' ')[1] ?? '')
      if (user !== null) return { user, scheme: 'basic' }
      throw new CardinalError('NotSignedIn', 'The name or the password is wrong.')
    },
  }
  const negotiate: AuthorizationScheme = {
    name: 'negotiate',
    challenge: 'Negotiate',
    async identify(header) {
      return { ...(await test.identify(header, nothingShown)), scheme: 'negotiate', beginsSession: true }
    },
  }
  const bearer = createBearerScheme({ apiTokens: createApiTokens(environment), accessTokens: null })
  return createAuthenticator({
    ...environment,
    schemes: [test, negotiate, bearer],
    clientCertificates: overrides.clientCertificates ?? null,
    sessions: createSessions({
      ...environment,
      rules: { ...environment.sessionLimits, renewalSeconds: 900 },
    }),
    areDutiesSeparated: overrides.areDutiesSeparated ?? false,
    principalLifetimeSeconds: 0,
    onRefusal: () => undefined,
  })
}

const nothingShown = {
  authorization: null,
  sessionToken: null,
  clientCertificate: null,
  address: '127.0.0.1',
  correlationId: '',
}
