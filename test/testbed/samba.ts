import { execFile } from 'node:child_process'
import { randomBytes, randomInt } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { Attribute, Change, Client } from 'ldapts'
import { createKerberosClient, type KerberosClient } from './samba/kerberos-client.ts'
import { replaceAttributes } from './samba/people.ts'
import { createServerProcess } from './samba/server-process.ts'
import { createTlsFiles, type TlsFiles } from './samba/tls-files.ts'

/** An Active Directory domain of its own, CONTOSO, with one domain controller that only this machine reaches. */
export interface SambaDomain extends KerberosClient {
  /** Where it answers: ports 389 and 636, 88 for Kerberos. Its certificate names this address. */
  readonly address: string
  /** The same server at an address that its certificate does not name. */
  readonly unnamedAddress: string
  /** NetBIOS name. */
  readonly domain: string
  readonly dnsName: string
  readonly baseDn: string
  readonly administrator: { readonly dn: string; readonly password: string }
  readonly authorities: TlsFiles
  /** Does something as the administrator, over LDAPS. */
  administer<Result>(work: (client: Client) => Promise<Result>): Promise<Result>
  /** Ends the server as a power cut does; resolves once it is gone. */
  kill(): Promise<void>
  /** Starts it again; resolves once it answers. */
  restart(): Promise<void>
  /** From its next start on. Without it, all is allowed that there is. */
  requireStrongAuthentication(required: StrongAuthentication): Promise<void>
  /** Ends it and removes all it left. Happens by itself when the test process dies. */
  stop(): Promise<void>
}

/** What smb.conf says for `ldap server require strong auth`. */
export type StrongAuthentication = 'no' | 'allow_sasl_over_tls' | 'yes'

const domain = 'CONTOSO'
const dnsName = 'contoso.test'
const baseDn = 'DC=contoso,DC=test'
const patience = 60_000

/**
 * Provisions and starts a domain in a temporary folder, in three to five seconds. Each has loopback addresses of its
 * own, since the ports are fixed, so several run beside each other. Passwords may be anything and never run out;
 * an account is locked after three wrong ones.
 */
export async function startSamba(): Promise<SambaDomain> {
  refuseWithoutSamba()
  const folder = await mkdtemp(path.join(os.tmpdir(), 'cardinal-samba-'))
  const network = `127.${randomInt(16, 250)}.${randomInt(1, 250)}`
  const [address, unnamedAddress] = [`${network}.1`, `${network}.2`]
  const server = createServerProcess({ folder, address, ports: [389, 636, 88] })
  const administrator = {
    dn: `CN=Administrator,CN=Users,${baseDn}`,
    // Three kinds of characters at least, whatever the rest comes to.
    password: `Aa1-${randomBytes(12).toString('base64url')}`,
  }
  try {
    for (const name of [...privateFolders, 'sysvol']) await mkdir(path.join(folder, name))
    const configure = (required: StrongAuthentication) =>
      writeFile(path.join(folder, 'smb.conf'), configuration(folder, [address, unnamedAddress], required))
    await configure('no')
    const [authorities] = await Promise.all([
      createTlsFiles(folder, `DNS:dc1.${dnsName},IP:${address}`),
      provision(folder, address, administrator.password),
    ])
    await server.start()
    const administer = <Result>(work: (client: Client) => Promise<Result>) =>
      withClient(`ldaps://${address}`, authorities.trusted, administrator, work)
    await administer(async client => {
      await relaxPasswordPolicy(client)
      await registerService(client)
    })
    return {
      address,
      unnamedAddress,
      domain,
      dnsName,
      baseDn,
      administrator,
      authorities,
      administer,
      kill: server.kill,
      restart: server.start,
      requireStrongAuthentication: configure,
      stop: server.remove,
      ...(await createKerberosClient({ folder, address, dnsName, baseDn, administer })),
    }
  } catch (error) {
    await server.remove()
    throw error
  }
}

function refuseWithoutSamba(): void {
  if (!existsSync('/usr/sbin/samba') || !existsSync('/usr/bin/samba-tool')) {
    throw new Error('Samba is not installed (Debian: apt-get install samba samba-ad-provision).')
  }
  if (process.getuid?.() !== 0) throw new Error('Samba needs root: its ports are below 1024.')
}

const privateFolders = ['private', 'lock', 'state', 'cache', 'pid', 'ncalrpc']

/** LDAP and Kerberos only. Nothing needs to survive, so nothing is synced. */
function configuration(
  folder: string,
  addresses: readonly string[],
  strongAuthentication: StrongAuthentication,
): string {
  return `
[global]
netbios name = DC1
realm = ${dnsName.toUpperCase()}
workgroup = ${domain}
server role = active directory domain controller
server services = ldap, kdc
interfaces = ${addresses.map(address => `${address}/8`).join(' ')}
bind interfaces only = yes
private dir = ${folder}/private
lock dir = ${folder}/lock
state directory = ${folder}/state
cache directory = ${folder}/cache
pid directory = ${folder}/pid
ncalrpc dir = ${folder}/ncalrpc
log file = ${folder}/samba.log
ldap server require strong auth = ${strongAuthentication}
ldb:nosync = true
tls keyfile = ${folder}/server-key.pem
tls certfile = ${folder}/server.pem
tls cafile = ${folder}/ca.pem
[sysvol]
path = ${folder}/sysvol
[netlogon]
path = ${folder}/sysvol
`
}

async function provision(folder: string, address: string, password: string): Promise<void> {
  const options = {
    realm: dnsName,
    domain,
    'server-role': 'dc',
    'dns-backend': 'NONE',
    'host-name': 'dc1',
    'host-ip': address,
    adminpass: password,
    configfile: path.join(folder, 'smb.conf'),
  }
  const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`)
  await promisify(execFile)('/usr/bin/samba-tool', ['domain', 'provision', ...args], { timeout: patience })
}

/** Connects, binds, works, and unbinds whatever happened. */
async function withClient<Result>(
  url: string,
  ca: string,
  account: SambaDomain['administrator'],
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = new Client({ url, timeout: patience, tlsOptions: { ca } })
  try {
    await client.bind(account.dn, account.password)
    return await work(client)
  } finally {
    await client.unbind()
  }
}

/** What samba_spnupdate registers on a controller in service: without it there is no ticket for the directory. */
async function registerService(client: Client): Promise<void> {
  const modification = new Attribute({ type: 'servicePrincipalName', values: [`ldap/dc1.${dnsName}`] })
  await client.modify(
    `CN=DC1,OU=Domain Controllers,${baseDn}`,
    new Change({ operation: 'add', modification }),
  )
}

async function relaxPasswordPolicy(client: Client): Promise<void> {
  await replaceAttributes(client, baseDn, {
    pwdProperties: '0',
    minPwdLength: '0',
    pwdHistoryLength: '0',
    minPwdAge: '0',
    maxPwdAge: '-9223372036854775808',
    lockoutThreshold: '3',
  })
}
