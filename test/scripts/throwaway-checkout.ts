import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly child: ChildProcess
  readonly outcome: Promise<Outcome>
  /** Resolves once the output holds the text. */
  said(text: string): Promise<void>
}

const manifest = { name: 'throwaway', type: 'module' }

const lockFile = {
  packages: {
    '': {},
    'node_modules/fastify': { version: '5.0.0', integrity: 'f' },
    'node_modules/fast-check': { version: '4.0.0', integrity: 'c', dev: true },
  },
}

/** Stands in for npm: notes how it was called and leaves behind what npm would. */
const fakeNpm = `#!${process.execPath}
import fs from 'node:fs'
import path from 'node:path'
const args = process.argv.slice(2)
fs.appendFileSync(process.env.FAKE_CALLS, JSON.stringify(args) + '\\n')
if (process.env.FAKE_NPM_ERROR) {
  process.stderr.write(process.env.FAKE_NPM_ERROR)
  process.exit(1)
}
const prefix = args.indexOf('--prefix')
if (args[0] === 'explore') {
  fs.writeFileSync(path.join('node_modules', args[1], 'built.js'), process.env.FAKE_BUILD ?? '')
} else if (prefix >= 0) {
  const [, name, version] = /^(.*)@(.*)$/.exec(args.find(arg => arg.startsWith('node-')))
  const folder = path.join(args[prefix + 1], 'node_modules', name)
  fs.mkdirSync(path.join(folder, 'bin'), { recursive: true })
  fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ version, bin: { node: 'bin/node' } }))
  fs.symlinkSync(process.execPath, path.join(folder, 'bin/node'))
} else {
  const { packages } = JSON.parse(fs.readFileSync('package-lock.json', 'utf8'))
  const kept = Object.entries(packages).filter(([place, entry]) => place && (!entry.dev || args.includes('--include=dev')))
  fs.mkdirSync('node_modules', { recursive: true })
  fs.writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages: Object.fromEntries(kept) }))
}
`

/** A copy of the scripts in a folder of its own, where the only npm is a fake and nothing else is on the PATH. */
export class ThrowawayCheckout {
  readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cardinal-scripts-'))
  readonly #bin = path.join(this.folder, 'bin')
  readonly #callsFile = path.join(this.folder, 'calls')

  constructor() {
    fs.cpSync(path.join(import.meta.dirname, '../../scripts'), this.path('scripts'), { recursive: true })
    this.write('package.json', JSON.stringify(manifest))
    this.write('package-lock.json', JSON.stringify(lockFile))
    this.program('npm', fakeNpm)
    this.write('bin/package.json', '{"type":"module"}')
    this.write(
      'src/cli/cardinal.ts',
      'const args: string[] = process.argv.slice(2)\nconsole.log("started", ...args)\n',
    )
    this.write('bench/run.ts', 'console.log("measured")\n')
  }

  path(relative: string): string {
    return path.join(this.folder, relative)
  }

  write(relative: string, content: string): void {
    fs.mkdirSync(path.dirname(this.path(relative)), { recursive: true })
    fs.writeFileSync(this.path(relative), content)
  }

  remove(relative: string): void {
    fs.rmSync(this.path(relative))
  }

  /** Puts a program on the PATH. */
  program(name: string, content: string): void {
    this.write(`bin/${name}`, content)
    fs.chmodSync(path.join(this.#bin, name), 0o755)
  }

  /** Installs as a developer would by hand, without the scripts. */
  installByHand(...places: (keyof typeof lockFile.packages)[]): void {
    const packages = Object.fromEntries(places.map(place => [place, lockFile.packages[place]]))
    this.write('node_modules/.package-lock.json', JSON.stringify({ packages }))
  }

  /** Puts an optional native package there, as npm does without its scripts: not built. */
  addNativePackage(name: string): void {
    const { optionalDependencies = {}, ...others } = JSON.parse(
      fs.readFileSync(this.path('package.json'), 'utf8'),
    )
    this.write(
      'package.json',
      JSON.stringify({ ...others, optionalDependencies: { ...optionalDependencies, [name]: '1' } }),
    )
    this.write(`node_modules/${name}/package.json`, JSON.stringify({ name, main: 'built.js' }))
  }

  /** How npm (or another fake that notes its calls) was called, oldest first. */
  get calls(): string[][] {
    if (!fs.existsSync(this.#callsFile)) return []
    const lines = fs.readFileSync(this.#callsFile, 'utf8').trim().split('\n')
    return lines.map(line => JSON.parse(line))
  }

  /** Starts a script; `pretend` is code that runs first in its process, to make it a machine of another kind. */
  start(
    script: string,
    args: readonly string[] = [],
    environment: NodeJS.ProcessEnv = {},
    pretend = '',
  ): Running {
    this.write('pretend.mjs', pretend)
    const child = spawn(
      process.execPath,
      ['--import', this.path('pretend.mjs'), this.path(`scripts/${script}`), ...args],
      {
        cwd: os.tmpdir(),
        env: { PATH: this.#bin, FAKE_CALLS: this.#callsFile, ...environment },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    const output = { stdout: '', stderr: '' }
    const listeners = new Set<() => void>()
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        output[stream] += text
        for (const listener of listeners) listener()
      })
    }
    const outcome = new Promise<Outcome>(resolve => child.on('close', code => resolve({ code, ...output })))
    const said = (text: string) =>
      new Promise<void>((resolve, reject) => {
        const look = () => {
          if ((output.stdout + output.stderr).includes(text)) resolve()
        }
        listeners.add(look)
        look()
        outcome.then(ended => reject(new Error(`ended without “${text}”: ${JSON.stringify(ended)}`)))
      })
    return { child, outcome, said }
  }

  run(
    script: string,
    args: readonly string[] = [],
    environment: NodeJS.ProcessEnv = {},
    pretend = '',
  ): Promise<Outcome> {
    return this.start(script, args, environment, pretend).outcome
  }

  [Symbol.dispose](): void {
    fs.rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Code for `pretend`: a machine whose Node is too old. */
export const olderNode = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })\n`
