import { randomUUID } from 'node:crypto'
import { link, mkdir, open, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

const ownerOnlyFile = 0o600
const ownerOnlyFolder = 0o700

/**
 * Creates a file with all of its content, durably, unless one of this name is there: of several processes that try at
 * once one succeeds, and no reader ever sees a part. A crash leaves the whole file or none.
 *
 * The file is its owner's alone (0600), and so is its folder (0700) where it had to be made.
 *
 * @returns whether this call created it
 */
export async function createFileDurably(path: string, content: string): Promise<boolean> {
  const folder = dirname(path)
  await mkdir(folder, { recursive: true, mode: ownerOnlyFolder })
  const draft = join(folder, `.${basename(path)}.${randomUUID()}.draft`)
  try {
    const file = await open(draft, 'wx', ownerOnlyFile)
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    const created = await linkUnlessExists(draft, path)
    await syncFolder(folder)
    return created
  } finally {
    await unlink(draft).catch(() => {})
  }
}

/** A link never replaces what is there, which a rename would do. */
async function linkUnlessExists(existing: string, path: string): Promise<boolean> {
  try {
    await link(existing, path)
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  }
}

/** POSIX keeps a new name only once its folder is synced. Windows opens no folder and needs none of this. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Whether this is an error of the operating system with this code, as `ENOENT`. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
