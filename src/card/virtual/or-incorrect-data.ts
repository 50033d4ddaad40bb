import { statusWord } from '../apdu/status-word.ts'
import { CommandRefusal } from './command-refusal.ts'

/**
 * What node:crypto makes of a command's data. It refuses numbers that are not below the modulus, wrong padding and points
 * off the curve, which are all the host's mistake.
 *
 * @throws CommandRefusal '6A80'
 */
export function orIncorrectData(run: () => Uint8Array): Uint8Array {
  try {
    return Uint8Array.from(run())
  } catch {
    throw new CommandRefusal(statusWord.incorrectData)
  }
}
