import { readFile } from 'node:fs/promises'
import { unreadableFile } from '../unreadable-file.ts'

/**
 * The text of the file that an option names.
 *
 * @param option such as `--ca`
 * @throws UsageError, which names option and file
 */
export async function readOptionFile(file: string, option: string): Promise<string> {
  return await readFile(file, 'utf8').catch((error: unknown) => {
    throw unreadableFile(`${option} ${file}`, error)
  })
}
