import type { Logger } from 'pino'
import { setUpCardMasterKeys } from '../../ca/card-master-keys.ts'
import { setUpCertificationAuthorities } from '../../ca/set-up-authorities.ts'
import type { Configuration } from '../../config/configuration.ts'
import type { LdapDirectory } from '../../directory/ldap/ldap-directory.ts'
import { createSecretRateLimit } from '../../identity/secret-rate-limit.ts'
import type { OpenStore } from '../../store/assemble-store.ts'
import { openStore } from '../../store/open-store.ts'
import type { Environment } from '../../workflows/environment.ts'
import { loadVault } from './load-vault.ts'
import { makeDataFolder } from './make-data-folder.ts'
import { openDirectory } from './open-directory.ts'
import { systemClock } from './system-clock.ts'
import { systemRandomness } from './system-randomness.ts'

export interface OpenEnvironment extends Environment {
  readonly store: OpenStore
  /** The company's own directory; null where the server itself keeps all people. */
  readonly ldap: LdapDirectory | null
  close(): Promise<void>
}

/** A request needs three answers at the least; whoever asks on and on is slowed down. */
const secretAnswers = { burst: 20, perMinute: 20 }

/**
 * Opens everything that the use cases work with; at the first start creates the data folder, the database, the
 * certification authorities and the card master key.
 */
export async function openEnvironment(
  configuration: Configuration,
  publicUrl: string,
  logger: Logger,
): Promise<OpenEnvironment> {
  const { dataDir, database, certificationAuthority: settings, session } = configuration
  await makeDataFolder(dataDir)
  const store = await openStore(
    database.kind === 'sqlite'
      ? { databaseUrl: null, file: database.file }
      : { databaseUrl: database.url, file: '' },
  )
  try {
    await store.migrate()
    const vault = await loadVault(configuration, store.reader)
    const common = { store, vault, clock: systemClock, randomness: systemRandomness }
    const authorities = await setUpCertificationAuthorities({
      ...common,
      settings: {
        organisationName: settings.organisation ?? settings.name,
        rootName: `${settings.name} Root CA`,
        issuingName: `${settings.name} Issuing CA`,
        keyAlgorithm: settings.keyAlgorithm,
        rootLifetimeDays: settings.rootLifetimeDays,
        issuingLifetimeDays: settings.issuingLifetimeDays,
        publicUrl,
        host: new URL(publicUrl).hostname,
      },
    })
    const { directory, ldap } = await openDirectory(configuration.ldap, store.reader, logger)
    return {
      ...common,
      directory,
      ldap,
      certificationAuthority: authorities.issuing,
      rootAuthority: authorities.root,
      cardMasterKeys: await setUpCardMasterKeys(common),
      secretRateLimit: createSecretRateLimit({ clock: systemClock, ...secretAnswers }),
      faults: { report: (what, error) => logger.error({ err: error }, what) },
      revocationListHours: settings.crlLifetimeHours,
      async close() {
        await ldap?.close()
        await store.close()
      },
      sessionLimits: { idleSeconds: session.idleMinutes * 60, absoluteSeconds: session.absoluteHours * 3600 },
    }
  } catch (error) {
    await store.close()
    throw error
  }
}
