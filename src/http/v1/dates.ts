/** How the API writes a date that is not set: .NET's smallest, of no time zone (contract §2). */
export const unsetDate = '0001-01-01T00:00:00'

/** `2015-07-07T23:36:21.93Z`: UTC, trailing zeros of the fraction trimmed. */
export function dateView(date: Date | null): string {
  if (date === null) return unsetDate
  return date.toISOString().replace(/\.?0*Z$/, 'Z')
}

/** `2015-07-14T09:10:31`: the form of NotBefore and NotAfter, UTC without saying so. */
export function validityView(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, '')
}
