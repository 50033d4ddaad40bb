import { CardError } from '../card-error.ts'

/**
 * Reads what a card has sent: what would be our mistake in bytes of our own is the card's here.
 *
 * @throws CardError 'unexpected-answer'
 */
export async function understood<Result>(read: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof CardError && (error.code === 'invalid-apdu' || error.code === 'invalid-tlv')) {
      throw unexpectedAnswer(error.message)
    }
    throw error
  }
}

export function unexpectedAnswer(what: string): CardError {
  return new CardError(
    'unexpected-answer',
    `${what} Check that the card is undamaged and of a supported kind, and that its reader works.`,
  )
}
