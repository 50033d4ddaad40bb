import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { EnrollmentError } from '../enrollment-error.ts'
import { identifyProcess, type ProcessIdentity } from '../process-identity.ts'

/** Variables of the environment by their names. */
export type Environment = Readonly<Record<string, string | undefined>>

export interface ProgramCall {
  readonly program: string
  readonly args: readonly string[]
  readonly environment: Environment
  /** For the program's standard input, and for its file descriptors from 3 on. */
  readonly inputs?: readonly Uint8Array[]
  /**
   * For a program whose work outlives this process: it begins once this has resolved, or never. Not called on systems
   * without /proc.
   */
  readonly noteProcess?: ((process: ProcessIdentity) => Promise<void>) | undefined
  /** What to install where it is missing, as a sentence. */
  readonly whereMissing: string
}

export interface ProgramResult {
  readonly code: number
  readonly output: Buffer
  /** What it said on its error stream. */
  readonly said: string
}

/** A slow token takes minutes for an RSA key of 4096 bits. */
const timeLimit = 5 * 60 * 1000
const mostOutput = 4 * 1024 * 1024
/** Of a POSIX shell, where what it was to run is not there (POSIX.1-2017, XCU 2.8.2). */
const notFound = 127

/** Begins at a line of its standard input, and keeps the process's number; ends where the input does before. */
const atSignal = 'read -r signal && exec "$0" "$@"'

/**
 * Runs a program to its end.
 *
 * @throws EnrollmentError target-unusable where it is not installed, or does not come to an end
 */
export async function runProgram(call: ProgramCall): Promise<ProgramResult> {
  const { program, args, environment, inputs = [], whereMissing, noteProcess } = call
  const isHeld = noteProcess !== undefined && process.platform !== 'win32'
  const child = spawn(isHeld ? 'sh' : program, isHeld ? ['-c', atSignal, program, ...args] : args, {
    env: environment,
    stdio: ['pipe', 'pipe', 'pipe', ...inputs.slice(1).map(() => 'pipe' as const)],
    windowsHide: true,
  })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve)
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), timeLimit)
  const begun = isHeld ? begin(child, noteProcess) : Promise.resolve()
  try {
    const [code, output, said] = await Promise.all([
      ended,
      read(child.stdout),
      read(child.stderr),
      begun.then(() => giveAll(child, inputs)),
    ])
    if (code === notFound) throw missing(whereMissing)
    if (code === null) {
      throw new EnrollmentError(
        'target-unusable',
        `${program} was ended before it was done (${child.signalCode ?? 'no signal'}). Run the command again.`,
      )
    }
    return { code, output, said: said.toString('utf8') }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') throw missing(whereMissing)
    throw error
  } finally {
    clearTimeout(timer)
  }
}

async function begin(
  child: ChildProcess,
  noteProcess: NonNullable<ProgramCall['noteProcess']>,
): Promise<void> {
  try {
    const identity = child.pid === undefined ? null : await identifyProcess(child.pid)
    if (identity !== null) await noteProcess(identity)
    child.stdin?.on('error', () => undefined).write('\n')
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
}

function giveAll({ stdio: [stdin, , , ...others] }: ChildProcess, inputs: readonly Uint8Array[]): void {
  for (const [index, stream] of [stdin, ...others].entries()) give(stream, inputs[index])
}

/** A program that ends without having read everything has said elsewhere what was wrong. */
function give(stream: Readable | Writable | null | undefined, input: Uint8Array | undefined): void {
  if (stream == null || !('end' in stream)) return
  stream.on('error', () => undefined)
  stream.end(input)
}

async function read(stream: Readable | null): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stream ?? []) {
    length += chunk.length
    if (length <= mostOutput) chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function missing(sentence: string): EnrollmentError {
  return new EnrollmentError('target-unusable', sentence)
}
