import { access, constants, stat } from 'node:fs/promises'
import { unreadableFile } from '../unreadable-file.ts'
import { UsageError } from '../usage-error.ts'

/**
 * To be asked before anything is begun that could not be gone on with: files are read when they are needed, and some only
 * once. Of the standard input, `-`, nothing is known before.
 *
 * @param files which the options of these names have
 * @throws UsageError, which names option and file
 */
export async function requireOptionFiles(files: Readonly<Record<string, string | undefined>>): Promise<void> {
  for (const [name, file] of Object.entries(files)) {
    if (file !== undefined && file !== '-') await requireReadable(`--${name} ${file}`, file)
  }
}

async function requireReadable(named: string, file: string): Promise<void> {
  try {
    await access(file, constants.R_OK)
  } catch (error) {
    throw unreadableFile(named, error)
  }
  if ((await stat(file)).isDirectory()) throw new UsageError(`${named} cannot be read: it is a folder.`)
}
