import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  deriveKeyFromPassphrase,
  loadOrCreateKeyFile,
  loadOrCreateSaltFile,
} from '../../ca/key-encryption-key.ts'
import { createVault } from '../../ca/vault.ts'
import type { Configuration } from '../../config/configuration.ts'
import type { Reader } from '../../workflows/ports/store.ts'
import type { Vault } from '../../workflows/ports/vault.ts'
import { UsageError } from '../usage-error.ts'
import { systemRandomness } from './system-randomness.ts'

/**
 * The vault under the key or passphrase that the configuration names. What it needs is made for an empty database only:
 * a new key beside sealed ones would hide that the right one is missing.
 */
export async function loadVault(
  configuration: Configuration,
  reader: Pick<Reader, 'listCertificationAuthorities'>,
): Promise<Vault> {
  const file = keyOrSaltFile(configuration)
  if (!existsSync(file) && (await reader.listCertificationAuthorities()).length > 0) {
    throw new UsageError(
      `${file} is missing, and the database holds keys that cannot be opened without it. Restore it from a backup.`,
    )
  }
  return createVault(await keyEncryptionKey(configuration, file), systemRandomness.bytes)
}

function keyOrSaltFile({ dataDir, keyEncryption }: Configuration): string {
  return keyEncryption.kind === 'passphrase-file'
    ? join(dataDir, 'secrets', 'key-encryption.salt')
    : keyEncryption.file
}

async function keyEncryptionKey({ keyEncryption }: Configuration, file: string): Promise<Uint8Array> {
  if (keyEncryption.kind !== 'passphrase-file') return await loadOrCreateKeyFile(file)
  const passphrase = (await readFile(keyEncryption.file, 'utf8')).replace(/\r?\n$/, '')
  return await deriveKeyFromPassphrase(passphrase, await loadOrCreateSaltFile(file))
}
