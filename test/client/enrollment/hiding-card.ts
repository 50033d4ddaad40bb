import type { ApduCard } from '../../../src/card/apdu/apdu-card.ts'

export const changeReferenceData = 0x24

/**
 * A card that hides the counter of its PUK: a YubiKey before firmware 5.3 has no GET METADATA, and before 5.7 no MOVE KEY.
 *
 * @param saysLeft whether it says with a refusal how many tries are left ('63CX'), or refuses by '6300'
 */
export function hiding(card: ApduCard, saysLeft: boolean): ApduCard {
  return {
    answerToReset: card.answerToReset,
    reset: () => card.reset(),
    async transmit(command) {
      const instruction = command[1]
      if (instruction === 0xf6 || instruction === 0xf7) return Uint8Array.of(0x6d, 0x00)
      const answer = await card.transmit(command)
      const isRefusal = answer.at(-2) === 0x63 && instruction === changeReferenceData
      return isRefusal && !saysLeft ? Uint8Array.of(0x63, 0x00) : answer
    },
  }
}
