import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { holdsDevelopmentPackages, installedMode } from './installed-mode.mjs'
import { runNpm } from './npm.mjs'
import { modulesFolder, root } from './paths.mjs'
import { tell } from './problem.mjs'

const lockFile = path.join(root, 'package-lock.json')
const stampFile = path.join(modulesFolder, '.cardinal-stamp.json')

/** Whether node_modules holds what package-lock.json says; a development install also serves production. */
export function dependenciesAreInstalled(mode) {
  const stamp = readJson(stampFile)
  return stamp?.lock === hashOfLockFile() && serves(stamp.mode, mode)
}

/** Installs what is missing by package-lock.json and stamps the result. Never takes development packages away. */
export async function installDependencies(node, mode) {
  const record = readJson(path.join(modulesFolder, '.package-lock.json'))
  const present = installedMode(readJson(lockFile), record)
  if (present !== undefined && serves(present, mode)) return writeStamp(present)

  const wanted = holdsDevelopmentPackages(record) ? 'development' : mode
  tell(wanted === 'development' ? 'Installing dependencies for development …' : 'Installing dependencies …')
  const scope = wanted === 'development' ? '--include=dev' : '--omit=dev'
  // Not `npm ci`: it deletes node_modules under a server that runs, and refuses a lock file that lacks some other
  // platform's optional packages. `install --no-save` takes the same locked versions and leaves the lock file alone.
  await runNpm(node, ['install', '--no-save', scope], 'installing dependencies')
  writeStamp(wanted)
}

function serves(installed, wanted) {
  return installed === 'development' || installed === wanted
}

function writeStamp(mode) {
  fs.mkdirSync(modulesFolder, { recursive: true })
  fs.writeFileSync(stampFile, JSON.stringify({ lock: hashOfLockFile(), mode }))
}

function hashOfLockFile() {
  return createHash('sha256').update(fs.readFileSync(lockFile)).digest('hex')
}

function readJson(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'))
  } catch (error) {
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return undefined
    throw error
  }
}
