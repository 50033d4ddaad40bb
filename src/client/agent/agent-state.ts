import { readFileSync, statSync, unwatchFile, watchFile } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { FileLockedError, lockFile } from '../card-reader/file-lock.ts'
import { type Shape, shapeFault } from '../library/shape.ts'
import { writePrivateFile } from '../write-file-whole.ts'

/** A token that a page holds. */
export interface KnownToken {
  /** SHA-256 of the token's characters, lower-case hexadecimal digits. */
  readonly hash: string
  /** ISO 8601, as all times here. */
  readonly issued: string
  readonly expires: string
}

/** An origin that the user has let use their cards. */
export interface KnownOrigin {
  readonly origin: string
  readonly consented: string
  readonly tokens: readonly KnownToken[]
}

export interface AgentState {
  readonly format: number
  readonly origins: readonly KnownOrigin[]
}

/** The file cannot be used. The message says why and what to do. */
export class AgentStateError extends Error {
  override readonly name = 'AgentStateError'
}

const format = 1
const emptyState: AgentState = { format, origins: [] }
const lockAttempts = 100
const lockInterval = 50
/** Milliseconds between two looks at the file. */
const watchInterval = 250

const knownToken: Shape = { object: { hash: 'text', issued: 'text', expires: 'text' } }
const knownOrigin: Shape = {
  object: { origin: 'text', consented: 'text', tokens: { array: knownToken } },
}
const agentState: Shape = { object: { format: 'wholeNumber', origins: { array: knownOrigin } } }

function isAgentState(value: unknown): value is AgentState {
  return shapeFault(value, agentState, 'the file') === null
}

/**
 * Who may use the cards, in a file that its user alone may read. It is read anew for every question, so that what another
 * process withdraws counts from that moment on.
 */
export class AgentStateFile {
  readonly file: string
  #changes: Promise<unknown> = Promise.resolve()

  constructor(file: string) {
    this.file = file
  }

  /** Done when it returns, so that nothing happens between the question and what depends on it. @throws AgentStateError */
  read(): AgentState {
    const content = this.#readContent()
    if (content === null) return emptyState
    try {
      const state: unknown = JSON.parse(content)
      if (isAgentState(state) && state.format === format) return state
    } catch (error) {
      if (!(error instanceof Error)) throw error
    }
    throw new AgentStateError(`${this.file} is not what the agent wrote. Remove it, and pair again.`)
  }

  /** Calls back within moments of each change, whoever makes it, until what is returned is called. */
  watch(onChange: () => void): () => void {
    watchFile(this.file, { interval: watchInterval, persistent: false }, onChange)
    return () => unwatchFile(this.file, onChange)
  }

  /** Changes it as one step, whoever else does; resolves once it is on the disk. @throws AgentStateError, FileWriteError */
  update(change: (state: AgentState) => AgentState): Promise<void> {
    const updated = this.#changes.then(() => this.#update(change))
    this.#changes = updated.catch(() => undefined)
    return updated
  }

  async #update(change: (state: AgentState) => AgentState): Promise<void> {
    await mkdir(path.dirname(this.file), { recursive: true, mode: 0o700 })
    const lock = await lockPatiently(`${this.file}.lock`)
    try {
      await writePrivateFile(this.file, `${JSON.stringify(change(this.read()), null, 2)}\n`)
    } finally {
      await lock.release()
    }
  }

  #readContent(): string | null {
    try {
      const { mode } = statSync(this.file)
      // Windows has no such bits; there the user's folder is the user's alone.
      if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
        throw new AgentStateError(
          `Others may read or change ${this.file}. Look at who is in it, then: chmod 600 ${this.file}`,
        )
      }
      return readFileSync(this.file, 'utf8')
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
      throw error
    }
  }
}

async function lockPatiently(file: string): Promise<{ release(): Promise<void> }> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await lockFile(file)
    } catch (error) {
      if (!(error instanceof FileLockedError)) throw error
      if (attempt === lockAttempts) {
        throw new AgentStateError(`Another process does not let go of ${file}. Remove it if there is none.`)
      }
    }
    await setTimeout(lockInterval)
  }
}
