import { escapeHtml, htmlPage, refreshTo } from './html-page.ts'

/**
 * Goes on by itself. A redirect would belong to the navigation that began at the provider, and a browser sends no
 * SameSite=Strict cookie with that; what a page of this site begins is of this site (RFC 6265bis §5.2).
 */
export function continuePage(path: string): string {
  return htmlPage(
    'Signed in',
    refreshTo(path),
    `<p>You are signed in. <a href="${escapeHtml(path)}">Go on</a></p>`,
  )
}

/** @param againPath where signing in begins */
export function failurePage(text: string, correlationId: string, againPath: string): string {
  const again = `<p><a href="${escapeHtml(againPath)}">Sign in again</a></p>`
  return htmlPage(
    'Not signed in',
    '',
    `<p>${escapeHtml(text)}</p>${again}<p><small>For your administrator: ${escapeHtml(correlationId)}</small></p>`,
  )
}
