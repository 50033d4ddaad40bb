import { closeSync, openSync } from 'node:fs'

/**
 * Makes the file readable by its owner alone; SQLite gives its companions (-wal, -shm) the same mode. A file that
 * exists is not touched: closing it here would drop the locks that this process holds on it (sqlite.org/howtocorrupt.html §2.2).
 */
export function createFile(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}
