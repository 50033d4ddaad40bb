import fs from 'node:fs'
import path from 'node:path'
import { runChild } from '../bootstrap/child.mjs'
import { tell } from '../bootstrap/problem.mjs'

/**
 * What tests use besides npm packages: the Debian package, the programs that tests run, and what goes with it. Where one
 * program is missing, all of its line is installed. Tests are left out by the package's name.
 */
const packages = [
  { name: 'g++', programs: ['g++', 'make', 'python3'], with: ['make', 'python3'] },
  { name: 'libkrb5-dev', programs: ['krb5-config'] },
  { name: 'libpcsclite-dev', programs: ['pcsc-spy'] },
  { name: 'curl', programs: ['curl'] },
  { name: 'git', programs: ['git'] },
  { name: 'openssl', programs: ['openssl'] },
  { name: 'gnutls-bin', programs: ['certtool'] },
  {
    name: 'softhsm2',
    programs: ['softhsm2-util', 'pkcs11-tool'],
    with: ['opensc', 'libengine-pkcs11-openssl'],
  },
  { name: 'libnss3-tools', programs: ['certutil', 'tstclnt'] },
  { name: 'postgresql', programs: ['initdb'] },
  { name: 'chromium', programs: ['chromium'] },
  { name: 'systemd', programs: ['systemd-analyze'] },
  {
    name: 'samba',
    programs: ['samba', 'samba-tool', 'setfattr', 'kinit', 'ldapmodify'],
    with: [
      'samba-ad-provision',
      'samba-dsdb-modules',
      'samba-vfs-modules',
      'python3-samba',
      'attr',
      'krb5-user',
      'ldap-utils',
    ],
  },
  { name: 'slapd', programs: ['slapd'] },
  {
    name: 'krb5-kdc',
    programs: ['krb5kdc', 'kadmin.local', 'kinit'],
    with: ['krb5-admin-server', 'krb5-pkinit', 'krb5-user'],
  },
  {
    name: 'swtpm',
    programs: ['swtpm', 'tpm2_create'],
    with: ['tpm2-tools', 'libtss2-tcti-swtpm0'],
  },
  {
    name: 'pcscd',
    programs: ['pcscd', 'vpcd-config', 'gids-tool', 'yubico-piv-tool', 'ip', 'sshd', 'ssh'],
    with: [
      'vsmartcard-vpcd',
      'opensc',
      'libengine-pkcs11-openssl',
      'iproute2',
      'yubico-piv-tool',
      'python3-ykman',
      'openssh-server',
      'openssh-client',
    ],
  },
]

/**
 * Installs the Debian packages that tests need, where they are missing and where that is possible.
 * Resolves to the names of those that are still missing and whether an installation was tried and failed.
 */
export async function installDebianPackages() {
  const wanted = missingPackages()
  const names = wanted.map(({ name }) => name)
  if (wanted.length === 0) return { missing: [], hasFailed: false }
  if (process.getuid?.() !== 0 || !isOnPath('apt-get')) return { missing: names, hasFailed: false }

  tell(`Installing ${names.join(', ')} …`)
  const all = wanted.flatMap(({ name, with: others = [] }) => [name, ...others])
  const isInstalled =
    (await apt('update')) && (await withoutServices(() => apt('install', '--no-install-recommends', ...all)))
  return { missing: missingPackages().map(({ name }) => name), hasFailed: !isInstalled }
}

function missingPackages() {
  return packages.filter(({ programs }) => !programs.every(isOnPath))
}

const servicePolicy = '/usr/sbin/policy-rc.d'

/** Some of the packages would start a server on every address; Debian's policy file forbids that while it is there. */
async function withoutServices(install) {
  if (fs.existsSync(servicePolicy) || !isWritable(path.dirname(servicePolicy))) return await install()
  fs.writeFileSync(servicePolicy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    return await install()
  } finally {
    fs.rmSync(servicePolicy)
  }
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

function isWritable(folder) {
  try {
    fs.accessSync(folder, fs.constants.W_OK)
    return true
  } catch {
    return false
  }
}
