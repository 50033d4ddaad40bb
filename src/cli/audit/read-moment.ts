const date = /^\d{4}-\d{2}-\d{2}$/
const time = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?$/
const millisecondsOf = { m: 60_000, h: 3_600_000, d: 86_400_000 }

/**
 * A moment as somebody types it: `2026-11-21`, which is its beginning, `2026-11-21T08:30` (ISO 8601; UTC where no zone
 * stands behind it), or how long ago: `90m`, `24h`, `7d`. Null where it is none of these.
 */
export function readMoment(text: string, now: Date): Date | null {
  const ago = /^(\d{1,6})([mhd])$/.exec(text)
  if (ago !== null) {
    const [, count, unit] = ago
    const length = unit === 'm' || unit === 'h' || unit === 'd' ? millisecondsOf[unit] : 0
    return new Date(now.getTime() - Number(count) * length)
  }
  const written = time.exec(text)
  if (written === null && !date.test(text)) return null
  const moment = new Date(written !== null && written[3] === undefined ? `${text}Z` : text)
  if (Number.isNaN(moment.getTime())) return null
  // 30 February is taken for 2 March otherwise.
  const day = Number(text.slice(8, 10))
  const isDayOfMonth =
    day <= new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)), 0)).getUTCDate()
  return isDayOfMonth ? moment : null
}
