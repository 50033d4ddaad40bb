import { statusWord } from '../apdu/status-word.ts'
import { CommandRefusal } from './command-refusal.ts'

/** Tries left of a limit. */
export interface TryCounter {
  readonly left: number
  readonly limit: number
}

export function allTries(limit: number): TryCounter {
  return { left: limit, limit }
}

/**
 * Compares a secret, with the try spent and stored beforehand and given back on success, so that cutting the power wins
 * no free guess.
 *
 * @returns whether the secret was right
 * @throws CommandRefusal '6983' where no try is left; what `store` throws
 */
export async function attempt(
  { left, limit }: TryCounter,
  store: (counter: TryCounter) => Promise<void>,
  isRight: () => boolean,
): Promise<boolean> {
  if (left === 0) throw new CommandRefusal(statusWord.authenticationMethodBlocked)
  await store({ left: left - 1, limit })
  if (!isRight()) return false
  await store(allTries(limit))
  return true
}
