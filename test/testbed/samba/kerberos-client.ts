import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import type { Client } from 'ldapts'
import { createUser } from './people.ts'

/** The Kerberos side of a domain. */
export interface KerberosClient {
  readonly realm: string
  /** KRB5_CONFIG of every program that takes part. */
  readonly krb5Configuration: string
  /**
   * Makes an account for a service, say `HTTP/cardinal.contoso.test`; the path of its keytab. What the file holds is a
   * secret, and it is gone with the domain.
   */
  createServicePrincipal(name: string): Promise<string>
  /** Signs a user in by `kinit`, with these options; the environment in which other programs find the ticket. */
  signIn(user: string, password: string, ...options: readonly string[]): Promise<KerberosEnvironment>
}

export interface KerberosEnvironment {
  readonly KRB5_CONFIG: string
  readonly KRB5CCNAME: string
}

const patience = 60_000

export async function createKerberosClient(options: {
  readonly folder: string
  readonly address: string
  readonly dnsName: string
  readonly baseDn: string
  administer<Result>(work: (client: Client) => Promise<Result>): Promise<Result>
}): Promise<KerberosClient> {
  const { folder, address, dnsName, baseDn, administer } = options
  const realm = dnsName.toUpperCase()
  const krb5Configuration = path.join(folder, 'krb5.conf')
  await writeFile(krb5Configuration, configuration(realm, dnsName, address))
  let files = 0

  async function createServicePrincipal(name: string): Promise<string> {
    const keytab = path.join(folder, `service-${++files}.keytab`)
    await administer(client =>
      createUser(client, baseDn, {
        name: `service-${files}`,
        password: randomBytes(24).toString('base64url'),
        // AES only (MS-KILE 2.2.7), as a service of today is set up; without it tickets are encrypted by RC4.
        attributes: { servicePrincipalName: name, 'msDS-SupportedEncryptionTypes': '24' },
      }),
    )
    const args = ['domain', 'exportkeytab', keytab, `--principal=${name}`, `--configfile=${folder}/smb.conf`]
    await promisify(execFile)('/usr/bin/samba-tool', args, { timeout: patience })
    return keytab
  }

  async function signIn(
    user: string,
    password: string,
    ...options: readonly string[]
  ): Promise<KerberosEnvironment> {
    const environment = {
      KRB5_CONFIG: krb5Configuration,
      KRB5CCNAME: `FILE:${path.join(folder, `tickets-${++files}`)}`,
    }
    const child = spawn('kinit', [...options, `${user}@${realm}`], {
      env: { ...process.env, ...environment, LC_ALL: 'C' },
      stdio: ['pipe', 'ignore', 'pipe'],
      timeout: patience,
    })
    child.stdin.end(`${password}\n`)
    const [output, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
    if (code !== 0) throw new Error(`kinit failed for ${user}: ${output}`)
    return environment
  }

  return { realm, krb5Configuration, createServicePrincipal, signIn }
}

/** Asks no DNS, and only over TCP, where a lost packet costs no time. */
function configuration(realm: string, dnsName: string, address: string): string {
  return `
[libdefaults]
default_realm = ${realm}
dns_lookup_realm = false
dns_lookup_kdc = false
dns_canonicalize_hostname = false
rdns = false
udp_preference_limit = 1
[realms]
${realm} = {
  kdc = ${address}
}
[domain_realm]
.${dnsName} = ${realm}
${dnsName} = ${realm}
`
}
