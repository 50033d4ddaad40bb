import { checkPin, isTrivialPin, type PinPolicy } from '../../card/secrets/pin.ts'

/** Why a new PIN is not taken, as a sentence that repeats nothing of it; null where it is good. */
export function pinFault(rules: PinPolicy, pin: string): string | null {
  const faults = checkPin(rules, pin)
  if (faults.length > 0) return `The PIN ${faults.join(' and ')}.`
  return isTrivialPin(pin) ? 'The PIN is one that is guessed first. Choose another.' : null
}
