import type { NoteProgram } from '../enrollment/journal.ts'
import { type Environment, type ProgramResult, runProgram } from './run-program.ts'

/** A PKCS#11 library, which OpenSC's pkcs11-tool loads: what crashes in it does not crash this process. */
export interface Pkcs11Module {
  readonly path: string
  /** Libraries find their settings by it (`SOFTHSM2_CONF`). */
  readonly environment: Environment
}

const program = 'pkcs11-tool'

/** pkcs11-tool takes the PIN from there, where only the user and root can look (proc(5)). */
const pinVariable = 'CARDINAL_TOKEN_PIN'

interface Pkcs11ToolUse {
  /** Logs in with it; null for what needs no login. */
  readonly pin?: string | null
  readonly input?: Uint8Array
  readonly noteProgram?: NoteProgram | undefined
}

/**
 * Runs pkcs11-tool with a module.
 *
 * @throws EnrollmentError target-unusable where it is not installed
 */
export async function runPkcs11Tool(
  { path, environment }: Pkcs11Module,
  args: readonly string[],
  { pin = null, input, noteProgram }: Pkcs11ToolUse = {},
): Promise<ProgramResult> {
  const login = pin === null ? [] : ['--login', '--pin', `env:${pinVariable}`]
  return await runProgram({
    program,
    noteProcess: noteProgram && (identity => noteProgram({ name: program, ...identity })),
    args: ['--module', path, ...login, ...args],
    // Labels are UTF-8, which pkcs11-tool shows as the locale can.
    environment: { ...environment, LC_ALL: 'C.UTF-8', ...(pin !== null && { [pinVariable]: pin }) },
    inputs: input === undefined ? [] : [input],
    whereMissing: 'pkcs11-tool is not installed. It comes with OpenSC (Debian: apt install opensc).',
  })
}
