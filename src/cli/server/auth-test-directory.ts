import type { LdapConfiguration } from '../../config/configuration.ts'
import { LdapFault } from '../../directory/ldap/ldap-fault.ts'
import { CardinalError } from '../../domain/error.ts'
import { createLogger } from '../environment/create-logger.ts'
import { openLdapDirectory } from '../environment/open-directory.ts'
import { printSection, printUnused, type Row } from './auth-test-section.ts'

/** Each server of the directory by itself, and what the first that answers says of the domain. Returns what is wrong. */
export async function testDirectory(configuration: LdapConfiguration | undefined): Promise<string[]> {
  if (configuration === undefined) {
    printUnused('Directory', "ldap.urls is not set, and people are Cardinal's own")
    return []
  }
  const faults: string[] = []
  const servers: Row[] = []
  let facts: readonly Row[] = []
  let isRefused = false
  for (const url of configuration.urls) {
    if (isRefused) {
      servers.push([url, 'not asked: each refusal counts towards locking the account'])
      continue
    }
    const answer = await askServer({ ...configuration, urls: [url] })
    if (facts.length === 0) facts = answer.facts
    if (answer.fault !== null) faults.push(answer.fault.message)
    isRefused = answer.fault?.kind === 'credentials'
    servers.push([url, answer.fault === null ? 'answers' : 'does not serve: see below'])
  }
  printSection('Directory', [...servers, ['bind', bindOf(configuration)], ...facts])
  return faults
}

async function askServer(
  configuration: LdapConfiguration,
): Promise<{ readonly facts: readonly Row[]; readonly fault: LdapFault | null }> {
  const ldap = await openLdapDirectory(configuration, createLogger('silent'))
  let facts: readonly Row[] = []
  try {
    const { domain, dnsName, domainSid } = await ldap.describe()
    facts = [
      ['domain', `${domain} (${dnsName})`],
      ['domain SID', domainSid ?? 'none: security identifiers follow from UUIDs'],
    ]
    await ldap.check()
    return { facts: [...facts, ...basesOf(configuration)], fault: null }
  } catch (error) {
    if (error instanceof CardinalError && error.cause instanceof LdapFault)
      return { facts, fault: error.cause }
    throw error
  } finally {
    await ldap.close()
  }
}

function basesOf({ baseDn, groupBaseDn }: LdapConfiguration): Row[] {
  return [
    ['baseDn', `${baseDn ?? 'the domain'}: there`],
    ['groupBaseDn', `${groupBaseDn ?? 'the domain'}: there`],
  ]
}

function bindOf({ credentials }: LdapConfiguration): string {
  if (credentials === undefined) return 'by nobody (anonymous)'
  return credentials.kind === 'password'
    ? `${credentials.bindDn}, by password`
    : `${credentials.principal}, by Kerberos with ${credentials.keytabFile}`
}
