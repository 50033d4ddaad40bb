import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'

/** An empty folder, which is removed after the test and whatever was handed to `t.after` later. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'cardinal-store-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}
