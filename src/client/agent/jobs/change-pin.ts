import type { CardConnection } from '../../../card/card-connection.ts'
import { CardError } from '../../../card/card-error.ts'
import { openGidsCard } from '../../../card/gids/host/open-gids-card.ts'
import { openPivCard } from '../../../card/piv/host/open-piv-card.ts'
import type { SmartCard } from '../../../card/smart-card.ts'
import { nameOfCard } from '../refused-pins.ts'
import { type CardDesk, requireShownCard, type ShownCard } from './card-desk.ts'
import type { JobWork } from './job.ts'

export interface PinChange extends ShownCard {
  readonly currentPin: string
  readonly newPin: string
}

interface CardWithPin extends Pick<SmartCard, 'readCardId' | 'changePin'> {
  /** null where the card does not say. */
  readTriesLeft(): Promise<number | null>
}

/** Changes the PIN of the card that was shown. The last try is spent only if the user says so at the agent's terminal. */
export function changePinJob(desk: CardDesk, change: PinChange): JobWork {
  return async control => {
    const connection = await desk.readers.connect(change.reader)
    try {
      const card = await openCardWithPin(connection, desk)
      const cardId = await cardIdOf(card)
      requireShownCard(change, cardId)
      control.report('card', `Found the card ${cardId ?? 'without an id'}.`)
      const maySpendLastTry = () =>
        control.confirm(
          `One PIN try is left on the card ${cardId ?? ''} in ${change.reader}: if the PIN that was typed in the page is wrong, the card is blocked. Send it?`,
        )
      await desk.refusedPins.present(
        nameOfCard(cardId, change.reader),
        change.currentPin,
        () => card.readTriesLeft(),
        () => changePin(card, change, maySpendLastTry),
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
    const card = await openGidsCard(connection, randomness)
    return withTries(card, async () => (await card.readPinTries())?.left)
  } catch (error) {
    if (!(error instanceof CardError) || error.code !== 'no-such-application') throw error
    const card = await openPivCard(connection, randomness)
    return withTries(card, () => card.readPinTries())
  }
}

function withTries(
  card: Pick<SmartCard, 'readCardId' | 'changePin'>,
  readTries: () => Promise<number | undefined>,
): CardWithPin {
  return {
    readCardId: () => card.readCardId(),
    changePin: (current, next, presentation) => card.changePin(current, next, presentation),
    readTriesLeft: async () => (await readTries()) ?? null,
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
