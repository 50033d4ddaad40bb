import type { ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CardReaders } from '../../../src/client/card-reader/card-readers.ts'
import { openPcscReaders } from '../../../src/client/card-reader/pcsc-readers.ts'
import { type Pcscd, type ProgramResult, startPcscd } from '../../testbed/pcscd.ts'
import { cardinalCommand } from '../../testbed/server.ts'

/** A computer with a reader and a data folder of its own. */
export interface CardDesk {
  readonly pcscd: Pcscd
  readonly cardsFolder: string
  /** As this process finds them. */
  readonly readers: CardReaders
  /** A file of the test's own. */
  file(name: string): string
  /** Runs `cardinal card` to its end. */
  card(...args: readonly string[]): Promise<ProgramResult>
  /** Starts `cardinal card`, and gives what it says line by line. */
  start(...args: readonly string[]): CardProcess
  /** What a program that speaks PC/SC prints; fails where it does. */
  tool(program: string, ...args: readonly string[]): Promise<string>
  close(): Promise<void>
}

export interface CardProcess {
  readonly process: ChildProcess
  /** Resolves with what it has said once that matches; rejects with the same where it ends before. */
  says(pattern: RegExp): Promise<string>
  /** Resolves to its exit code. */
  readonly exited: Promise<number | null>
}

/** Where Debian has OpenSC's module for PKCS#11. */
export const openscModule = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/opensc-pkcs11.so`

export async function openCardDesk(): Promise<CardDesk> {
  const pcscd = await startPcscd()
  const folder = await mkdtemp(join(tmpdir(), 'cardinal-desk-'))
  const { stdout: printed } = await pcscd.run('/usr/bin/printenv', 'PCSCLITE_CSOCK_NAME')
  const socket = printed.trim()
  // The library finds the service by the environment of this process.
  Object.assign(process.env, { PCSCLITE_CSOCK_NAME: socket })
  const started = new Set<ChildProcess>()
  const environment = [`XDG_DATA_HOME=${folder}`, `PCSCLITE_CSOCK_NAME=${socket}`]
  const launch = (args: readonly string[]) => {
    const child = pcscd.spawnInside('env', ...environment, process.execPath, cardinalCommand, 'card', ...args)
    started.add(child)
    child.once('exit', () => started.delete(child))
    return child
  }
  const desk: CardDesk = {
    pcscd,
    cardsFolder: join(folder, 'cardinal', 'cards'),
    readers: await openPcscReaders(),
    file: name => join(folder, name),
    async card(...args) {
      const child = launch(args)
      child.stdin?.end()
      const heard = hear(child)
      const [status] = await once(child, 'close')
      return { status, ...heard }
    },
    start(...args) {
      const child = launch(args)
      return {
        process: child,
        exited: once(child, 'close').then(([status]) => status),
        says: listener(child),
      }
    },
    async tool(program, ...args) {
      const { status, stdout, stderr } = await pcscd.run(program, ...args)
      if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${status}\n${stdout}${stderr}`)
      return stdout
    },
    async close() {
      for (const child of started) {
        const gone = once(child, 'exit')
        child.kill('SIGKILL')
        await gone
      }
      await pcscd.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
  return desk
}

/** Runs a program with its input from a file, where secrets come from a terminal otherwise. */
export function withInput(file: string, program: string, ...args: readonly string[]): [string, ...string[]] {
  return ['sh', '-c', 'input=$1; shift; exec "$@" <"$input"', 'sh', file, program, ...args]
}

function hear(child: ReturnType<typeof spawn>): { stdout: string; stderr: string } {
  const heard = { stdout: '', stderr: '' }
  child.stdout?.setEncoding('utf8').on('data', text => {
    heard.stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', text => {
    heard.stderr += text
  })
  return heard
}

function listener(child: ChildProcess): CardProcess['says'] {
  const heard = hear(child)
  return pattern =>
    new Promise((resolve, reject) => {
      const stop = () => {
        child.stdout?.off('data', check)
        child.off('close', fail)
      }
      const check = () => {
        if (!pattern.test(heard.stdout)) return
        stop()
        resolve(heard.stdout)
      }
      const fail = () => {
        stop()
        reject(new Error(`It ended without ${pattern}:\n${heard.stdout}${heard.stderr}`))
      }
      child.stdout?.on('data', check)
      child.once('close', fail)
      check()
    })
}
