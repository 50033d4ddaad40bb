/** A user principal name has at most 1024 characters (MS-ADA3 2.349); the domain's NetBIOS name adds 16. */
const longestName = 1040

/** Whether a directory or a database may be asked for this at all: no control characters, no half of a surrogate pair. */
export function canBeName(text: string): boolean {
  return text !== '' && text.length <= longestName && !/\p{Cc}/u.test(text) && text.isWellFormed()
}
