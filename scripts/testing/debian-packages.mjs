import fs from 'node:fs'
import path from 'node:path'
import { runChild } from '../bootstrap/child.mjs'
import { tell } from '../bootstrap/problem.mjs'

/** What tests use besides npm packages: the Debian package, and a program that shows that it is there. */
const packages = [
  { name: 'openssl', program: 'openssl' },
  { name: 'gnutls-bin', program: 'certtool' },
  { name: 'postgresql', program: 'initdb' },
  { name: 'chromium', program: 'chromium' },
]

/**
 * Installs the Debian packages that tests need, where they are missing and where that is possible.
 * Resolves to the names of those that are still missing and whether an installation was tried and failed.
 */
export async function installDebianPackages() {
  const wanted = missingPackages()
  if (wanted.length === 0) return { missing: [], hasFailed: false }
  if (process.getuid?.() !== 0 || !isOnPath('apt-get')) return { missing: wanted, hasFailed: false }

  tell(`Installing ${wanted.join(', ')} …`)
  const isInstalled = (await apt('update')) && (await apt('install', '--no-install-recommends', ...wanted))
  return { missing: missingPackages(), hasFailed: !isInstalled }
}

function missingPackages() {
  return packages.filter(({ program }) => !isOnPath(program)).map(({ name }) => name)
}

async function apt(...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const result = await runChild('apt-get', ['-y', '-q', ...args], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  if (result.code !== 0) tell(`apt-get ${args[0]} failed:\n${result.stderr.trim()}`)
  return result.code === 0
}

function isOnPath(program) {
  const folders = (process.env.PATH ?? '')
    .split(path.delimiter)
    .concat('/usr/sbin', '/sbin', postgresqlFolders())
  return folders.some(folder => fs.existsSync(path.join(folder, program)))
}

/** Debian keeps the server's programs of each PostgreSQL version out of the PATH. */
function postgresqlFolders() {
  const base = '/usr/lib/postgresql'
  return fs.existsSync(base) ? fs.readdirSync(base).map(version => path.join(base, version, 'bin')) : []
}
