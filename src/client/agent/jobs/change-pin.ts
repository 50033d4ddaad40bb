import type { CardConnection } from '../../../card/card-connection.ts'
import { CardError } from '../../../card/card-error.ts'
import { openGidsCard } from '../../../card/gids/host/open-gids-card.ts'
import { openPivCard } from '../../../card/piv/host/open-piv-card.ts'
import type { SmartCard } from '../../../card/smart-card.ts'
import { type CardDesk, requireShownCard, type ShownCard } from './card-desk.ts'
import type { JobWork } from './job.ts'

export interface PinChange extends ShownCard {
  readonly currentPin: string
  readonly newPin: string
}

type CardWithPin = Pick<SmartCard, 'readCardId' | 'changePin'>

/** Changes the PIN of the card that was shown. The last try is spent only if the user says so at the agent's terminal. */
export function changePinJob(desk: CardDesk, change: PinChange): JobWork {
  return async control => {
    const connection = await desk.readers.connect(change.reader)
    try {
      const card = await openCardWithPin(connection, desk)
      const cardId = await cardIdOf(card)
      requireShownCard(change, cardId)
      control.report('card', `Found the card ${cardId ?? 'without an id'}.`)
      await changePin(card, change, () =>
        control.confirm(
          `One PIN try is left on the card ${cardId ?? ''} in ${change.reader}: if the PIN that was typed in the page is wrong, the card is blocked. Send it?`,
        ),
      )
      control.report('pin', 'The card has its new PIN.')
      return { cardId }
    } finally {
      await connection.disconnect()
    }
  }
}

async function changePin(
  card: CardWithPin,
  { currentPin, newPin }: PinChange,
  maySpendLastTry: () => Promise<boolean>,
): Promise<void> {
  try {
    await card.changePin(currentPin, newPin)
  } catch (error) {
    if (!(error instanceof CardError) || error.code !== 'last-pin-try') throw error
    if (!(await maySpendLastTry())) throw error
    await card.changePin(currentPin, newPin, { spendsLastTry: true })
  }
}

async function openCardWithPin(
  connection: CardConnection,
  { randomness }: Pick<CardDesk, 'randomness'>,
): Promise<CardWithPin> {
  try {
    return await openGidsCard(connection, randomness)
  } catch (error) {
    if (!(error instanceof CardError) || error.code !== 'no-such-application') throw error
    return await openPivCard(connection, randomness)
  }
}

async function cardIdOf(card: CardWithPin): Promise<string | null> {
  try {
    return await card.readCardId()
  } catch (error) {
    if (error instanceof CardError && error.code === 'not-initialized') return null
    throw error
  }
}
