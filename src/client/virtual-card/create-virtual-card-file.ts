import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { newGidsCardState } from '../../card/gids/virtual/new-gids-card.ts'
import { createVirtualGidsCard } from '../../card/gids/virtual/virtual-gids-card.ts'
import { factoryManagementKey, newPivCardState } from '../../card/piv/virtual/new-piv-card.ts'
import { createVirtualPivCard } from '../../card/piv/virtual/virtual-piv-card.ts'
import type { CardPersonality } from '../../card/virtual/card-personality.ts'
import {
  type CardFileSecret,
  type EncryptedCardFile,
  openEncryptedCardFile,
} from '../card-reader/encrypted-card-file.ts'

export interface NewVirtualCardFile {
  /** The folder is made where it is missing. */
  readonly file: string
  readonly secret: CardFileSecret
  readonly personality: CardPersonality
  /** Of the PIV card's factory management key, AES-192 by default; yubico-piv-tool up to 2.2 knows 3DES alone. */
  readonly managementKeyType?: '3DES' | 'AES-192'
}

/**
 * Makes a new virtual card in a file, as its maker would deliver it: a GIDS card that is blank, for whoever furnishes it
 * first, or a PIV card with the PIN, PUK and management key that everybody knows and a serial number of its own.
 *
 * @throws CardFileError where the file is there already, or its key cannot be sealed; FileLockedError
 */
export async function createVirtualCardFile(card: NewVirtualCardFile): Promise<void> {
  await mkdir(path.dirname(path.resolve(card.file)), { recursive: true, mode: 0o700 })
  const store = await openEncryptedCardFile(card.file, card.secret, { mustBeNew: true })
  try {
    await createCard(card, store)
  } finally {
    await store.close()
  }
}

function createCard(card: NewVirtualCardFile, store: EncryptedCardFile): Promise<void> {
  if (card.personality === 'GIDS') return createVirtualGidsCard(newGidsCardState(), store)
  const type = card.managementKeyType ?? factoryManagementKey.type
  const managementKey = { type, value: factoryManagementKey.value }
  const serialNumber = randomBytes(4).readUInt32BE()
  return createVirtualPivCard(newPivCardState({ serialNumber, managementKey }), store)
}
