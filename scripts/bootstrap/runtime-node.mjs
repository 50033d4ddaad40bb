import fs from 'node:fs'
import path from 'node:path'
import { runChild } from './child.mjs'
import { isRecentEnough, releaseFor, runsOnMusl } from './node-release.mjs'
import { runNpm } from './npm.mjs'
import { runtimeFolder } from './paths.mjs'
import { Problem, tell } from './problem.mjs'

/** The Node that runs the server: our own where it is recent enough, else the installed one; undefined where it has yet to be installed. */
export function findRuntime() {
  if (isRecentEnough(process.versions.node)) return process.execPath
  // Installed with an older Node on the very same machine: asking for its C library costs time at each start.
  return findInstalled(release({ isMusl: false }))
}

/** Installs the runtime Node from the npm registry and returns the path of its executable. */
export async function installRuntime() {
  const wanted = release({ isMusl: runsOnMusl() })
  tell(`Installing Node ${wanted.version} into .node (this machine has ${process.versions.node}) …`)
  // The platform package itself, not the package `node`: that one is an install script that does this,
  // and newer versions of npm run no install script that was not approved.
  const specifier = `${wanted.name}@${wanted.version}`
  const args = ['install', '--prefix', runtimeFolder, '--no-save', '--no-package-lock', specifier]
  await runNpm(process.execPath, args, `installing Node ${wanted.version}`)

  const executable = findInstalled(wanted)
  if (executable === undefined)
    throw new Problem(`npm installed ${specifier}, but ${runtimeFolder} does not hold it.`)
  const trial = await runChild(executable, ['--version'], { stdio: ['ignore', 'ignore', 'pipe'] })
  if (trial.code !== 0) {
    throw new Problem(
      `Node ${wanted.version} does not run on this system: ${trial.stderr.trim()}\n` +
        'Install a Node of version 24 or newer from your distribution and start again.',
    )
  }
  return executable
}

function release({ isMusl }) {
  const { platform, arch, versions } = process
  return releaseFor({ platform, arch, isMusl, nodeVersion: versions.node })
}

function findInstalled({ name, version }) {
  const folder = path.join(runtimeFolder, 'node_modules', name)
  try {
    const manifest = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'))
    if (manifest.version !== version) return undefined
    const executable = path.join(folder, manifest.bin.node)
    return fs.existsSync(executable) ? executable : undefined
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}
