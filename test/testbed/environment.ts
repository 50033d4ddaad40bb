import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setUpCardMasterKeys } from '../../src/ca/card-master-keys.ts'
import { setUpCertificationAuthorities } from '../../src/ca/set-up-authorities.ts'
import { createVault } from '../../src/ca/vault.ts'
import { createLocalDirectory } from '../../src/directory/local-directory.ts'
import { randomDomainSecurityIdentifier } from '../../src/domain/security-identifier.ts'
import { resolvePrincipal } from '../../src/identity/principal.ts'
import { createSecretRateLimit } from '../../src/identity/secret-rate-limit.ts'
import type { OpenStore } from '../../src/store/assemble-store.ts'
import { openPostgresStore } from '../../src/store/postgres/open-postgres-store.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import type { Environment } from '../../src/workflows/environment.ts'
import { importOrganisation } from '../../src/workflows/organisation/import-organisation.ts'
import {
  type OrganisationFile,
  parseOrganisationFile,
} from '../../src/workflows/organisation/organisation-file.ts'
import type { Caller } from '../../src/workflows/ports/caller.ts'
import type { Randomness } from '../../src/workflows/ports/randomness.ts'

/** Stands still until it is moved. */
export interface SettableClock {
  now(): Date
  set(time: Date): void
  advance(milliseconds: number): void
}

/** Everything that the use cases work with: real parts, in a folder that is thrown away. */
export interface Testbed extends Environment {
  readonly store: OpenStore
  readonly clock: SettableClock
  /** The user, with groups and roles as they stand in the store now, as somebody who calls. */
  callerOf(account: string): Promise<Caller>
  /** Imports an organisation file as an administrator does, once more. */
  import(file: OrganisationFile): Promise<void>
  close(): Promise<void>
}

export interface TestbedOptions {
  /** What the test wants different from the demo organisation. */
  readonly organisation?: (demo: OrganisationFile) => OrganisationFile
  /** A PostgreSQL database, empty; a new SQLite database where it is left out. */
  readonly postgresUrl?: string
  /** The first moment, a whole second; the present where it is left out. */
  readonly now?: Date
  readonly issuingLifetimeDays?: number
  /** Wide where it is left out. */
  readonly secrets?: { readonly burst: number; readonly perMinute: number }
  /** Stands in for the slow hash of real passwords, with which nobody signs in here. */
  readonly hashPassword?: (password: string) => Promise<string>
}

export const randomness: Randomness = {
  bytes: length => Uint8Array.from(randomBytes(length)),
  uuid: randomUUID,
  integer: limit => randomInt(limit),
}

const demo = await readFile(new URL('../../demo/contoso.json', import.meta.url), 'utf8')

/** The demo organisation, a new copy each time. */
export function demoOrganisation(): OrganisationFile {
  return parseOrganisationFile(demo)
}

/** A testbed that is closed at the end of the test. */
export async function openTestbed(
  t: Pick<TestContext, 'after'>,
  options: TestbedOptions = {},
): Promise<Testbed> {
  const testbed = await createTestbed(options)
  t.after(() => testbed.close())
  return testbed
}

export async function createTestbed(options: TestbedOptions = {}): Promise<Testbed> {
  const { store, close } = await openStore(options.postgresUrl)
  try {
    const testbed = { ...(await furnish(store, options)), close }
    await testbed.import((options.organisation ?? (file => file))(demoOrganisation()))
    return testbed
  } catch (error) {
    await close()
    throw error
  }
}

async function openStore(postgresUrl: string | undefined) {
  if (postgresUrl !== undefined) {
    const store = await openPostgresStore({ url: postgresUrl })
    await store.migrate()
    return { store, close: () => store.close() }
  }
  const folder = await mkdtemp(join(tmpdir(), 'cardinal-testbed-'))
  const store = await openSqliteStore({ file: join(folder, 'cardinal.db') })
  await store.migrate()
  const close = async () => {
    await store.close()
    await rm(folder, { recursive: true })
  }
  return { store, close }
}

async function furnish(store: OpenStore, options: TestbedOptions): Promise<Omit<Testbed, 'close'>> {
  const clock = settableClock(options.now ?? wholeSecond(new Date()))
  const vault = createVault(randomness.bytes(32), randomness.bytes)
  const directory = createLocalDirectory(store.reader)
  const { root, issuing } = await setUpCertificationAuthorities({
    store,
    vault,
    clock,
    randomness,
    settings: {
      organisationName: 'Contoso',
      keyAlgorithm: 'EC-P256',
      rootLifetimeDays: 7300,
      issuingLifetimeDays: options.issuingLifetimeDays ?? 3650,
      publicUrl: 'http://pki.contoso.com',
      host: 'ca1.contoso.com',
    },
  })
  const secrets = options.secrets ?? { burst: 10_000, perMinute: 10_000 }
  return {
    store,
    directory,
    clock,
    randomness,
    certificationAuthority: issuing,
    rootAuthority: root,
    cardMasterKeys: await setUpCardMasterKeys({ store, vault, clock, randomness }),
    vault,
    secretRateLimit: createSecretRateLimit({ clock, ...secrets }),
    faults: {
      report(what, error) {
        throw new Error(what, { cause: error })
      },
    },
    revocationListHours: 48,
    sessionLimits: { idleSeconds: 1800, absoluteSeconds: 36_000 },
    async callerOf(account) {
      const user = await directory.findUserByName(account)
      if (user === null) throw new Error(`The testbed has no user ${account}.`)
      const principal = await resolvePrincipal(user, directory, await store.reader.listRoleAssignments())
      return { user, principal, correlationId: randomUUID() }
    },
    async import(file) {
      const hashPassword = options.hashPassword ?? (async () => 'no password')
      await importOrganisation(
        {
          store,
          clock,
          randomness,
          hashPassword,
          randomPassword: () => Buffer.from(randomness.bytes(12)).toString('base64url'),
          companyDirectory: null,
          randomDomainSid: () => randomDomainSecurityIdentifier(randomness.integer),
          deliverPasswords: async () => {},
        },
        file,
      )
    },
  }
}

export function settableClock(start: Date): SettableClock {
  let time = start.getTime()
  return {
    now: () => new Date(time),
    set(to) {
      time = to.getTime()
    },
    advance(milliseconds) {
      time += milliseconds
    },
  }
}

function wholeSecond(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 1000) * 1000)
}
