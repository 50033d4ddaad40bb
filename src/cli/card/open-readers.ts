import type { CardReaders } from '../../client/card-reader/card-readers.ts'

/**
 * The readers of PC/SC.
 *
 * @param timeLimit milliseconds for a sign of life of its service, and for a card to answer a command
 * @throws CardError 'card-service-unavailable'
 */
export async function openReaders(timeLimit?: number): Promise<CardReaders> {
  const { openPcscReaders } = await import('../../client/card-reader/pcsc-readers.ts')
  return await openPcscReaders({ environment: process.env, ...(timeLimit !== undefined && { timeLimit }) })
}
