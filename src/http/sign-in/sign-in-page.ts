import { createHash } from 'node:crypto'

const style =
  'body{font:1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1rem;color:#1b1b1b}' +
  'h1{font-size:1.4rem}small{color:#5c5c5c}'

/** The page has one style, known by its hash, and nothing else that a browser would load or run. */
export const signInPageContentSecurityPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/**
 * Goes on by itself. A redirect would belong to the navigation that began at the provider, and a browser sends no
 * SameSite=Strict cookie with that; what a page of this site begins is of this site (RFC 6265bis §5.2).
 */
export function continuePage(path: string): string {
  return page(
    'Signed in',
    `<meta http-equiv="refresh" content="0;url=${escapeHtml(path)}">`,
    `<p>You are signed in. <a href="${escapeHtml(path)}">Go on</a></p>`,
  )
}

/** @param againPath where signing in begins */
export function failurePage(text: string, correlationId: string, againPath: string): string {
  const again = `<p><a href="${escapeHtml(againPath)}">Sign in again</a></p>`
  return page(
    'Not signed in',
    '',
    `<p>${escapeHtml(text)}</p>${again}<p><small>For your administrator: ${escapeHtml(correlationId)}</small></p>`,
  )
}

function page(title: string, head: string, body: string): string {
  return (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">' +
    '<meta name="viewport" content="width=device-width,initial-scale=1">' +
    `<title>${title}</title>${head}<style>${style}</style></head><body><h1>${title}</h1>${body}</body></html>`
  )
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => entities[character] ?? '')
}
