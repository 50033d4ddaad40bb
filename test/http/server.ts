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
import { everyScope } from '../../src/domain/scope.ts'
import { type ApplicationOptions, createApplication } from '../../src/http/application.ts'
import { resolvePrincipal } from '../../src/identity/principal.ts'
import type { OpenStore } from '../../src/store/assemble-store.ts'
import { openSqliteStore } from '../../src/store/open-sqlite-store.ts'
import type { Environment } from '../../src/workflows/environment.ts'
import { importOrganisation } from '../../src/workflows/import-organisation.ts'
import { type OrganisationFile, parseOrganisationFile } from '../../src/workflows/organisation-file.ts'
import type { Authenticator, SignedIn } from '../../src/workflows/ports.ts'

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
    authenticator: authenticatorOf(environment),
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

/** Believes everybody; keeps sessions in memory. */
function authenticatorOf(environment: Pick<Environment, 'directory' | 'store'>): Authenticator {
  const sessions = new Map<string, SignedIn>()
  const signedInAs = async ({ user, scheme }: Pick<SignedIn, 'user' | 'scheme'>): Promise<SignedIn> => {
    const roles = await environment.store.reader.listRoleAssignments()
    const principal = await resolvePrincipal(user, environment.directory, roles)
    return { user, principal, scheme, scopes: everyScope, sessionUuid: null }
  }
  return {
    challenges: ['Basic realm="Cardinal", charset="UTF-8"', 'Negotiate'],
    async signIn({ authorization, sessionToken }) {
      if (authorization === null && sessionToken !== null) {
        const signedIn = sessions.get(sessionToken)
        if (signedIn === undefined)
          throw new CardinalError('NotSignedIn', 'The session has ended. Sign in again.')
        return { signedIn, challenge: null, sessionToken: null }
      }
      const [scheme, account = ''] = (authorization ?? '').split(' ')
      const user = scheme === 'Test' ? await environment.directory.findUserByName(account) : null
      if (user === null) throw new CardinalError('NotSignedIn', 'The name or the password is wrong.')
      return { signedIn: await signedInAs({ user, scheme: 'basic' }), challenge: null, sessionToken: null }
    },
    async beginSession(identified) {
      const token = randomBytes(16).toString('base64url')
      sessions.set(token, await signedInAs(identified))
      return token
    },
    async endSession(token) {
      sessions.delete(token)
    },
  }
}
