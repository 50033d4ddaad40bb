/**
 * The seconds of Retry-After (RFC 9110 §10.2.3); null where it is absent or not understood. A date counts from the
 * answer's own Date, so that a wrong clock on this side does not matter.
 */
export function retryAfterSeconds(headers: Headers): number | null {
  const value = headers.get('retry-after')?.trim() ?? ''
  if (/^\d{1,9}$/.test(value)) return Number(value)
  const seconds = (imfDate(value) - imfDate(headers.get('date')?.trim() ?? '')) / 1000
  return Number.isNaN(seconds) ? null : Math.max(0, seconds)
}

/** Milliseconds; NaN for what is no IMF-fixdate (RFC 9110 §5.6.7), the form that every sender must use. */
function imfDate(text: string): number {
  return /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text)
    ? Date.parse(text)
    : Number.NaN
}
