import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { chown, mkdtemp } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'

export interface Postgresql {
  /** Makes a database, empty or a copy of another one that nobody is connected to; its URL. */
  createDatabase(template?: string): Promise<string>
  stop(): Promise<void>
}

const user = 'cardinal'
const patience = 60_000

/**
 * Starts a server of its own in a temporary folder. It listens on a socket in that folder only, and ends, and removes
 * the folder, when `stop` is called or this process dies, in whatever way.
 */
export async function startPostgresql(): Promise<Postgresql> {
  const programs = programFolder()
  const account = serverAccount()
  const folder = await mkdtemp(path.join(os.tmpdir(), 'cardinal-postgresql-'))
  if (account !== null) await chown(folder, account.uid, account.gid)
  const options = { cwd: folder, ...account, env: { PATH: `${programs}:/usr/bin:/bin`, LC_ALL: 'C' } }
  await promisify(execFile)(
    path.join(programs, 'initdb'),
    ['--no-sync', '--auth=trust', `--username=${user}`, '--encoding=UTF8', '--locale=C', '--pgdata=data'],
    { ...options, timeout: patience },
  )
  const server = spawn('/bin/sh', ['-c', keeper, 'keeper', folder], {
    ...options,
    // A Ctrl-C at the terminal is for the tests; the keeper notices their end and cleans up.
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  const ended = once(server, 'exit')
  await untilReady(server)
  const url = (database: string) => `postgres:///${database}?host=${encodeURIComponent(folder)}&user=${user}`
  let databases = 0
  return {
    async createDatabase(template) {
      const name = `test_${++databases}`
      const from = template === undefined ? 'template0' : new URL(template).pathname.slice(1)
      await execute(url('postgres'), `create database ${name} template ${from}`)
      return url(name)
    },
    async stop() {
      server.stdin.end()
      await ended
    },
  }
}

/**
 * Runs the server until its own input ends: the kernel closes that pipe even when the test process was killed.
 * Nothing needs to survive, so the server neither syncs nor shuts down tidily. It looks for deadlocks at once, not
 * after a second.
 */
const keeper = `
  postgres -D "$1/data" -k "$1" -h '' -c fsync=off -c full_page_writes=off \
    -c max_connections=200 -c deadlock_timeout=20ms </dev/null &
  read -r _
  kill -QUIT $!
  wait
  cd / && rm -rf "$1"`

async function untilReady(server: ChildProcess): Promise<void> {
  let output = ''
  const late = AbortSignal.timeout(patience)
  await new Promise<void>((resolve, reject) => {
    const fail = () => reject(new Error(`PostgreSQL did not start:\n${output}`))
    late.addEventListener('abort', fail)
    server.once('exit', fail)
    server.stderr?.setEncoding('utf8').on('data', text => {
      output += text
      if (output.includes('ready to accept connections')) {
        late.removeEventListener('abort', fail)
        server.stderr?.removeAllListeners('data').resume()
        resolve()
      }
    })
  })
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(sql).finally(() => client.end())
}

/** Debian keeps the programs of each version in a folder of their own. */
function programFolder(): string {
  const base = '/usr/lib/postgresql'
  const versions = existsSync(base) ? readdirSync(base).sort((a, b) => Number(b) - Number(a)) : []
  const { PATH: programPath = '' } = process.env
  const candidates = [
    ...versions.map(version => path.join(base, version, 'bin')),
    ...programPath.split(path.delimiter),
  ]
  const found = candidates.find(candidate => existsSync(path.join(candidate, 'initdb')))
  if (found === undefined)
    throw new Error('PostgreSQL is not installed (Debian: apt-get install postgresql).')
  return found
}

/** PostgreSQL refuses to run as root; Debian's package brings a user for it. */
function serverAccount(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null
  const entry = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map(line => line.split(':'))
    .find(([name]) => name === 'postgres')
  if (entry === undefined) throw new Error('There is no user "postgres" to run PostgreSQL as.')
  return { uid: Number(entry[2]), gid: Number(entry[3]) }
}
