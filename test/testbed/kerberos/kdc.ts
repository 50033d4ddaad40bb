import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePort } from '../server.ts'

/** A realm of MIT Kerberos with one user, who is signed in, and services of one encryption type each. */
export interface MitRealm extends AsyncDisposable {
  /** With the keys of all services. */
  readonly keytabFile: string
  /** A ticket for `HTTP/<host>`, as a first token of SPNEGO that MIT's library makes. */
  makeToken(host: string, options?: TokenOptions): Promise<Buffer>
  /** Gives the service a new key, the keytab too; the user, signed in anew, gets a ticket under it. */
  renewKey(host: string): Promise<void>
  /** What other programs find the user's tickets by. */
  readonly environment: { readonly KRB5_CONFIG: string; readonly KRB5CCNAME: string }
}

export interface TokenOptions {
  /** What the client says of its TLS connection: the application data of channel bindings. */
  readonly bindings?: Uint8Array
  /** Whether the client says that it supports them, as Windows always does. */
  readonly isBindingAware?: boolean
}

export interface MitService {
  /** Of `HTTP/<host>`. */
  readonly host: string
  /** As in `aes256-cts-hmac-sha1-96`. */
  readonly encryptionType: string
  /** Of the key that client and service then share; like the service's own where it is left out. */
  readonly sessionEncryptionType?: string
}

const realm = 'CONTOSO.COM'
const programs = '/usr/sbin'
const password = 'the password of the user'
const patience = 15_000
/** Runs the KDC until its own input ends, which the kernel sees to in whatever way this process ends; removes the rest. */
const keeper = '"$1" -n -r "$2" </dev/null & read -r end; kill $!; wait; rm -rf "$3"'
const types = 'aes256-cts aes128-cts aes256-sha2 aes128-sha2 arcfour-hmac'

/** Starts it on a port of its own of the loopback. Needs the programs of the Debian packages krb5-kdc and krb5-user. */
export async function startMitRealm(user: string, services: readonly MitService[]): Promise<MitRealm> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'cardinal-kdc-'))
  const file = (name: string) => path.join(folder, name)
  const port = await freePort()
  await writeFile(file('client.conf'), configuration(port, false))
  await writeFile(file('aware.conf'), configuration(port, true))
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
  supported_enctypes = aes256-cts:normal
}
`,
  )
  const { PATH = '' } = process.env
  const environment = { KRB5_CONFIG: file('client.conf'), KRB5CCNAME: `FILE:${file('tickets')}` }
  const env = { PATH, LC_ALL: 'C', KRB5_KDC_PROFILE: file('kdc.conf'), ...environment }
  const run = (name: string, args: readonly string[], configuration = environment.KRB5_CONFIG) =>
    promisify(execFile)(name, args, { env: { ...env, KRB5_CONFIG: configuration }, timeout: patience })
  const [kadmin, keytabFile] = [`${programs}/kadmin.local`, file('service.keytab')]
  const administer = (command: string) => run(kadmin, ['-r', realm, '-q', command])
  const signIn = async () => {
    const signingIn = run('kinit', [user])
    signingIn.child.stdin?.end(`${password}\n`)
    await signingIn
  }

  const [source, program] = [new URL('make-bound-token.c', import.meta.url), file('make-bound-token')]
  const compile = ['-x', 'c', fileURLToPath(source), '-o', program, '-lgssapi_krb5']
  const compiled = run('g++', compile)
  compiled.catch(() => undefined)
  await run(`${programs}/kdb5_util`, ['-r', realm, '-P', 'a master password', 'create', '-s'])
  await administer(`add_principal -pw "${password}" ${user}`)
  for (const { host, encryptionType, sessionEncryptionType = encryptionType } of services) {
    const name = `HTTP/${host}`
    await administer(`add_principal -randkey -e ${encryptionType}:normal ${name}`)
    await administer(`set_string ${name} session_enctypes ${sessionEncryptionType}`)
    await administer(`ktadd -k ${keytabFile} -norandkey ${name}`)
  }
  const center = spawn('/bin/sh', ['-c', keeper, 'keeper', `${programs}/krb5kdc`, realm, folder], {
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const stop = async () => {
    const closed = once(center, 'close')
    center.stdin.end()
    await closed
  }
  try {
    await untilItServes(center)
    await Promise.all([signIn(), compiled])
  } catch (error) {
    await stop()
    throw error
  }
  return {
    keytabFile,
    environment,
    async renewKey(host) {
      const { encryptionType = '' } = services.find(service => service.host === host) ?? {}
      await administer(`change_password -randkey -e ${encryptionType}:normal HTTP/${host}`)
      await administer(`ktadd -k ${keytabFile} -norandkey HTTP/${host}`)
      await signIn()
    },
    async makeToken(host, { bindings, isBindingAware = false } = {}) {
      const hex = bindings === undefined ? [] : [Buffer.from(bindings).toString('hex')]
      const configuration = file(isBindingAware ? 'aware.conf' : 'client.conf')
      const { stdout } = await run(program, [`HTTP@${host}`, ...hex], configuration)
      return Buffer.from(stdout, 'hex')
    },
    [Symbol.asyncDispose]: stop,
  }
}

async function untilItServes(center: ChildProcess): Promise<void> {
  let logged = ''
  await new Promise<void>((resolve, reject) => {
    const fail = () => reject(new Error(`The KDC did not start:\n${logged}`))
    const timer = setTimeout(fail, patience)
    for (const stream of [center.stdout, center.stderr]) {
      if (stream === null) continue
      createInterface({ input: stream }).on('line', line => {
        logged += `${line}\n`
        if (!/commencing operation/.test(line)) return
        clearTimeout(timer)
        resolve()
      })
    }
  })
}

/** Asks no DNS, and only over TCP, where a lost packet costs no time. */
function configuration(port: number, isBindingAware: boolean): string {
  return `[libdefaults]
default_realm = ${realm}
dns_lookup_realm = false
dns_lookup_kdc = false
dns_canonicalize_hostname = false
rdns = false
udp_preference_limit = 1
default_tgs_enctypes = ${types}
default_tkt_enctypes = ${types}
permitted_enctypes = ${types}
allow_weak_crypto = true
allow_rc4 = true
client_aware_channel_bindings = ${isBindingAware}
[realms]
${realm} = {
  kdc = 127.0.0.1:${port}
}
[domain_realm]
localhost = ${realm}
.test = ${realm}
[logging]
kdc = STDERR
`
}
