import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** One page of a database. */
const page = Buffer.alloc(4096, 1)

/** How often a second the machine makes 4096 bytes, appended to a file in the folder, durable. */
export function fsyncRate(folder: string, milliseconds: number): number {
  const path = join(folder, 'fsync-rate')
  const file = openSync(path, 'w')
  try {
    const start = performance.now()
    let count = 0
    while (performance.now() - start < milliseconds) {
      writeSync(file, page)
      fdatasyncSync(file)
      count += 1
    }
    return (count * 1000) / (performance.now() - start)
  } finally {
    closeSync(file)
    rmSync(path)
  }
}
