/**
 * Prepares a password so that one typed on another keyboard or system is the same bytes: the OpaqueString profile of
 * RFC 8265 §4.2.2 (other spaces become U+0020, then NFC; case and width stay). NFKC is not used: it would make
 * different passwords equal.
 *
 * Null where the profile takes no such string: empty, with control characters (RFC 8264 §4.3) or with half a
 * surrogate pair, which has no UTF-8.
 */
export function prepareOpaqueString(text: string): string | null {
  if (text === '' || !text.isWellFormed() || hasControlCharacter(text)) return null
  return text.replace(/\p{Zs}/gu, ' ').normalize('NFC')
}

/** C0, DEL and C1. */
export function hasControlCharacter(text: string): boolean {
  return /\p{Cc}/u.test(text)
}
