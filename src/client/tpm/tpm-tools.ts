import { spawn } from 'node:child_process'
import { constants, existsSync } from 'node:fs'
import { access } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { CardFileError } from '../card-reader/card-file-error.ts'
import { inScratchFolder } from '../scratch-folder.ts'

export type Environment = Readonly<Record<string, string | undefined>>

export interface TpmAccess {
  readonly environment: Environment
  /** Milliseconds for each program. */
  readonly timeLimit: number
  readonly platform: NodeJS.Platform
}

/** The TPM as tpm2-tools reach it, for one card file. */
export interface TpmTools {
  /** A folder that is the user's alone, for contexts and sealed parts; the programs run in it. It goes with the tools. */
  readonly folder: string
  /**
   * Runs one of tpm2-tools with this input and resolves to its output. Arguments are to be seen by every user of the
   * machine and hold no secret.
   *
   * @throws TpmRefusal where the TPM refuses, CardFileError where the program or the TPM cannot be reached
   */
  run(program: string, args: readonly string[], input?: Uint8Array): Promise<Buffer>
}

/** A response code of the TPM (TPM 2.0 Library, Part 2, §6.6), or undefined where the program failed otherwise. */
export class TpmRefusal extends Error {
  override readonly name = 'TpmRefusal'
  readonly code: number | undefined

  constructor(message: string, code: number | undefined) {
    super(message)
    this.code = code
  }
}

const longestOutput = 64 * 1024
/** Left to themselves tpm2-tools try one way after another, down to a simulator at a port where anybody may listen. */
const defaultTcti = 'device:/dev/tpmrm0'

/** Gives `use` the tools, and leaves neither file nor object behind. @throws CardFileError, what `use` throws */
export async function withTpmTools<Result>(
  { environment, timeLimit, platform }: TpmAccess,
  file: string,
  use: (tools: TpmTools) => Promise<Result>,
): Promise<Result> {
  if (platform !== 'linux') {
    throw new CardFileError(
      `${file} needs a TPM, which Cardinal reaches on Linux alone. Use a card with a passphrase on this system.`,
    )
  }
  const { TPM2TOOLS_TCTI: chosenTcti, PATH: programs = '/usr/bin:/bin' } = environment
  const tcti = chosenTcti || defaultTcti
  await checkDevice(tcti, file)
  const env = {
    PATH: programs,
    LC_ALL: 'C',
    TPM2TOOLS_TCTI: tcti,
    TSS2_LOG: 'all+NONE',
  }
  return await inScratchFolder(temporaryFolder(environment), folder =>
    use({
      folder,
      run: (program, args, input) => run({ program, args, input, folder, env, file, timeLimit }),
    }),
  )
}

/** The user's own is in memory alone, where it is there (XDG Base Directory Specification). */
function temporaryFolder({ XDG_RUNTIME_DIR: own }: Environment): string {
  return own?.startsWith('/') && existsSync(own) ? own : tmpdir()
}

async function checkDevice(tcti: string, file: string): Promise<void> {
  const device = /^device:(.+)$/.exec(tcti)?.[1]
  if (device === undefined) return
  try {
    await access(device, constants.R_OK | constants.W_OK)
  } catch (error) {
    const isForbidden = error instanceof Error && 'code' in error && error.code === 'EACCES'
    throw new CardFileError(
      isForbidden
        ? `${file} needs the TPM, and you may not use ${device}. Have an administrator add you to its group (Debian: adduser NAME tss), and sign in again.`
        : `${file} needs the TPM of this machine, and there is no ${device}. Switch a TPM 2.0 on in the firmware, or use a card with a passphrase.`,
    )
  }
}

interface Run {
  readonly program: string
  readonly args: readonly string[]
  readonly input: Uint8Array | undefined
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  readonly file: string
  readonly timeLimit: number
}

function run({ program, args, input, folder, env, file, timeLimit }: Run): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: folder,
      env,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    // Node's own limit would go on after a program that could not be started.
    const timer = setTimeout(() => child.kill('SIGKILL'), timeLimit)
    const output: Buffer[] = []
    let length = 0
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length <= longestOutput) output.push(chunk)
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (said.length < longestOutput) said += text
    })
    // A program that ends without reading says why.
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
    child.once('error', () => {
      clearTimeout(timer)
      reject(
        new CardFileError(
          `${file} needs ${program}, which cannot be run. Install tpm2-tools (Debian: apt-get install tpm2-tools).`,
        ),
      )
    })
    child.once('close', (status, signal) => {
      clearTimeout(timer)
      if (status === 0 && length <= longestOutput) resolve(Buffer.concat(output))
      else reject(failure(file, program, signal, said))
    })
  })
}

function failure(file: string, program: string, signal: string | null, said: string): Error {
  if (signal !== null) {
    return new CardFileError(
      `${file} needs the TPM, and ${program} was ended by ${signal}, or had no answer in time. Try again; if that does not help, restart the machine.`,
    )
  }
  const lines = said.split('\n').filter(line => line.startsWith('ERROR: '))
  const reason =
    lines[0]
      ?.slice('ERROR: '.length)
      .replace(/[^ -~]/g, '?')
      .slice(0, 300) ?? 'it did not say why'
  if (reason.startsWith('Could not load tcti')) {
    return new CardFileError(
      `${file} needs the TPM, which ${program} cannot reach (${reason}). Correct TPM2TOOLS_TCTI, or leave it out for /dev/tpmrm0.`,
    )
  }
  const code = /^E\w+\(0x([0-9A-F]{1,8})\)/.exec(reason)?.[1]
  return new TpmRefusal(`${program}: ${reason}`, code === undefined ? undefined : Number.parseInt(code, 16))
}
