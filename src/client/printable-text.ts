/**
 * Text from elsewhere, made safe for a terminal: control characters and those that turn the direction of writing
 * become `?`, and what is longer than `maximumLength` ends in an ellipsis.
 */
export function printableText(text: string, maximumLength: number): string {
  const safe = text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '?')
  return safe.length > maximumLength ? `${safe.slice(0, maximumLength - 1)}…` : safe
}
