import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'

/** What a room may import. `rooms` names rooms, or folders of one; '*' stands for all of them. */
interface Room {
  readonly rooms: readonly string[]
  /** Modules of Node, without `node:`. */
  readonly node: readonly string[]
  readonly packages: readonly string[]
  readonly readsEnvironment?: true
}

const foundations = ['x509', 'card', 'domain']

const map: Readonly<Record<string, Room>> = {
  domain: { rooms: [], node: [], packages: [] },
  x509: { rooms: [], node: ['crypto', 'buffer'], packages: [] },
  card: { rooms: [], node: ['crypto', 'buffer', 'zlib'], packages: [] },
  workflows: { rooms: foundations, node: ['crypto'], packages: ['typebox'] },
  store: { rooms: ['workflows/ports', ...foundations], node: ['*'], packages: ['kysely', 'pg'] },
  ca: { rooms: ['workflows/ports', ...foundations], node: ['*'], packages: [] },
  directory: { rooms: ['workflows/ports', ...foundations], node: ['*'], packages: ['ldapts'] },
  identity: {
    rooms: ['workflows/ports', ...foundations],
    node: ['*'],
    packages: ['jose', 'openid-client', 'kerberos'],
  },
  http: { rooms: ['workflows', 'domain'], node: ['*'], packages: ['fastify', '@fastify/*', 'typebox'] },
  client: { rooms: foundations, node: ['*'], packages: ['smartcard'] },
  portal: { rooms: [], node: [], packages: [] },
  config: { rooms: [], node: ['path', 'fs'], packages: [], readsEnvironment: true },
  cli: { rooms: ['*'], node: ['*'], packages: ['pino'], readsEnvironment: true },
}

/** Files outside src that one file reads: the version. */
const outsideFiles: Readonly<Record<string, string>> = { 'cli/version.ts': '../package.json' }

const longestFile = 300

/** Longer files, each with the reason why parting it would make it harder to read. */
const longFiles: Readonly<Record<string, string>> = {
  'x509/der/der-reader.ts':
    'one cursor whose methods share its private position; every method is one DER type',
}

const emptyNames = ['utils', 'util', 'helpers', 'helper', 'common', 'shared', 'misc', 'index']

/** Source text by path below src. */
type Tree = ReadonlyMap<string, string>

test('every import in src is an arrow on the map', () => assert.deepEqual(findFaults(readTree()), []))

