import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { systemReason } from '../system-reason.ts'
import { UsageError } from '../usage-error.ts'

/** Keys and passwords lie beside it, perhaps within a checkout: none is to be committed by accident. */
const ignoreAll = '# Nothing in here is for a repository.\n*\n'

/**
 * Makes the data folder where it is missing, for the eyes of its owner alone, and tells git to leave it alone; one that holds
 * something already stays as it is. Throws UsageError where it cannot be made.
 */
export async function makeDataFolder(folder: string): Promise<void> {
  try {
    await makeWithParents(folder)
    if ((await readdir(folder)).length === 0) await writeIgnoreFile(join(folder, '.gitignore'))
  } catch (error) {
    const reason = codeOf(error) === 'ENOENT' ? 'the system makes no folder there' : systemReason(error)
    if (reason === undefined) throw error
    throw new UsageError(
      `The data folder ${folder} cannot be used: ${reason}. Mend that, or set CARDINAL_DATA_DIR to another one.`,
      { cause: error },
    )
  }
}

/**
 * Not by Node's own `recursive`, which never ends where a system says of a folder that it does not exist though its parent
 * does, as /proc says.
 */
async function makeWithParents(folder: string): Promise<void> {
  try {
    await makeOne(folder)
  } catch (error) {
    const parent = dirname(folder)
    if (codeOf(error) !== 'ENOENT' || parent === folder) throw error
    await makeWithParents(parent)
    await makeOne(folder)
  }
}

async function makeOne(folder: string): Promise<void> {
  await mkdir(folder, { mode: 0o700 }).catch(unlessThere)
}

/** A disk that is full takes the name and not the content, and no later start would look at it again. */
async function writeIgnoreFile(file: string): Promise<void> {
  await writeFile(file, ignoreAll, { mode: 0o600, flag: 'wx' }).catch(async (error: unknown) => {
    if (codeOf(error) === 'ENOSPC') await rm(file, { force: true })
    unlessThere(error)
  })
}

/** Another process that started at the same moment may have been first. */
function unlessThere(error: unknown): void {
  if (codeOf(error) !== 'EEXIST') throw error
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
