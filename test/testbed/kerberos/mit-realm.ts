import { execFile } from 'node:child_process'
import { mkdtemp, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { loopbackDefaults, startKeyDistributionCenter } from './key-distribution-center.ts'

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
const password = 'the password of the user'
const patience = 60_000
const types = 'aes256-cts aes128-cts aes256-sha2 aes128-sha2 arcfour-hmac'
const libraryDefaults = [
  ...loopbackDefaults(realm),
  ...['default_tgs_enctypes', 'default_tkt_enctypes', 'permitted_enctypes'].map(name => `${name} = ${types}`),
  'allow_weak_crypto = true',
  'allow_rc4 = true',
]

/** Starts it on a port of its own of the loopback. Needs the programs of the Debian packages krb5-kdc and krb5-user. */
export async function startMitRealm(user: string, services: readonly MitService[]): Promise<MitRealm> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'cardinal-kdc-'))
  const file = (name: string) => path.join(folder, name)
  const [source, program] = [new URL('make-bound-token.c', import.meta.url), file('make-bound-token')]
  const compile = ['-x', 'c', fileURLToPath(source), '-o', program, '-lgssapi_krb5']
  const compiled = promisify(execFile)('g++', compile, { timeout: patience })
  compiled.catch(() => undefined)
  const realmSettings = ['supported_enctypes = aes256-cts:normal']
  const center = await startKeyDistributionCenter({ folder, realm, libraryDefaults, realmSettings })
  const { address, administer } = center
  const environment = { KRB5_CONFIG: file('client.conf'), KRB5CCNAME: `FILE:${file('tickets')}` }
  const { PATH = '' } = process.env
  const run = (name: string, args: readonly string[], configuration = environment.KRB5_CONFIG) =>
    promisify(execFile)(name, args, {
      env: { PATH, LC_ALL: 'C', ...environment, KRB5_CONFIG: configuration },
      timeout: patience,
    })
  const signIn = async () => {
    const signingIn = run('kinit', [user])
    signingIn.child.stdin?.end(`${password}\n`)
    await signingIn
  }
  const keytabFile = file('service.keytab')

  try {
    await writeFile(file('client.conf'), configuration(address, false))
    await writeFile(file('aware.conf'), configuration(address, true))
    await administer(`add_principal -pw "${password}" ${user}`)
    for (const { host, encryptionType, sessionEncryptionType = encryptionType } of services) {
      const name = `HTTP/${host}`
      await administer(`add_principal -randkey -e ${encryptionType}:normal ${name}`)
      await administer(`set_string ${name} session_enctypes ${sessionEncryptionType}`)
      await administer(`ktadd -k ${keytabFile} -norandkey ${name}`)
    }
    await Promise.all([signIn(), compiled])
  } catch (error) {
    await center[Symbol.asyncDispose]()
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
    [Symbol.asyncDispose]: () => center[Symbol.asyncDispose](),
  }
}

function configuration(address: string, isBindingAware: boolean): string {
  return `[libdefaults]
${libraryDefaults.join('\n')}
client_aware_channel_bindings = ${isBindingAware}
[realms]
${realm} = {
  kdc = ${address}
}
[domain_realm]
localhost = ${realm}
.test = ${realm}
`
}
