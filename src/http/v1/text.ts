import { CardinalError } from '../../domain/error.ts'

/**
 * Reads a free text; none is empty. Throws InvalidParameter for what databases and other programs cannot keep as it
 * is: U+0000 and halves of characters.
 */
export function parseText(text: string | null | undefined, field: string): string {
  if (text === null || text === undefined) return ''
  if (text.isWellFormed() && !text.includes('\u0000')) return text
  throw new CardinalError('InvalidParameter', `${field}: must not hold U+0000 or unpaired surrogates.`)
}
