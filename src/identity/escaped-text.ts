/**
 * Text from elsewhere, fit for a log that somebody reads at a terminal: whatever is not seen (controls of C0 and C1, those
 * that turn the direction of writing, zero-width and tag characters, half surrogate pairs, code points of no character) and
 * whatever breaks a line becomes an escape such as `\u{202e}`, and what is longer than `maximumLength` ends in an ellipsis.
 */
export function escapedText(text: string, maximumLength: number): string {
  let escaped = ''
  for (const character of text) {
    const next = /[\p{C}\p{Zl}\p{Zp}]/u.test(character)
      ? `\\u{${character.codePointAt(0)?.toString(16)}}`
      : character
    if (escaped.length + next.length > maximumLength) return `${escaped}…`
    escaped += next
  }
  return escaped
}
