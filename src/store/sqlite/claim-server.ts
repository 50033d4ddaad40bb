import { DatabaseSync } from 'node:sqlite'
import { createFile } from './create-file.ts'
import { isSqliteBusy } from './sqlite-errors.ts'

export interface ServerClaim {
  /** Whether another process has claimed the database. */
  readonly isTaken: boolean
  release(): void
}

/**
 * Claims the database of this file as a server, for as long as this process lives or until it is released. Only servers ask:
 * whatever else works on the database waits for its turn as before. The lock is the system's own, on a file beside the
 * database, so that it ends with the process however that ends.
 */
export function claimServer(file: string): ServerClaim {
  let lock: DatabaseSync | null = null
  try {
    const lockFile = `${file}-server`
    createFile(lockFile)
    lock = new DatabaseSync(lockFile, { timeout: 0 })
    // Nothing is ever written: a journal beside it would only puzzle whoever looks.
    lock.exec('pragma journal_mode = memory; begin exclusive')
  } catch (error) {
    lock?.close()
    // Where nothing can be written nobody else writes either.
    return { isTaken: isSqliteBusy(error), release: () => undefined }
  }
  const held = lock
  return { isTaken: false, release: () => held.close() }
}
