import { lstat, mkdtemp, readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { isProcessRunning } from './card-reader/is-process-running.ts'

const prefix = 'cardinal-scratch-'

/**
 * Gives `use` a folder that is the user's alone, and removes it afterwards; with it those that killed processes of the user's
 * have left behind. Until then what is in it lies there in the clear: no secret.
 *
 * @param parent where it is made
 */
export async function inScratchFolder<Result>(
  parent: string,
  use: (folder: string) => Promise<Result>,
): Promise<Result> {
  await removeLeftFolders(parent)
  const folder = await mkdtemp(path.join(parent, `${prefix}${process.pid}-`))
  try {
    return await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function removeLeftFolders(parent: string): Promise<void> {
  for (const name of await readdir(parent).catch(() => [])) {
    const [, pid] = /^cardinal-scratch-(\d{1,10})-/.exec(name) ?? []
    if (pid === undefined || isProcessRunning(Number(pid))) continue
    const folder = path.join(parent, name)
    // Another process may remove it at the same time, and whoever cannot has other work to do.
    const isLeft = await isOurs(folder).catch(() => false)
    if (isLeft) await rm(folder, { recursive: true, force: true }).catch(() => undefined)
  }
}

/** Nobody else can put anything into it, such as links to where root could remove things. */
async function isOurs(folder: string): Promise<boolean> {
  const { uid, mode } = await lstat(folder)
  const isFolderOfOwner = (mode & 0o170777) === 0o040700
  return process.platform === 'win32' || (isFolderOfOwner && uid === process.getuid?.())
}
