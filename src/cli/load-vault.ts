import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  deriveKeyFromPassphrase,
  loadOrCreateKeyFile,
  loadOrCreateSaltFile,
} from '../ca/key-encryption-key.ts'
import { createVault } from '../ca/vault.ts'
import type { Configuration } from '../config/configuration.ts'
import type { Vault } from '../workflows/ports.ts'
import { systemRandomness } from './system-randomness.ts'

/** The vault under the key or passphrase that the configuration names. */
export async function loadVault(configuration: Configuration): Promise<Vault> {
  return createVault(await keyEncryptionKey(configuration), systemRandomness.bytes)
}

async function keyEncryptionKey({ dataDir, keyEncryption }: Configuration): Promise<Uint8Array> {
  if (keyEncryption.kind !== 'passphrase-file') return await loadOrCreateKeyFile(keyEncryption.file)
  const passphrase = (await readFile(keyEncryption.file, 'utf8')).replace(/\r?\n$/, '')
  const salt = await loadOrCreateSaltFile(join(dataDir, 'secrets', 'key-encryption.salt'))
  return await deriveKeyFromPassphrase(passphrase, salt)
}
