/**
 * Text from elsewhere, made safe for a terminal: control characters, those that turn the direction of writing, zero-width
 * and tag characters, and what else of \p{C} breaks a line or is not seen become `?`; what is longer than `maximumLength`
 * ends in an ellipsis.
 */
export function printableText(text: string, maximumLength: number): string {
  const safe = text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?')
  return safe.length > maximumLength ? `${safe.slice(0, maximumLength - 1)}…` : safe
}
