import { randomBytes } from 'node:crypto'
import { type CardDescription, describeCard } from '../../client/virtual-card/describe-card.ts'
import { connectVirtualCard, openVirtualCardFile } from '../../client/virtual-card/open-virtual-card-file.ts'
import { UsageError } from '../usage-error.ts'
import type { CardFiles } from './card-files.ts'
import { secretOf } from './card-secret.ts'
import { describeCardIn, lookTime } from './look-at-readers.ts'
import { openReaders } from './open-readers.ts'
import { readPlugState } from './plug-state.ts'

/** Reads a virtual card in its reader where it is in one, otherwise in its file. Throws CardError, CardFileError. */
export async function describeCardFile(
  card: CardFiles,
  passphraseFile: string | undefined,
): Promise<CardDescription> {
  const state = await readPlugState(card)
  if (state !== null && state.reader !== null) return await describeReader(state.reader)
  const virtualCard = await openVirtualCardFile(card.file, await secretOf(card, passphraseFile))
  try {
    return await describeCard(connectVirtualCard(virtualCard), randomBytes)
  } finally {
    await virtualCard.close()
  }
}

/** Reads the card in this reader, or in the only one that has one. Throws CardError, UsageError. */
export async function describeReader(reader: string | undefined): Promise<CardDescription> {
  const readers = await openReaders(lookTime)
  if (reader !== undefined) return await describeCardIn(readers, reader)
  const withCard = (await readers.list()).filter(({ hasCard }) => hasCard).map(({ name }) => name)
  const [only, ...others] = withCard
  if (only === undefined) throw new UsageError('There is no card in any reader.')
  if (others.length > 0) {
    throw new UsageError(`Which card? Give --reader with one of: ${withCard.join(', ')}.`)
  }
  return await describeCardIn(readers, only)
}
