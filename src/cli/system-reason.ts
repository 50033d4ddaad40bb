/** Codes of errors that the operating system gives for paths (POSIX.1-2024 §2.3), in words. */
const reasons: ReadonlyMap<unknown, string> = new Map([
  ['ENOENT', 'it does not exist'],
  ['EISDIR', 'it is a folder'],
  ['ENOTDIR', 'a part of its path is no folder'],
  ['EACCES', 'the account that runs this may not'],
  ['EPERM', 'the account that runs this may not'],
  ['EROFS', 'its disk can only be read'],
  ['ENOSPC', 'the disk is full'],
  ['ELOOP', 'its links lead in a circle'],
  ['ENAMETOOLONG', 'its name is too long'],
])

/** Why the operating system refused a file or folder; undefined where the error is of another kind. */
export function systemReason(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && 'syscall' in error ? reasons.get(error.code) : undefined
}
