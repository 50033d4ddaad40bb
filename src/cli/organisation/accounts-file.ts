import { readFile } from 'node:fs/promises'
import { writePrivateFile } from '../../client/write-file-whole.ts'
import type { NewAccount } from '../../workflows/organisation/import-organisation.ts'

/**
 * Writes new accounts with their passwords for their owner's eyes only, durably. Accounts that the file holds already
 * stay in it: nobody may have read them yet.
 */
export async function writeAccountsFile(path: string, accounts: readonly NewAccount[]): Promise<void> {
  const isNew = (user: string) => !accounts.some(account => account.user === user)
  const kept = (await readAccountsFile(path)).filter(account => isNew(account.user))
  await writePrivateFile(path, `${JSON.stringify([...kept, ...accounts], null, 2)}\n`)
}

/** The accounts of such a file; none where there is no file. Throws SyntaxError where it is no JSON. */
export async function readAccountsFile(path: string): Promise<readonly { user: string; password: string }[]> {
  const content = await readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '[]'
    throw error
  })
  const accounts: unknown = JSON.parse(content)
  return Array.isArray(accounts) ? accounts.filter(isAccount) : []
}

function isAccount(value: unknown): value is { user: string; password: string } {
  if (typeof value !== 'object' || value === null || !('user' in value) || !('password' in value))
    return false
  return typeof value.user === 'string' && typeof value.password === 'string'
}
