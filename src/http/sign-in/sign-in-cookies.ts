import { hostCookieName } from './session-cookie.ts'

/** Holds the sealed transaction while the browser is at the provider. */
export function transactionCookieName(isSecure: boolean): string {
  return hostCookieName('cardinal_sign_in', isSecure)
}

/** Holds, sealed, what the provider wants to see when the person signs out. */
export const signOutCookieName = 'cardinal_sign_out'

/**
 * The browser comes back from another site, so that this cookie, other than a session's, must be Lax. It is of use to
 * nobody but whoever also has the provider's answer to it.
 */
export function transactionCookie(sealed: string, isSecure: boolean): string {
  return cookie(transactionCookieName(isSecure), sealed, '/', 'Lax', 600, isSecure)
}

export function endedTransactionCookie(isSecure: boolean): string {
  return cookie(transactionCookieName(isSecure), '', '/', 'Lax', 0, isSecure)
}

/** @param hint null makes the browser forget it */
export function signOutCookie(hint: string | null, isSecure: boolean): string {
  return cookie(signOutCookieName, hint ?? '', '/sign-out', 'Strict', hint === null ? 0 : null, isSecure)
}

/** A Set-Cookie value (RFC 6265 §4.1), out of reach of scripts. */
function cookie(
  name: string,
  value: string,
  path: string,
  sameSite: 'Lax' | 'Strict',
  maxAge: number | null,
  isSecure: boolean,
): string {
  const attributes = [`Path=${path}`, 'HttpOnly', `SameSite=${sameSite}`]
  if (maxAge !== null) attributes.push(`Max-Age=${maxAge}`)
  if (isSecure) attributes.push('Secure')
  return [`${name}=${value}`, ...attributes].join('; ')
}
