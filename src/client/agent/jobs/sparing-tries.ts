import type { EnrollableCard } from '../../cards/enrollable-card.ts'
import type { RefusedPins } from '../refused-pins.ts'

/**
 * The same card, which is sent no PIN that it has refused in an earlier job.
 *
 * @param name of the card, as `nameOfCard` has it; it may be given its id meanwhile
 */
export function sparingTries(
  card: EnrollableCard,
  refusedPins: RefusedPins,
  name: () => string,
): EnrollableCard {
  return {
    ...card,
    verifyPin: (pin, presentation) =>
      refusedPins.present(
        name(),
        pin,
        () => card.readPinTries(),
        () => card.verifyPin(pin, presentation),
      ),
    async setPin(pin, unblockingKey) {
      await card.setPin(pin, unblockingKey)
      refusedPins.forget(name())
    },
  }
}
