import { CardinalError } from '../../domain/error.ts'

/** Initial character and at most 32 more (ISO/IEC 7816-3 §8.2.1). */
const longestAnswerToReset = 33

/** Reads an answer to reset in hexadecimal digits of any case, blanks between them forgiven; null where there is none. */
export function parseAnswerToReset(text: string | null | undefined): string | null {
  const digits = (text ?? '').replace(/\s+/g, '').toLowerCase()
  if (digits === '') return null
  if (/^([0-9a-f]{2})+$/.test(digits) && digits.length <= 2 * longestAnswerToReset) return digits
  throw new CardinalError(
    'InvalidParameter',
    `atr: must be at most ${longestAnswerToReset} bytes in hexadecimal digits.`,
  )
}
