/** Name of the cookie that holds a session's token. */
export const sessionCookieName = 'cardinal_session'

/** The session's token in a Cookie header; null where there is none. */
export function sessionTokenOf(cookieHeader: string | undefined): string | null {
  return cookieOf(cookieHeader, sessionCookieName)
}

/** The first cookie of that name in a Cookie header (RFC 6265 §5.4); null where there is none or it is empty. */
export function cookieOf(cookieHeader: string | undefined, name: string): string | null {
  for (const pair of (cookieHeader ?? '').split(';')) {
    const separator = pair.indexOf('=')
    if (separator > 0 && pair.slice(0, separator).trim() === name) {
      return pair.slice(separator + 1).trim() || null
    }
  }
  return null
}

/** A Set-Cookie value that keeps the token for the browser session, out of reach of scripts and of other sites. */
export function sessionCookie(token: string, isSecure: boolean): string {
  return `${sessionCookieName}=${token}; Path=/; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`
}

/** A Set-Cookie value that makes the browser forget the token. */
export function endedSessionCookie(isSecure: boolean): string {
  return `${sessionCookie('', isSecure)}; Max-Age=0`
}
