import { readFile } from 'node:fs/promises'
import type { Logger } from 'pino'
import type { LdapConfiguration } from '../../config/configuration.ts'
import { createComposedDirectory } from '../../directory/composed-directory.ts'
import type { LdapDirectory } from '../../directory/ldap/ldap-directory.ts'
import type { LdapOptions } from '../../directory/ldap/ldap-options.ts'
import { createLocalDirectory } from '../../directory/local-directory.ts'
import type { Directory } from '../../workflows/ports/directory.ts'
import type { Reader } from '../../workflows/ports/store.ts'
import { createLdapEventLog } from './log-ldap-events.ts'
import { systemClock } from './system-clock.ts'
import { systemRandomness } from './system-randomness.ts'

export interface OpenDirectory {
  readonly directory: Directory
  /** The company's own; null where the server itself keeps all people. */
  readonly ldap: LdapDirectory | null
}

/** People and groups of the directory that the configuration names; beside them, or alone, those of the database. */
export async function openDirectory(
  configuration: LdapConfiguration | undefined,
  reader: Reader,
  logger: Logger,
): Promise<OpenDirectory> {
  const local = createLocalDirectory(reader)
  if (configuration === undefined) return { directory: local, ldap: null }
  const ldap = await openLdapDirectory(configuration, logger)
  return { directory: createComposedDirectory(local, ldap), ldap }
}

/** The company's directory alone, of which nothing is asked yet. */
export async function openLdapDirectory(
  configuration: LdapConfiguration,
  logger: Logger,
): Promise<LdapDirectory> {
  // Only here: whoever has no such directory does not wait for the library.
  const { createLdapDirectory } = await import('../../directory/ldap/ldap-directory.ts')
  const { activeDirectoryMapping, openLdapMapping } = await import(
    '../../directory/ldap/attributes/attribute-mapping.ts'
  )
  const { urls, kind, credentials, startTls, allowUnencrypted, authoritiesFile } = configuration
  const { baseDn, groupBaseDn, domain, cacheSeconds, graceSeconds } = configuration
  logger.info({ urls, ...whoOf(credentials) }, 'people and groups are those of a directory')
  return createLdapDirectory({
    urls,
    mapping: kind === 'active-directory' ? activeDirectoryMapping : openLdapMapping,
    clock: systemClock,
    randomness: systemRandomness,
    ...(credentials !== undefined && { credentials: await openCredentials(credentials) }),
    startTls,
    allowUnencrypted,
    ...(authoritiesFile !== undefined && {
      tls: { certificationAuthorities: await readFile(authoritiesFile, 'utf8') },
    }),
    ...(baseDn !== undefined && { baseDn }),
    ...(groupBaseDn !== undefined && { groupBaseDn }),
    ...(domain !== undefined && { domain }),
    cacheSeconds,
    graceSeconds,
    onEvent: createLdapEventLog(logger, systemClock),
  })
}

/** For the log: as whom the directory is asked, and what proves it. */
function whoOf(credentials: LdapConfiguration['credentials']): { readonly as: string; readonly by: string } {
  if (credentials === undefined) return { as: 'nobody', by: 'nothing' }
  return credentials.kind === 'password'
    ? { as: credentials.bindDn, by: 'password' }
    : { as: credentials.principal, by: 'Kerberos' }
}

async function openCredentials(
  credentials: NonNullable<LdapConfiguration['credentials']>,
): Promise<NonNullable<LdapOptions['credentials']>> {
  if (credentials.kind === 'password') {
    const { bindDn, passwordFile } = credentials
    return {
      bindDn,
      readPassword: async () => (await readFile(passwordFile, 'utf8')).replace(/\r?\n$/, ''),
    }
  }
  // Only here, as above.
  const { createDirectoryGssapi } = await import('./create-directory-gssapi.ts')
  return await createDirectoryGssapi(credentials)
}
