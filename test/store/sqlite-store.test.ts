import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'
import type { OpenStore } from '../../src/store/assemble-store.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import { describeStore, type TestDatabase } from './store-contract.ts'

describeStore('SQLite', async (t: TestContext): Promise<TestDatabase> => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'cardinal-store-'))
  const opened: OpenStore[] = []
  t.after(async () => {
    for (const store of opened) await store.close()
    await rm(folder, { recursive: true })
  })
  const openAgain = async () => {
    const store = await openSqliteStore({ file: path.join(folder, 'cardinal.db') })
    opened.push(store)
    return store
  }
  const store = await openAgain()
  await store.migrate()
  return { store, openAgain }
})
