import { open, rename } from 'node:fs/promises'
import type { NewAccount } from '../workflows/import-organisation.ts'

/** Writes new accounts with their passwords for their owner's eyes only, durably, in place of an earlier file. */
export async function writeAccountsFile(path: string, accounts: readonly NewAccount[]): Promise<void> {
  const temporary = `${path}.new`
  const file = await open(temporary, 'w', 0o600)
  try {
    await file.chmod(0o600)
    await file.writeFile(`${JSON.stringify(accounts, null, 2)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, path)
}
