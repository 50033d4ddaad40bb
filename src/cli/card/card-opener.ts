import { existsSync } from 'node:fs'
import { readCardFileSeal } from '../../client/virtual-card/open-virtual-card-file.ts'
import type { CardFiles } from './card-files.ts'

/** What opens the file of a card. */
export type CardOpener = 'passphrase' | 'key file' | 'TPM' | 'TPM and passphrase'

/** Throws CardFileError where it is another file. */
export async function cardOpenerOf({ file, keyFile }: CardFiles): Promise<CardOpener> {
  const seal = await readCardFileSeal(file)
  if (seal !== undefined) return seal.hasPassphrase ? 'TPM and passphrase' : 'TPM'
  return existsSync(keyFile) ? 'key file' : 'passphrase'
}
