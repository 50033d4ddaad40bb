import { open, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** The disk took no file. The message says which, why, and what to do. */
export class FileWriteError extends Error {
  override readonly name = 'FileWriteError'
}

/**
 * Writes a file that only its owner can read, in the place of one that is there: whole or not at all, and there after a
 * power cut once this resolves. What is there and no file, such as /dev/stdout, is written to. What a full
 * disk took of it is given back.
 *
 * @throws FileWriteError where the disk is full or can only be read
 */
export async function writePrivateFile(file: string, content: string | Uint8Array): Promise<void> {
  await writeWhole(file, content, 0o600)
}

/** As {@link writePrivateFile}, for what everybody may read. */
export async function writePublicFile(file: string, content: string | Uint8Array): Promise<void> {
  await writeWhole(file, content, 0o644)
}

async function writeWhole(file: string, content: string | Uint8Array, mode: number): Promise<void> {
  if (await isNoFile(file)) return await writeFile(file, content)
  const temporary = `${file}.new`
  try {
    // One that a killed process left may have wider permissions than ours.
    await rm(temporary, { force: true })
    const handle = await open(temporary, 'wx', mode)
    try {
      await handle.writeFile(content)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, file)
    await syncFolder(dirname(file))
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw orFileWriteError(error, file)
  }
}

const reasons: ReadonlyMap<unknown, string> = new Map([
  ['ENOSPC', 'its disk is full. Make room, and try again'],
  ['EDQUOT', 'your quota on its disk is used up. Make room, and try again'],
  ['EROFS', 'its disk can only be read. Find out why (dmesg), and try again'],
  ['EIO', 'its disk failed. Find out why (dmesg), and try again'],
])

/** The system names no file where a disk is full. */
export function orFileWriteError(error: unknown, file: string): unknown {
  const reason = error instanceof Error && 'code' in error ? reasons.get(error.code) : undefined
  return reason === undefined
    ? error
    : new FileWriteError(`${file} cannot be written: ${reason}.`, { cause: error })
}

/** A device or a pipe, such as /dev/null, which root would put a file in the place of for the whole machine. */
async function isNoFile(file: string): Promise<boolean> {
  try {
    const found = await stat(file)
    return !found.isFile() && !found.isDirectory()
  } catch {
    return false
  }
}

/** The rename itself survives a power cut once the folder is synced; Windows cannot sync one, and need not. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
