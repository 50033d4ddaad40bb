import { CardinalError } from '../../domain/error.ts'

/** Reads a priority, a byte that may come as text (contract §2); null where there is none. Throws InvalidParameter. */
export function parsePriority(input: number | string | null | undefined): number | null {
  if (input === null || input === undefined || (typeof input === 'string' && input.trim() === '')) return null
  const digits = String(input).trim()
  if (/^\d{1,3}$/.test(digits) && Number(digits) <= 255) return Number(digits)
  throw new CardinalError('InvalidParameter', 'priority: must be a whole number from 0 to 255.')
}
