import path from 'node:path'
import { runChild } from './child.mjs'
import { root } from './paths.mjs'
import { Problem } from './problem.mjs'

/** npm's own pauses between attempts add up to more than a minute before it says that there is no network. */
const briefRetries = ['--fetch-retry-mintimeout=500', '--fetch-retry-maxtimeout=2000']

/**
 * Runs npm with the given Node. Prints nothing; throws a Problem that says what failed and what to do.
 * No package's scripts run. Of the options, env adds to the environment, command is what npm shall run, and explain may
 * know more of what was said than this does.
 */
export async function runNpm(node, args, purpose, options = {}) {
  const npm = findNpm(node)
  const command = options.command === undefined ? [] : ['--', ...options.command]
  const env = { ...process.env, ...options.env }
  const pathKey = Object.keys(env).find(key => key.toUpperCase() === 'PATH') ?? 'PATH'
  // npm and the programs that it starts find the Node that will run the server, not the machine's older one.
  env[pathKey] = [path.dirname(node), env[pathKey]].filter(Boolean).join(path.delimiter)

  const always = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error', ...briefRetries]
  const result = await runChild(npm.command, [...npm.leading, ...args, ...always, ...command], {
    cwd: root,
    env,
    shell: npm.shell,
    stdio: ['ignore', 'ignore', 'pipe'],
  }).catch(error => {
    throw error.code === 'ENOENT' ? npmIsMissing() : error
  })
  if (result.code === 0) return
  const known = options.explain?.(result.stderr)
  throw new Problem(known === undefined ? explain(result, purpose) : `${purpose} failed: ${known}`)
}

function findNpm(node) {
  const given = process.env.npm_execpath
  if (given !== undefined && path.basename(given) === 'npm-cli.js') {
    return { command: node, leading: [given], shell: false }
  }
  // Windows starts .cmd files only through a shell; every argument here is ours and needs no quoting.
  return process.platform === 'win32'
    ? { command: 'npm.cmd', leading: [], shell: true }
    : { command: 'npm', leading: [], shell: false }
}

function npmIsMissing() {
  return new Problem(
    'npm was not found. It comes with Node (https://nodejs.org/); on Debian and Ubuntu: apt-get install npm.',
  )
}

const causes = [
  [/ENOSPC/, 'the disk is full. Make room and start again.'],
  [/EACCES|EPERM|EROFS/, `${root} cannot be written to. Start once as the user who owns it.`],
  [
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT|ENOTCACHED/,
    'the npm registry cannot be reached. Check the network and the proxy (npm config get registry, npm config get proxy) and start again.',
  ],
  [
    /CERT|SELF_SIGNED|UNABLE_TO_VERIFY/,
    'the certificate of the npm registry is not trusted here. Where a proxy replaces it, name its root in NODE_EXTRA_CA_CERTS.',
  ],
  [/ETARGET|E404/, 'the npm registry in use does not have it. Check npm config get registry.'],
  [/E401|E403/, 'the npm registry refused access. Check the registry and its token in .npmrc.'],
]

function explain({ code, signal, stderr }, purpose) {
  const failed = `${purpose} failed: `
  if (signal !== null) return `${failed}npm was stopped by ${signal}.`
  const cause = causes.find(([pattern]) => pattern.test(stderr))
  if (cause !== undefined) return failed + cause[1]
  const said = stderr
    .split('\n')
    .filter(line => line.trim() !== '')
    .slice(0, 6)
  return [`${failed}npm ended with code ${code} and said:`, ...said].join('\n  ')
}
