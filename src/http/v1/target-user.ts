import { CardinalError } from '../../domain/error.ts'

/** Whether `targetuser` asks for the caller's own; `current` is the one published value. Throws InvalidParameter. */
export function checkTargetUser(text: string | undefined): boolean {
  if (text === undefined) return false
  if (text.trim().toLowerCase() === 'current') return true
  throw new CardinalError('InvalidParameter', 'targetuser: must be current.')
}
