import { CardError } from '../../card/card-error.ts'
import { CardFileError } from '../../client/card-reader/card-file-error.ts'
import { readPersonality } from '../../client/virtual-card/open-virtual-card-file.ts'
import { type CardFiles, listCardFiles } from './card-files.ts'
import { summaryOf } from './card-lines.ts'
import { type CardOpener, cardOpenerOf } from './card-opener.ts'
import { type LookedAtReader, lookAtReaders, lookTime } from './look-at-readers.ts'
import { openReaders } from './open-readers.ts'
import { type PlugState, readPlugState } from './plug-state.ts'

export interface ListedCard {
  readonly name: string
  readonly file: string
  /** Null where the file is damaged, or of a later version. */
  readonly application: 'GIDS' | 'PIV' | null
  /** Null as the application is. */
  readonly openedBy: CardOpener | null
  readonly plugged: PlugState | null
}

export interface CardList {
  readonly cards: readonly ListedCard[]
  readonly readers: readonly LookedAtReader[]
  /** Why no reader is listed, where PC/SC cannot be asked. */
  readonly readersProblem: string | null
}

export async function listCards(): Promise<CardList> {
  const cards = await Promise.all((await listCardFiles()).map(listedCard))
  try {
    return {
      cards,
      readers: await lookAtReaders(await openReaders(lookTime)),
      readersProblem: null,
    }
  } catch (error) {
    if (!(error instanceof CardError)) throw error
    return { cards, readers: [], readersProblem: error.message }
  }
}

export function virtualCardLine({ name, application, openedBy, plugged }: ListedCard): string {
  const kind = application ?? 'damaged'
  return `  ${name.padEnd(20)} ${kind.padEnd(8)} ${(openedBy ?? '').padEnd(18)} ${placeOf(plugged)}`
}

export function readerLine({ name, hasCard, card, problem }: LookedAtReader): string {
  const content = card === null ? (problem ?? (hasCard ? 'a card' : 'empty')) : summaryOf(card)
  return `  ${name}: ${content}`
}

function placeOf(plugged: PlugState | null): string {
  if (plugged === null) return 'in no reader'
  if (!plugged.isInReader) return `waits for a reader at ${plugged.vpcd}`
  return plugged.reader === null ? `in the reader at ${plugged.vpcd}` : `in "${plugged.reader}"`
}

async function listedCard(card: CardFiles): Promise<ListedCard> {
  const { name, file } = card
  return {
    name,
    file,
    application: (await unlessDamaged(readPersonality(file))) ?? null,
    openedBy: await unlessDamaged(cardOpenerOf(card)),
    plugged: await readPlugState(card),
  }
}

async function unlessDamaged<Result>(reading: Promise<Result>): Promise<Result | null> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof CardFileError || error instanceof CardError) return null
    throw error
  }
}
