import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { makeKeytab, type ServiceKey } from './kerberos/ticket.ts'

/** A Kerberos realm without a domain controller: whoever has the service's key makes the tickets. */
export interface TicketRealm extends AsyncDisposable {
  readonly service: ServiceKey
  readonly keytabFile: string
  /** KRB5_CONFIG of whoever takes part. */
  readonly krb5Configuration: string
  /** A file in the realm's folder, for what else a test needs. */
  file(name: string): string
}

/** The realm of the demo organisation. */
export async function createTicketRealm(principal = 'HTTP/cardinal.contoso.com'): Promise<TicketRealm> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'cardinal-realm-'))
  const file = (name: string) => path.join(folder, name)
  const service = { principal, realm: 'CONTOSO.COM', version: 3, key: randomBytes(32) }
  await writeFile(file('krb5.conf'), configuration)
  await writeFile(file('service.keytab'), makeKeytab([service]), { mode: 0o600 })
  return {
    service,
    keytabFile: file('service.keytab'),
    krb5Configuration: file('krb5.conf'),
    file,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

/** Asks nobody for anything. */
const configuration = `
[libdefaults]
default_realm = CONTOSO.COM
dns_lookup_realm = false
dns_lookup_kdc = false
dns_canonicalize_hostname = false
`
