import { open, rename, rm } from 'node:fs/promises'

/** Writes a file that only its owner can read, whole or not at all, in the place of one that is there. */
export async function writePrivateFile(file: string, content: string | Uint8Array): Promise<void> {
  await writeWhole(file, content, 0o600)
}

/** As {@link writePrivateFile}, for what everybody may read. */
export async function writePublicFile(file: string, content: string | Uint8Array): Promise<void> {
  await writeWhole(file, content, 0o644)
}

async function writeWhole(file: string, content: string | Uint8Array, mode: number): Promise<void> {
  const temporary = `${file}.new`
  // One that a killed process left may have wider permissions than ours.
  await rm(temporary, { force: true })
  const handle = await open(temporary, 'wx', mode)
  try {
    await handle.writeFile(content)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(temporary, file)
}
