import { randomBytes } from 'node:crypto'
import type { ApduCard } from '../../card/apdu/apdu-card.ts'
import type { CardConnection } from '../../card/card-connection.ts'
import { CardError } from '../../card/card-error.ts'
import { openVirtualGidsCard } from '../../card/gids/virtual/virtual-gids-card.ts'
import { openVirtualPivCard } from '../../card/piv/virtual/virtual-piv-card.ts'
import { type CardPersonality, personalityOf } from '../../card/virtual/card-personality.ts'
import {
  type CardFileSecret,
  type EncryptedCardFile,
  openEncryptedCardFile,
  readCardFileParts,
} from '../card-reader/encrypted-card-file.ts'

/** A virtual card that this process alone holds in memory. */
export interface VirtualCard extends ApduCard {
  readonly personality: CardPersonality
  /** Lets other processes open the card, after the command that it carries out. It answers no more. */
  close(): Promise<void>
}

/**
 * Opens the card in a file. Whatever it answers is in the file before.
 *
 * @throws CardFileError where passphrase or key do not fit; FileLockedError where another process has the card; CardError
 *   'invalid-card-state' where there is no card
 */
export async function openVirtualCardFile(file: string, secret: CardFileSecret): Promise<VirtualCard> {
  const store = await openEncryptedCardFile(file, secret)
  try {
    const personality = await personalityIn(store)
    const open = personality === 'GIDS' ? openVirtualGidsCard : openVirtualPivCard
    const card = await open({ store, randomBytes })
    return {
      personality,
      answerToReset: card.answerToReset,
      reset: () => card.reset(),
      transmit: command => card.transmit(command),
      async close() {
        await card.reset()
        await store.close()
      },
    }
  } catch (error) {
    await store.close()
    throw error
  }
}

/**
 * Which card a file holds; it is not opened for that. Nothing where there is no such file.
 *
 * @throws CardFileError, CardError 'invalid-card-state' where it is the file of no card known here
 */
export async function readPersonality(file: string): Promise<CardPersonality | undefined> {
  const parts = await readCardFileParts(file)
  return parts === undefined ? undefined : personalityOf(Uint8Array.of(parts.firstStateByte))
}

/**
 * Whether a TPM sealed the file of a card, and whether it needs a passphrase besides. Nothing where it is not sealed, or
 * is not there.
 *
 * @throws CardFileError where it is another file
 */
export async function readCardFileSeal(file: string): Promise<{ hasPassphrase: boolean } | undefined> {
  const seal = (await readCardFileParts(file))?.seal
  return seal === null || seal === undefined ? undefined : { hasPassphrase: seal.hasPassphrase }
}

/** Connects a driver to a card in this process, without PC/SC. */
export function connectVirtualCard(card: ApduCard): CardConnection {
  return {
    answerToReset: card.answerToReset,
    transmit: command => card.transmit(command),
    disconnect: () => card.reset(),
  }
}

async function personalityIn(store: EncryptedCardFile): Promise<CardPersonality> {
  const content = await store.load()
  if (content === undefined) {
    throw new CardError('invalid-card-state', 'There is no virtual card in this place. Create it first.')
  }
  const personality = personalityOf(content)
  content.fill(0)
  return personality
}
