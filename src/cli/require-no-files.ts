import { existsSync, statSync } from 'node:fs'
import { UsageError } from './usage-error.ts'

/**
 * To be asked before anything is done whose result could not be written then. Throws UsageError where a file is there that
 * may hold what is nowhere else, and so is never written over.
 */
export function requireNoFiles(files: readonly string[]): void {
  const found = files.filter(file => existsSync(file))
  if (found.length > 0) throw isThere(found, 'Move %s away, or choose another name.')
}

/**
 * As {@link requireNoFiles}, for files that are written over where that is agreed to. Devices and pipes, such as /dev/stdout,
 * are written to and not over.
 */
export function requireNoFilesUnless(yes: boolean, files: readonly string[]): void {
  const found = yes ? [] : files.filter(isReplaced)
  if (found.length > 0)
    throw isThere(found, 'Move %s away, choose another name, or agree by --yes to write over %s.')
}

function isReplaced(file: string): boolean {
  const found = statSync(file, { throwIfNoEntry: false })
  return found !== undefined && (found.isFile() || found.isDirectory())
}

function isThere(found: readonly string[], advice: string): UsageError {
  const [verb, pronoun] = found.length === 1 ? ['is', 'it'] : ['are', 'them']
  return new UsageError(`${found.join(', ')} ${verb} there already. ${advice.replaceAll('%s', pronoun)}`)
}
