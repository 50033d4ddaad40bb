/** What came back, as much of it as tests look at. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | number | undefined>>
  readonly body: string
}

/**
 * The status, the error code where it is an error, and what refused the call where it was refused before the use case
 * had a say: `403 NotPermitted: scope approve`.
 */
export function outcomeOf({ status, headers, body }: Answer): string {
  if (status < 400 || !String(headers['content-type']).startsWith('application/json')) return String(status)
  const { ErrorCode, Message }: { ErrorCode: string; Message: string } = JSON.parse(body)
  const rule = /Rule: (scope [\w-]+|personal sign-in|lasting credentials|same site)/.exec(Message)?.[1]
  return `${status} ${ErrorCode}${rule === undefined ? '' : `: ${rule}`}`
}

/** `name=value` of the cookie that an answer sets, whatever prefix its name has; null where it sets none of that name. */
export function cookieSetBy({ headers }: Answer, name: string): string | null {
  const all = [headers['set-cookie'] ?? []].flat().map(each => String(each).split(';', 1)[0] ?? '')
  return all.find(each => each.split('=', 1)[0]?.endsWith(name) === true) ?? null
}
