import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { createInterface } from 'node:readline/promises'
import { lockFile } from '../../client/card-reader/file-lock.ts'
import { readPersonality } from '../../client/virtual-card/open-virtual-card-file.ts'
import { UsageError } from '../usage-error.ts'
import type { CardFiles } from './card-files.ts'

/** Has the name of the card typed at the terminal. Throws UsageError. */
export async function confirmDestruction({ name, file }: CardFiles): Promise<void> {
  if (!process.stdin.isTTY)
    throw new UsageError('There is no terminal to ask at. Give --yes to destroy the card.')
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const typed = await terminal.question(
      `This destroys ${file} and every key on the card. Type its name (${name}) to go on: `,
    )
    if (typed.trim() !== name) throw new UsageError('That is another name; nothing was changed.')
  } finally {
    terminal.close()
  }
}

/**
 * Overwrites a card and what opens it, then removes both. File systems and disks that write elsewhere may keep the old
 * bytes; what is in them needs the passphrase or key. Throws FileLockedError where the card is in use, CardFileError
 * where the file is another one.
 */
export async function destroyCard({
  file,
  keyFile,
  plugFile,
  lockFile: lockPath,
  logFile,
}: CardFiles): Promise<void> {
  const lock = await lockFile(lockPath)
  try {
    // Nobody's letters are overwritten because of a mistyped path.
    await readPersonality(file)
    for (const secret of [keyFile, file]) if (existsSync(secret)) await overwrite(secret)
    for (const each of [keyFile, file, plugFile, logFile, `${file}.new`]) await rm(each, { force: true })
  } finally {
    await lock.release()
  }
}

async function overwrite(file: string): Promise<void> {
  const handle = await open(file, 'r+')
  try {
    const { size } = await handle.stat()
    await handle.write(randomBytes(size), 0, size, 0)
    await handle.sync()
  } finally {
    await handle.close()
  }
}
