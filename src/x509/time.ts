import { X509Error } from './x509-error.ts'

const year1950 = Date.UTC(1950, 0, 1)
const year2050 = Date.UTC(2050, 0, 1)
const year10000 = Date.UTC(10000, 0, 1)

/** Whether RFC 5280 §4.1.2.5 wants UTCTime (1950 to 2049) for this instant, and not GeneralizedTime. */
export function isUtcTimeRange(date: Date): boolean {
  const instant = date.getTime()
  return instant >= year1950 && instant < year2050
}

/**
 * `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ`, the only forms that RFC 5280 §4.1.2.5 allows. Fractions of a second are cut off.
 *
 * @throws X509Error der-invalid-time for an instant that the form cannot carry
 */
export function formatTime(date: Date, form: 'utc' | 'generalized'): string {
  const instant = date.getTime()
  const earliest = form === 'utc' ? year1950 : Date.UTC(1000, 0, 1)
  const latest = form === 'utc' ? year2050 : year10000
  if (!(instant >= earliest && instant < latest)) {
    throw new X509Error('der-invalid-time', 'an instant outside of what a certificate can carry')
  }
  const year = date.getUTCFullYear()
  return (
    (form === 'utc' ? twoDigits(year % 100) : String(year)) +
    twoDigits(date.getUTCMonth() + 1) +
    twoDigits(date.getUTCDate()) +
    twoDigits(date.getUTCHours()) +
    twoDigits(date.getUTCMinutes()) +
    twoDigits(date.getUTCSeconds()) +
    'Z'
  )
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : String(value)
}

/**
 * Reads the content octets of UTCTime or GeneralizedTime in the forms that `formatTime` writes.
 *
 * @returns the instant, or null when the octets are of another form or name no instant (31 June, 24:00)
 */
export function parseTime(content: Uint8Array, form: 'utc' | 'generalized'): Date | null {
  const yearDigits = form === 'utc' ? 2 : 4
  if (content.length !== yearDigits + 11 || content[content.length - 1] !== 0x5a) return null
  let year = 0
  for (let index = 0; index < yearDigits; index += 2) {
    const pair = readPair(content, index)
    if (pair < 0) return null
    year = year * 100 + pair
  }
  if (form === 'utc') year += year < 50 ? 2000 : 1900
  if (year < 1000) return null
  const [month, day] = [readPair(content, yearDigits), readPair(content, yearDigits + 2)]
  const [hour, minute] = [readPair(content, yearDigits + 4), readPair(content, yearDigits + 6)]
  const second = readPair(content, yearDigits + 8)
  if (month < 1 || day < 1 || hour < 0 || hour > 23 || minute < 0 || minute > 59) return null
  if (second < 0 || second > 59) return null
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second))
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date : null
}

function readPair(content: Uint8Array, index: number): number {
  const tens = (content[index] ?? 0) - 0x30
  const ones = (content[index + 1] ?? 0) - 0x30
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1
}
