import type { NegotiateConfiguration } from '../../config/configuration.ts'
import type { KeytabEntry } from '../../identity/negotiate/kerberos/keytab.ts'
import { faultOfServiceKeys, isNamed } from '../../identity/negotiate/kerberos/service-keys.ts'
import { type KerberosUse, loadAddonFor, readKeytabFor } from '../environment/kerberos-use.ts'
import { UsageError } from '../usage-error.ts'
import { printSection, printUnused, type Row } from './auth-test-section.ts'

/** IANA, Kerberos Encryption Type Numbers. */
const encryptionTypes: ReadonlyMap<number, string> = new Map([
  [1, 'des-cbc-crc (broken)'],
  [3, 'des-cbc-md5 (broken)'],
  [16, 'des3-cbc-sha1 (weak)'],
  [17, 'aes128-cts-hmac-sha1-96'],
  [18, 'aes256-cts-hmac-sha1-96'],
  [19, 'aes128-cts-hmac-sha256-128'],
  [20, 'aes256-cts-hmac-sha384-192'],
  [23, 'rc4-hmac (weak)'],
])

/** The keys of the keytab against the host of publicUrl, and the add-on. Returns what is wrong. */
export async function testNegotiate(
  negotiate: NegotiateConfiguration | undefined,
  publicUrl: string,
): Promise<string[]> {
  if (negotiate === undefined) {
    printUnused('Negotiate', 'negotiate.keytabFile is not set')
    return []
  }
  const { keytabFile, servicePrincipal, channelBinding, privilegeAttributes } = negotiate
  const use: KerberosUse = { purpose: 'Negotiate', keytabFile, setting: 'CARDINAL_NEGOTIATE_KEYTAB_FILE' }
  const faults: string[] = []
  const noting = async <Result>(work: Promise<Result>): Promise<Result | null> => {
    try {
      return await work
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      faults.push(error.message)
      return null
    }
  }
  const addon = await noting(loadAddonFor(use))
  const entries = await noting(readKeytabFor(use))
  printSection('Negotiate', [
    ['add-on', addon === null ? 'cannot be used: see below' : 'there'],
    ['keytab', keytabFile],
    ...(entries === null ? [] : rowsOf(entries)),
    ['service principal', servicePrincipal ?? 'any for HTTP/ that the keytab has'],
    ['host of publicUrl', new URL(publicUrl).hostname],
    ['channel binding', channelBinding],
    ['privilege attributes', privilegeAttributes],
  ])
  if (entries !== null) faults.push(...faultsOfKeys(entries, negotiate, new URL(publicUrl).hostname))
  return faults
}

function faultsOfKeys(
  entries: readonly KeytabEntry[],
  { keytabFile, servicePrincipal }: NegotiateConfiguration,
  host: string,
): string[] {
  const fault = faultOfServiceKeys(entries, servicePrincipal)
  if (fault !== null) return [`The keytab ${keytabFile} ${fault}.`]
  const asked = `HTTP/${host}`
  const isAsked = ({ principal, realm }: KeytabEntry) =>
    isNamed(asked, { principal, realm }) &&
    (servicePrincipal === undefined || isNamed(servicePrincipal, { principal, realm }))
  if (entries.some(isAsked)) return []
  return [
    `Clients ask for a ticket for ${asked}, the host of publicUrl; ${
      servicePrincipal === undefined
        ? `the keytab ${keytabFile} holds no key for it`
        : `negotiate.servicePrincipal is ${servicePrincipal}`
    }. Make a keytab for ${asked}, or set publicUrl to the name that people use.`,
  ]
}

/** One row for each principal: its keys, by version and type. */
function rowsOf(entries: readonly KeytabEntry[]): Row[] {
  const keys = new Map<string, string[]>()
  for (const { principal, realm, keyVersion, encryptionType } of entries) {
    const name = `${principal}@${realm}`
    const type = encryptionTypes.get(encryptionType) ?? `type ${encryptionType}`
    keys.set(name, [...(keys.get(name) ?? []), `${type} of version ${keyVersion}`])
  }
  return [...keys].map(([name, types]) => [name, types.join(', ')])
}
