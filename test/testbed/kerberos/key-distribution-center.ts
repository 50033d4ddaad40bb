import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { freePort } from '../server.ts'

/** MIT's, for one realm, on loopback. */
export interface KeyDistributionCenter extends AsyncDisposable {
  /** Where its clients find it, over TCP alone: `127.0.0.1:…`. */
  readonly address: string
  /** Has kadmin.local carry out a command. */
  administer(command: string): Promise<void>
  /** What it has logged so far. */
  log(): string
  /** Resolves once it has logged that. */
  untilLogged(pattern: RegExp): Promise<void>
}

export interface KeyDistributionCenterOptions {
  /** An empty one of its own, which goes when it ends. */
  readonly folder: string
  readonly realm: string
  /** Lines of `[libdefaults]`: see krb5.conf(5). */
  readonly libraryDefaults: readonly string[]
  /** Lines about the realm beside those that every realm needs: see kdc.conf(5). */
  readonly realmSettings: readonly string[]
}

const programs = '/usr/sbin'
const patience = 60_000
/** Runs it until the keeper's input ends, which the kernel sees to in whatever way this process ends; removes the rest. */
const keeper = '"$1" -n -r "$2" </dev/null & read -r end; kill $!; wait; rm -rf "$3"'

/** Asks no DNS, and only over TCP, where a lost packet costs no time: lines of `[libdefaults]` of whoever takes part. */
export function loopbackDefaults(realm: string): string[] {
  return [
    `default_realm = ${realm}`,
    'dns_lookup_realm = false',
    'dns_lookup_kdc = false',
    'dns_canonicalize_hostname = false',
    'rdns = false',
    'udp_preference_limit = 1',
  ]
}

/** Starts one with an empty database. Needs the programs of the Debian package krb5-kdc. */
export async function startKeyDistributionCenter(
  options: KeyDistributionCenterOptions,
): Promise<KeyDistributionCenter> {
  const { folder, realm, libraryDefaults, realmSettings } = options
  const file = (name: string) => path.join(folder, name)
  const address = `127.0.0.1:${await freePort()}`
  const settings = [
    `database_name = ${file('principal')}`,
    `key_stash_file = ${file('stash')}`,
    `acl_file = ${file('acl')}`,
    ...realmSettings,
  ]
  await writeFile(
    file('kdc.conf'),
    `[kdcdefaults]\nkdc_listen = ""\nkdc_tcp_listen = ${address}\n[realms]\n${realm} = {\n${settings.join('\n')}\n}\n`,
  )
  // Its own: in that of its clients it would find whom they trust, and trust them too.
  await writeFile(
    file('center.conf'),
    `[libdefaults]\n${libraryDefaults.join('\n')}\n[logging]\nkdc = STDERR\n`,
  )
  const { PATH = '' } = process.env
  const env = {
    PATH,
    LC_ALL: 'C',
    KRB5_CONFIG: file('center.conf'),
    KRB5_KDC_PROFILE: file('kdc.conf'),
    KRB5_TRACE: '/dev/stderr',
  }
  const run = (program: string, ...args: readonly string[]) =>
    promisify(execFile)(path.join(programs, program), ['-r', realm, ...args], { env, timeout: patience })
  await run('kdb5_util', '-P', 'a master password', 'create', '-s')

  const center = spawn('/bin/sh', ['-c', keeper, 'keeper', path.join(programs, 'krb5kdc'), realm, folder], {
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const closed = once(center, 'close')
  let logged = ''
  for (const stream of [center.stdout, center.stderr]) {
    createInterface({ input: stream }).on('line', line => {
      logged += `${line}\n`
      center.emit('logged')
    })
  }
  const untilLogged = async (pattern: RegExp) => {
    const late = AbortSignal.timeout(patience)
    while (!pattern.test(logged)) {
      await Promise.race([once(center, 'logged', { signal: late }), closed]).catch(() => undefined)
      if (late.aborted || center.exitCode !== null)
        throw new Error(`The KDC did not log ${pattern}:\n${logged}`)
    }
  }
  const stop = async () => {
    center.stdin.end()
    await closed
  }
  try {
    await untilLogged(/commencing operation/)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    address,
    log: () => logged,
    untilLogged,
    administer: async command => void (await run('kadmin.local', '-q', command)),
    [Symbol.asyncDispose]: stop,
  }
}
