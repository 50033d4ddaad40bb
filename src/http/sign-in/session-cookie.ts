/**
 * The name under which a browser keeps a cookie. Over TLS it takes one of this prefix from this very host alone (RFC
 * 6265bis §4.1.3.2), so that a page of a neighbouring host cannot plant one, such as that of its own session.
 */
export function hostCookieName(name: string, isSecure: boolean): string {
  return isSecure ? `__Host-${name}` : name
}

/** Name of the cookie that holds a session's token. */
export function sessionCookieName(isSecure: boolean): string {
  return hostCookieName('cardinal_session', isSecure)
}

/** The session's token in a Cookie header; null where there is none. */
export function sessionTokenOf(cookieHeader: string | undefined, isSecure: boolean): string | null {
  return cookieOf(cookieHeader, sessionCookieName(isSecure))
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
  return `${sessionCookieName(isSecure)}=${token}; Path=/; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`
}

/** A Set-Cookie value that makes the browser forget the token. */
export function endedSessionCookie(isSecure: boolean): string {
  return `${sessionCookie('', isSecure)}; Max-Age=0`
}
