import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { freePort } from '../../testbed/server.ts'
import { run } from '../command.ts'

/** A realm of MIT Kerberos whose users sign in by certificate (RFC 4556). */
export interface KeyDistributionCenter {
  /** KRB5_CONFIG of its clients. */
  readonly clientConfiguration: string
  /** What it has logged so far. */
  log(): string
  stop(): Promise<void>
}

export interface RealmOptions {
  /** MIT compares the user principal name's domain with it, case and all. */
  readonly realm: string
  readonly user: string
  /** PEM files of those who certify the users. */
  readonly root: string
  readonly issuingAuthority: string
  /** Whom the KDC trusts instead of that root. */
  readonly trustedRoot?: string
}

const programs = '/usr/sbin'
const patience = 15_000

export async function startKeyDistributionCenter(options: RealmOptions): Promise<KeyDistributionCenter> {
  const { realm, user, root, issuingAuthority } = options
  const folder = await mkdtemp(join(tmpdir(), 'cardinal-kdc-'))
  const file = (name: string) => join(folder, name)
  const port = await freePort()
  await certifyCenter(folder, realm)
  const ownIdentity = `FILE:${file('kdc.pem')},${file('kdc.key')}`
  await writeFile(
    file('client.conf'),
    clientConfiguration(realm, port, [file('center-ca.pem'), root], issuingAuthority),
  )
  await writeFile(
    file('kdc.conf'),
    `[kdcdefaults]
kdc_listen = 127.0.0.1:${port}
kdc_tcp_listen = 127.0.0.1:${port}
[realms]
${realm} = {
  database_name = ${file('principal')}
  key_stash_file = ${file('stash')}
  acl_file = ${file('acl')}
  pkinit_identity = ${ownIdentity}
  pkinit_anchors = FILE:${file('center-ca.pem')}
  pkinit_anchors = FILE:${options.trustedRoot ?? root}
  pkinit_pool = FILE:${issuingAuthority}
  pkinit_eku_checking = scLogin
  pkinit_allow_upn = true
}
`,
  )
  // Its own: it would trust whom its clients trust, too.
  await writeFile(file('center.conf'), `${librarySettings(realm)}[logging]\nkdc = STDERR\n`)
  const environment = [`KRB5_CONFIG=${file('center.conf')}`, `KRB5_KDC_PROFILE=${file('kdc.conf')}`]
  await succeed(
    'env',
    ...environment,
    `${programs}/kdb5_util`,
    '-r',
    realm,
    '-P',
    'a master password',
    'create',
    '-s',
  )
  const add = `add_principal -nokey +requires_preauth ${user}@${realm}`
  await succeed('env', ...environment, `${programs}/kadmin.local`, '-r', realm, '-q', add)
  const center = spawn(
    'env',
    [...environment, 'KRB5_TRACE=/dev/stderr', `${programs}/krb5kdc`, '-n', '-r', realm],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  const exited = once(center, 'exit')
  let logged = ''
  const started = new Promise<void>((resolve, reject) => {
    const fail = () => reject(new Error(`The KDC did not start:\n${logged}`))
    const timer = setTimeout(fail, patience)
    center.once('exit', fail)
    for (const stream of [center.stdout, center.stderr]) {
      createInterface({ input: stream }).on('line', line => {
        logged += `${line}\n`
        if (!/commencing operation/.test(line)) return
        clearTimeout(timer)
        center.off('exit', fail)
        resolve()
      })
    }
  })
  const stop = async () => {
    center.kill('SIGTERM')
    await exited
    await rm(folder, { recursive: true })
  }
  await started
  return { clientConfiguration: file('client.conf'), log: () => logged, stop }
}

function librarySettings(realm: string): string {
  return `[libdefaults]
default_realm = ${realm}
dns_lookup_realm = false
dns_lookup_kdc = false
dns_canonicalize_hostname = false
udp_preference_limit = 1
`
}

function clientConfiguration(
  realm: string,
  port: number,
  anchors: readonly string[],
  issuingAuthority: string,
): string {
  return `${librarySettings(realm)}[realms]
${realm} = {
  kdc = 127.0.0.1:${port}
${anchors.map(anchor => `  pkinit_anchors = FILE:${anchor}\n`).join('')}  pkinit_pool = FILE:${issuingAuthority}
}
`
}

/** RFC 4556 §3.2.4: the extended key usage of a KDC, and its principal in the subject's alternative names. */
async function certifyCenter(folder: string, realm: string): Promise<void> {
  const file = (name: string) => join(folder, name)
  const newKey = ['-newkey', 'rsa:2048', '-nodes']
  const authority = ['-keyout', file('center-ca.key'), '-out', file('center-ca.pem')]
  await succeed('openssl', 'req', '-x509', ...newKey, '-subj', '/CN=Center CA', '-days', '2', ...authority)
  await writeFile(
    file('kdc.cnf'),
    `extendedKeyUsage = 1.3.6.1.5.2.3.5
keyUsage = digitalSignature, keyEncipherment
subjectAltName = otherName:1.3.6.1.5.2.2;SEQUENCE:principal
[principal]
realm = EXP:0, GeneralString:${realm}
name = EXP:1, SEQUENCE:name
[name]
type = EXP:0, INTEGER:2
parts = EXP:1, SEQUENCE:parts
[parts]
service = GeneralString:krbtgt
realm = GeneralString:${realm}
`,
  )
  const request = ['-keyout', file('kdc.key'), '-out', file('kdc.csr')]
  await succeed('openssl', 'req', ...newKey, '-subj', '/CN=kdc', ...request)
  const signer = [
    '-CA',
    file('center-ca.pem'),
    '-CAkey',
    file('center-ca.key'),
    '-CAcreateserial',
    '-days',
    '2',
  ]
  const result = ['-extfile', file('kdc.cnf'), '-in', file('kdc.csr'), '-out', file('kdc.pem')]
  await succeed('openssl', 'x509', '-req', ...signer, ...result)
}

async function succeed(program: string, ...args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await run(program, ...args)
  if (code !== 0) throw new Error(`${program} ${args.join(' ')}: ${stdout}${stderr}`)
}