function readTree(): Tree {
  const root = path.join(import.meta.dirname, '..', 'src')
  const entries = fs
    .readdirSync(root, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
  const files = entries.map(entry => path.join(entry.parentPath, entry.name))
  const sources = files.filter(file => /\.[cm]?[jt]sx?$/.test(file))
  return new Map(
    sources.map(file => [path.relative(root, file).replaceAll(path.sep, '/'), fs.readFileSync(file, 'utf8')]),
  )
}

function findFaults(tree: Tree): string[] {
  const faults: string[] = []
  for (const [file, source] of tree) {
    const room = map[roomOf(file)]
    if (room === undefined || !file.includes('/')) faults.push(`${file}: is in no room of the map`)
    else {
      const code = withoutComments(source)
      faults.push(...importFaults(file, room, code, tree).map(fault => `${file}: ${fault}`))
      faults.push(...environmentFaults(room, code).map(fault => `${file}: ${fault}`))
    }
    faults.push(...shapeFaults(file, source).map(fault => `${file}: ${fault}`))
  }
  faults.push(...findCycles(tree), ...findFolderCycles(tree))
  return faults
}

function importFaults(file: string, room: Room, code: string, tree: Tree): string[] {
  const faults = specifiersOf(code).flatMap(specifier => {
    const isAllowed = specifier.startsWith('.')
      ? allowsFile(file, room, resolve(file, specifier), tree)
      : allowsModule(room, specifier)
    return isAllowed ? [] : [`must not import ${specifier}`]
  })
  if (/\bimport\s*\((?!\s*['"])/.test(code))
    faults.push('imports by a computed name, which cannot be checked')
  if (/\b(createRequire|require)\s*\(/.test(code)) faults.push('imports by require')
  return faults
}

function allowsFile(file: string, room: Room, target: string, tree: Tree): boolean {
  if (outsideFiles[file] === target) return true
  if (!tree.has(target)) return false
  const isOwn = roomOf(target) === roomOf(file)
  return isOwn || room.rooms.some(each => each === '*' || target.startsWith(`${each}/`))
}

function allowsModule(room: Room, specifier: string): boolean {
  if (specifier.startsWith('node:'))
    return room.node.some(each => each === '*' || specifier === `node:${each}`)
  const parts = specifier.split('/')
  const name = parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
  return room.packages.some(each => each === name || each === `${parts[0]}/*`)
}

function environmentFaults(room: Room, code: string): string[] {
  if (room.readsEnvironment === true) return []
  const readsIt =
    /\bprocess\s*(\?\.|\.)\s*env\b|\bprocess\s*\[|=\s*process\s*$|['"](node:)?process['"]|\bloadEnvFile\b/m
  return readsIt.test(code) ? ['reads the environment, which only config and cli do'] : []
}

function shapeFaults(file: string, source: string): string[] {
  const faults: string[] = []
  for (const name of file.replace(/\.[^/.]+$/, '').split('/')) {
    if (emptyNames.includes(name.toLowerCase()) || /-(utils?|helpers?)$/.test(name)) {
      faults.push(`“${name}” does not say what is in it`)
    }
  }
  const lines = source.trimEnd().split('\n').length
  if (lines > longestFile && longFiles[file] === undefined)
    faults.push(`has ${lines} lines, ${longestFile} are enough`)
  return faults
}

/** Every cycle of files once, as the path around it; a type-only import counts. */
function findCycles(tree: Tree): string[] {
  const cycles: string[] = []
  const finished = new Set<string>()
  const visit = (file: string, trail: readonly string[]): void => {
    const start = trail.indexOf(file)
    if (start >= 0) cycles.push(`cycle: ${[...trail.slice(start), file].join(' → ')}`)
    if (start >= 0 || finished.has(file)) return
    const targets = specifiersOf(withoutComments(tree.get(file) ?? '')).map(specifier =>
      resolve(file, specifier),
    )
    for (const target of new Set(targets)) if (tree.has(target)) visit(target, [...trail, file])
    finished.add(file)
  }
  for (const file of tree.keys()) visit(file, [])
  return cycles
}

/** Folders that lie side by side and import each other, directly or through others. */
function findFolderCycles(tree: Tree): string[] {
  const arrows = new Map<string, Set<string>>()
  for (const [file, source] of tree) {
    for (const specifier of specifiersOf(withoutComments(source))) {
      const sides = foldersApart(file, resolve(file, specifier))
      if (sides === null) continue
      const [from, to] = sides
      arrows.set(from, (arrows.get(from) ?? new Set()).add(to))
    }
  }
  const circles = [...arrows.keys()].map(from =>
    [...reachable(arrows, from)].filter(each => reachable(arrows, each).has(from)).sort(),
  )
  const faults = circles
    .filter(({ length }) => length > 0)
    .map(each => `cycle of folders: ${each.join(', ')}`)
  return [...new Set(faults)]
}

/** The two folders below the last that both files are in; null where one of the files lies in that itself. */
function foldersApart(file: string, target: string): [from: string, to: string] | null {
  const [from, to] = [file.split('/'), target.split('/')]
  const depth = from.findIndex((part, index) => part !== to[index])
  if (depth < 0 || depth === from.length - 1 || depth >= to.length - 1) return null
  return [from.slice(0, depth + 1).join('/'), to.slice(0, depth + 1).join('/')]
}

function reachable(arrows: ReadonlyMap<string, ReadonlySet<string>>, start: string): Set<string> {
  const found = new Set<string>()
  const waiting = [start]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const target of arrows.get(next) ?? []) {
      if (!found.has(target)) waiting.push(target)
      found.add(target)
    }
  }
  return found
}

/** What a file imports or exports from: static, type-only, for its effect, dynamic, and as a type in place. */
function specifiersOf(code: string): string[] {
  const statements = [
    /^\s*(?:import|export)\b[^'"]*?\bfrom\s*['"]([^'"]+)['"]/gm,
    /^\s*import\s*['"]([^'"]+)['"]/gm,
    /\bimport\s*\(\s*['"]([^'"]+)['"]/g,
    /\bimport\.meta\.resolve\s*\(\s*['"]([^'"]+)['"]/g,
  ]
  return statements.flatMap(pattern => [...code.matchAll(pattern)].map(match => match[1] ?? ''))
}

/** Strings are matched too, so that `//` and `/*` inside of them do not count as comments. */
function withoutComments(source: string): string {
  const tokens = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g
  return source.replace(tokens, token => (token.startsWith('/') ? ' ' : token))
}

function resolve(file: string, specifier: string): string {
  return path.posix.join(path.posix.dirname(file), specifier)
}

function roomOf(file: string): string {
  return file.split('/')[0] ?? file
}

/** A small tree in which each case puts one more file. */
const soundTree: readonly [string, string][] = [
  ['domain/request.ts', 'export const request = 1\n'],
  ['x509/certificate.ts', "import { createHash } from 'node:crypto'\n"],
  ['workflows/ports/clock.ts', "import type { Request } from '../../domain/request.ts'\n"],
  [
    'workflows/issue.ts',
    "import { Type } from 'typebox/value'\nimport type { Clock } from './ports/clock.ts'\n",
  ],
  [
    'store/requests.ts',
    "import { Kysely } from 'kysely'\nimport type { Clock } from '../workflows/ports/clock.ts'\n",
  ],
  ['http/application.ts', "import fastify from 'fastify'\nimport { issue } from '../workflows/issue.ts'\n"],
  ['http/v1/old.ts', 'export const a = 1\n'],
  ['http/v2/old.ts', "import { a } from '../v1/old.ts'\n"],
  ['cli/cardinal.ts', "const { store } = await import('../store/requests.ts')\nprocess.env['HOME']\n"],
  ['cli/version.ts', "import manifest from '../../package.json' with { type: 'json' }\n"],
]

function faultsWith(file: string, source: string): string[] {
  return findFaults(new Map([...soundTree, [file, source]]))
}

test('finds nothing in a sound tree', () => assert.deepEqual(findFaults(new Map(soundTree)), []))

const unsound: readonly [what: string, file: string, source: string][] = [
  ['an arrow that is not on the map', 'domain/new.ts', "import { a } from '../x509/certificate.ts'\n"],
  ['a type-only import', 'x509/new.ts', "import type { Request } from '../domain/request.ts'\n"],
  [
    'an import over several lines',
    'x509/new.ts',
    "import {\n  type A,\n  b,\n} from '../domain/request.ts'\n",
  ],
  ['a re-export', 'config/new.ts', "export { request } from '../domain/request.ts'\n"],
  ['an import for its effect', 'card/new.ts', "import '../x509/certificate.ts'\n"],
  ['a dynamic import', 'http/new.ts', "const { a } = await import('../store/requests.ts')\n"],
  ['a type imported in place', 'http/new.ts', "type Store = typeof import('../store/requests.ts')\n"],
  ['a dynamic import by a computed name', 'http/new.ts', 'await import(name)\n'],
  ['a require', 'http/new.ts', "const require = createRequire(import.meta.url)\nrequire('pg')\n"],
  [
    'an adapter that imports more than the ports',
    'store/new.ts',
    "import { issue } from '../workflows/issue.ts'\n",
  ],
  ['an adapter that imports another adapter', 'ca/new.ts', "import { s } from '../store/requests.ts'\n"],
  ['a module of Node in the domain', 'domain/new.ts', "import { randomUUID } from 'node:crypto'\n"],
  ['a module of Node that the room has no use for', 'x509/new.ts', "import fs from 'node:fs'\n"],
  ['a module of Node without its prefix', 'store/new.ts', "import fs from 'fs'\n"],
  ['a package that belongs to another room', 'http/new.ts', "import pg from 'pg'\n"],
  ['a package of a scope', 'store/new.ts', "import cookie from '@fastify/cookie'\n"],
  ['a file outside src', 'ca/new.ts', "import manifest from '../../package.json' with { type: 'json' }\n"],
  [
    'an import after a string that looks like a comment',
    'http/new.ts',
    "const all = 'a/**'\nimport pg from 'pg'\n// */\n",
  ],
  ['process.env', 'http/new.ts', 'export const home = process.env.HOME\n'],
  ['process.env by destructuring', 'http/new.ts', 'const { env } = process\n'],
  ['the process module', 'http/new.ts', "import { env } from 'node:process'\n"],
  ['an index file', 'http/index.ts', 'export const a = 1\n'],
  ['a file name that says nothing', 'http/utils.ts', 'export const a = 1\n'],
  ['a folder name that says nothing', 'http/common/error.ts', 'export const a = 1\n'],
  ['a file that is too long', 'http/new.ts', 'export const a = 1\n'.repeat(301)],
  ['a folder that is no room', 'tools/new.ts', 'export const a = 1\n'],
  ['a file in no room', 'server.ts', 'export const a = 1\n'],
  ['a file that imports itself', 'http/new.ts', "import { a } from './new.ts'\n"],
  ['folders that import each other', 'http/v1/new.ts', "import { b } from '../v2/old.ts'\n"],
]

for (const [what, file, source] of unsound) {
  test(`finds ${what}`, () =>
    assert.equal(faultsWith(file, source).length, 1, String(faultsWith(file, source))))
}

test('finds a cycle between files, through types too, and names its way', () => {
  const tree = new Map([
    ['http/a.ts', "import { b } from './b.ts'\n"],
    ['http/b.ts', "import type { C } from './c.ts'\n"],
    ['http/c.ts', "import { a } from './a.ts'\n"],
  ])
  assert.deepEqual(findFaults(tree), ['cycle: http/a.ts → http/b.ts → http/c.ts → http/a.ts'])
})

test('leaves imports in comments alone', () => {
  assert.deepEqual(
    faultsWith('domain/new.ts', "// import pg from 'pg'\n/*\nimport fs from 'node:fs'\n*/\n"),
    [],
  )
})
