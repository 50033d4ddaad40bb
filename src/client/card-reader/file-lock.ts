import { randomUUID } from 'node:crypto'
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { orFileWriteError } from '../write-file-whole.ts'
import { isProcessRunning } from './is-process-running.ts'

export interface FileLock {
  release(): Promise<void>
}

/** Another process holds the lock. */
export class FileLockedError extends Error {
  override readonly name = 'FileLockedError'
}

/**
 * Takes a lock by a file with the number of this process in it. That of a process that has ended, in whatever way, is
 * taken over.
 *
 * @throws FileLockedError; FileWriteError where the disk is full or can only be read
 */
export async function lockFile(file: string): Promise<FileLock> {
  // The file appears with its content or not at all, so that nobody reads it half written.
  const claim = `${file}.${process.pid}.${randomUUID()}`
  try {
    await writeFile(claim, `${process.pid}\n`, { mode: 0o600, flag: 'wx' })
    if (!(await claimed(claim, file))) {
      const holder = await holderOf(file)
      if (holder !== undefined && isProcessRunning(holder)) throw lockedBy(file, holder)
      await setAside(file, `${claim}.left`)
      if (!(await claimed(claim, file))) throw lockedBy(file, await holderOf(file))
    }
  } catch (error) {
    throw orFileWriteError(error, file)
  } finally {
    await rm(claim, { force: true })
  }
  return { release: () => rm(file, { force: true }) }
}

async function claimed(claim: string, file: string): Promise<boolean> {
  try {
    await link(claim, file)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

/** Of several processes that find the same lock left behind, one moves it away; what another has locked since goes back. */
async function setAside(file: string, aside: string): Promise<void> {
  try {
    await rename(file, aside)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return
    throw error
  }
  const holder = await holderOf(aside)
  if (holder !== undefined && isProcessRunning(holder)) await claimed(aside, file)
  await rm(aside, { force: true })
}

async function holderOf(file: string): Promise<number | undefined> {
  const content = await readFile(file, 'ascii').catch(() => '')
  return /^\d{1,10}\n$/.test(content) ? Number(content) : undefined
}

function lockedBy(file: string, holder: number | undefined): FileLockedError {
  return new FileLockedError(
    `Process ${holder ?? 'unknown'} uses this card already. End it first, or remove ${file} if it is no such process.`,
  )
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
