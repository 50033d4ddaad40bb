import { CardinalError } from '../../domain/error.ts'

/**
 * Finds what a wire name, in any case, stands for.
 * Throws InvalidParameter that names the field and lists what is taken.
 */
export function parseName<Word>(names: Readonly<Record<string, Word>>, text: string, field: string): Word {
  const asked = text.trim().toLowerCase()
  for (const [name, word] of Object.entries(names)) {
    if (name.toLowerCase() === asked) return word
  }
  throw new CardinalError('InvalidParameter', `${field}: must be one of ${Object.keys(names).join(', ')}.`)
}

/** Adds up the bits of flags. */
export function sumFlags<Flag extends string>(
  flags: readonly Flag[],
  numbers: Readonly<Record<Flag, number>>,
): number {
  return flags.reduce((sum, flag) => sum | numbers[flag], 0)
}
