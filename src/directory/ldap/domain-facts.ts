import { AndFilter, EqualityFilter, PresenceFilter } from 'ldapts'
import { isLocalName } from '../../domain/local-name.ts'
import type { LdapEntry } from './attributes/ldap-entry.ts'
import type { LdapConnection } from './connection/ldap-connection.ts'
import { LdapFault } from './ldap-fault.ts'
import type { LdapSettings } from './ldap-options.ts'

/** What holds for a whole directory. */
export interface DomainFacts {
  /** Of the domain itself. */
  readonly rootDn: string
  readonly baseDn: string
  readonly groupBaseDn: string
  /** NetBIOS name. */
  readonly domain: string
  /** `contoso.com`, as the distinguished name of the domain says it. */
  readonly dnsName: string
}

/** Takes what the settings say, and asks the server for the rest. Throws LdapFault. */
export async function discoverDomain(
  connection: LdapConnection,
  settings: LdapSettings,
): Promise<DomainFacts> {
  const [rootDse] = await connection.search({
    base: '',
    scope: 'base',
    filter: new PresenceFilter({ attribute: 'objectClass' }),
    attributes: [
      'defaultNamingContext',
      'configurationNamingContext',
      'namingContexts',
      'supportedCapabilities',
    ],
    limit: 1,
  })
  if (rootDse !== undefined) refuseOtherKind(connection.url, rootDse, settings)
  const contexts = rootDse?.texts('namingContexts') ?? []
  const defaultContext =
    rootDse?.text('defaultNamingContext') ?? (contexts.length === 1 ? contexts[0] : undefined)
  const root = defaultContext ?? settings.baseDn
  if (root === undefined)
    throw new LdapFault('operation', 'The directory names no base; configure one: ldap.baseDn.')
  const baseDn = settings.baseDn ?? root
  const components = domainComponents(root)
  const configuration = rootDse?.text('configurationNamingContext') ?? null
  const domain =
    settings.domain ??
    (configuration === null ? null : await findNetbiosName(connection, configuration, root)) ??
    components[0]?.slice(0, 15).toUpperCase()
  if (domain === undefined)
    throw new LdapFault('operation', 'The directory names no domain; configure its name: ldap.domain.')
  if (isLocalName(`${domain}\\`)) {
    throw new LdapFault(
      'operation',
      `The directory's domain is called ${domain}, which stands for accounts of this server; set ldap.domain to another name.`,
    )
  }
  const groupBaseDn = settings.groupBaseDn ?? root
  return { rootDn: root, baseDn, groupBaseDn, domain, dnsName: components.join('.') }
}

/** LDAP_CAP_ACTIVE_DIRECTORY_OID (MS-ADTS 3.1.1.3.4.3). */
const activeDirectoryCapability = '1.2.840.113556.1.4.800'

/** Nobody would be found by the names that the other kind has for its attributes. */
function refuseOtherKind(url: string, rootDse: LdapEntry, { mapping }: LdapSettings): void {
  const isActiveDirectory = rootDse.texts('supportedCapabilities').includes(activeDirectoryCapability)
  if (isActiveDirectory === mapping.isActiveDirectory) return
  throw new LdapFault(
    'operation',
    isActiveDirectory
      ? `${url}: this is Active Directory: set ldap.kind to active-directory`
      : `${url}: this is no Active Directory: set ldap.kind to openldap`,
  )
}

/** From the cross-reference object of the domain (MS-ADTS 6.1.1.2). */
async function findNetbiosName(
  connection: LdapConnection,
  configuration: string,
  root: string,
): Promise<string | null> {
  const [reference] = await connection.search({
    base: `CN=Partitions,${configuration}`,
    scope: 'one',
    filter: new AndFilter({
      filters: [
        new EqualityFilter({ attribute: 'objectClass', value: 'crossRef' }),
        new EqualityFilter({ attribute: 'nCName', value: root }),
      ],
    }),
    attributes: ['nETBIOSName'],
    limit: 1,
  })
  return reference?.text('nETBIOSName') ?? null
}

/** RFC 2247 §2. */
function domainComponents(dn: string): string[] {
  return [...dn.matchAll(/(?:^|,)\s*DC\s*=\s*([^,]+)/gi)].map(([, label = '']) => label.trim())
}
