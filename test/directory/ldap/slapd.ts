import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { untilAccepting } from '../../testbed/samba/until-accepting.ts'
import { freePort } from '../../testbed/server.ts'

export interface Slapd {
  readonly url: string
  readonly administrator: { readonly bindDn: string; readonly password: string }
  stop(): Promise<void>
}

const program = '/usr/sbin/slapd'
const patience = 60_000

/**
 * Starts an OpenLDAP server of its own with these entries, on a free port of the loopback interface. It ends, and its
 * temporary folder is removed, when `stop` is called or this process dies.
 *
 * @param suffix `dc=contoso,dc=test`
 * @param ldif RFC 2849
 */
export async function startSlapd(suffix: string, ldif: string): Promise<Slapd> {
  if (!existsSync(program)) throw new Error('OpenLDAP is not installed (Debian: apt-get install slapd).')
  const folder = await mkdtemp(path.join(os.tmpdir(), 'cardinal-slapd-'))
  const administrator = { bindDn: `cn=admin,${suffix}`, password: 'of the tests' }
  const file = (name: string) => path.join(folder, name)
  await mkdir(file('data'))
  await writeFile(file('slapd.conf'), configuration(folder, suffix, administrator))
  await writeFile(file('people.ldif'), ldif)
  const load = ['-Tadd', '-q', '-f', file('slapd.conf'), '-l', file('people.ldif')]
  await promisify(execFile)(program, load, { timeout: patience })
  const port = await freePort()
  const url = `ldap://127.0.0.1:${port}`
  const server = spawn('/bin/sh', ['-c', keeper, 'keeper', folder, program, url], {
    // A Ctrl-C at the terminal is for the tests; the keeper notices their end and cleans up.
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  const ended = once(server, 'exit')
  let output = ''
  server.stderr.setEncoding('utf8').on('data', text => {
    output += text
  })
  await untilAccepting(server, { host: '127.0.0.1', port }, () => `OpenLDAP did not start:\n${output}`)
  const stop = async () => {
    server.stdin.end()
    await ended
  }
  return { url, administrator, stop }
}

/** Runs the server until its own input ends: the kernel closes that pipe even when the test process was killed. */
const keeper = `
  "$2" -d none -f "$1/slapd.conf" -h "$3" </dev/null &
  read -r _
  kill -KILL $!
  wait
  cd / && rm -rf "$1"`

function configuration(folder: string, suffix: string, administrator: Slapd['administrator']): string {
  return `
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/nis.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
sizelimit 100
database mdb
suffix "${suffix}"
rootdn "${administrator.bindDn}"
rootpw "${administrator.password}"
directory ${folder}/data
dbnosync
access to * by * read
`
}
