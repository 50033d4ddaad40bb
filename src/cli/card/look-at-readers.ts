import { randomBytes } from 'node:crypto'
import { CardError } from '../../card/card-error.ts'
import type { CardReader, CardReaders } from '../../client/card-reader/card-readers.ts'
import { type CardDescription, describeCard } from '../../client/virtual-card/describe-card.ts'

export interface LookedAtReader {
  readonly name: string
  readonly hasCard: boolean
  readonly card: CardDescription | null
  /** Why a card that is there is not described. */
  readonly problem: string | null
}

/** Milliseconds to wait for a program that has the card; whoever only looks does not wait long. */
const patience = 500
/** Milliseconds for the service, and for a card to answer a command. */
export const lookTime = 10_000

/** Every reader, and what is in it. Costs no try. Throws CardError 'card-service-unavailable'. */
export async function lookAtReaders(readers: CardReaders): Promise<readonly LookedAtReader[]> {
  const looked: LookedAtReader[] = []
  for (const reader of await readers.list()) looked.push(await lookAt(readers, reader))
  return looked
}

/** Throws CardError. */
export async function describeCardIn(readers: CardReaders, reader: string): Promise<CardDescription> {
  const connection = await readers.connect(reader, { patience })
  try {
    return await describeCard(connection, randomBytes)
  } finally {
    await connection.disconnect()
  }
}

async function lookAt(readers: CardReaders, { name, hasCard }: CardReader): Promise<LookedAtReader> {
  if (!hasCard) return { name, hasCard, card: null, problem: null }
  try {
    return { name, hasCard, card: await describeCardIn(readers, name), problem: null }
  } catch (error) {
    // One card that does not answer must not hide the others.
    if (error instanceof CardError) return { name, hasCard, card: null, problem: error.message }
    throw error
  }
}
