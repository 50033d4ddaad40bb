import { printableText } from '../../client/printable-text.ts'

/** Subjects and facts may be what a stranger sent. */
const longestText = 200

/**
 * A value as it stands in a line of the list, cut where it is long. One with blanks, `=` or quotation marks in it, and an
 * empty one, stands between quotation marks as a string of JSON does: otherwise it could pass for several facts.
 */
export function quotedText(text: string): string {
  const printable = printableText(text, longestText)
  return /^$|[\s="]/.test(printable) ? JSON.stringify(printable) : printable
}
