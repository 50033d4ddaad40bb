import fs from 'node:fs'
import path from 'node:path'
import { runChild } from './child.mjs'
import { runNpm } from './npm.mjs'
import { modulesFolder, root } from './paths.mjs'
import { Problem } from './problem.mjs'

/** What each optional native package is good for, and what Debian packages its source needs beside the compiler. */
const knownAddOns = {
  kerberos: { ability: 'signing in by Kerberos tickets', packages: ['libkrb5-dev'] },
  smartcard: { ability: 'card readers', packages: ['libpcsclite-dev'] },
}

const compiler = ['g++', 'make', 'python3']

/** The optional packages of this checkout. */
export function addOnNames() {
  const manifest = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'))
  return Object.keys(manifest.optionalDependencies ?? {})
}

/** The Debian packages that an add-on is built with. */
export function packagesOfAddOn(name) {
  return [...compiler, ...(knownAddOns[name]?.packages ?? [])]
}

export function abilityOfAddOn(name) {
  return knownAddOns[name]?.ability ?? name
}

/**
 * Builds an optional native package from the source that package-lock.json locked and npm installed, for the given
 * Node. Resolves to 'built', or to 'present' where it works already. Throws a Problem that says what is missing.
 */
export async function buildAddOn(node, name) {
  if (!fs.existsSync(path.join(modulesFolder, name, 'package.json'))) {
    throw new Problem(`${name} is not installed. Run npm install without --omit=optional, then try again.`)
  }
  if ((await faultOf(node, name)) === null) return 'present'
  // Not `npm rebuild`: that runs the package's own script, which may fetch a binary instead, and asks for an approval.
  await runNpm(node, ['explore', name], `building ${name}`, {
    command: ['node-gyp', 'rebuild'],
    env: buildEnvironment(node),
    explain: stderr => explain(name, stderr),
  })
  const fault = await faultOf(node, name)
  if (fault !== null) throw new Problem(`${name} was built and cannot be loaded: ${fault}`)
  return 'built'
}

/** Why the package cannot be loaded; null where it can. */
async function faultOf(node, name) {
  const load = `try { require(${JSON.stringify(name)}) } catch (error) { console.error(error.message); process.exit(1) }`
  const { code, stderr } = await runChild(node, ['-e', load], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  return code === 0 ? null : (stderr.trim().split('\n', 1)[0] ?? '')
}

/** The headers are those that came with the Node, where they did; otherwise node-gyp fetches them. */
function buildEnvironment(node) {
  const folder = path.resolve(path.dirname(fs.realpathSync(node)), '..')
  const hasHeaders = fs.existsSync(path.join(folder, 'include', 'node', 'node_api.h'))
  return hasHeaders ? { npm_config_nodedir: folder, npm_package_config_node_gyp_nodedir: folder } : {}
}

const missing = [
  [/fatal error: (\S+): No such file/, file => `the header ${file} is missing`],
  [/find Python|python3?: (command )?not found/i, () => 'Python is missing'],
  [/not found: make|make: (command )?not found/, () => 'make is missing'],
  [
    /(?:g\+\+|c\+\+|cc): (?:command )?not found|(?:g\+\+|c\+\+): No such file/,
    () => 'the C++ compiler is missing',
  ],
  [
    /nodejs\.org|related to network connectivity/,
    () => "Node's headers could not be fetched from nodejs.org",
  ],
]

function explain(name, stderr) {
  for (const [pattern, say] of missing) {
    const match = pattern.exec(stderr)
    if (match === null) continue
    const packages = packagesOfAddOn(name).join(' ')
    return `${say(match[1])}. On Debian and Ubuntu: apt-get install ${packages}; then try again.`
  }
  return undefined
}
