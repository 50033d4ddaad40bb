import { escapeHtml, htmlPage, refreshTo } from './html-page.ts'

/**
 * Goes on by itself to where the provider ends its own session. A redirect would belong to the form, which leads nowhere
 * but to this site (Content Security Policy, form-action).
 *
 * @param location null where the provider has no session to end
 * @param signInPath null where nobody signs in by browser
 */
export function signedOutPage(location: string | null, signInPath: string | null): string {
  if (location !== null) {
    const link = `<a href="${escapeHtml(location)}">Sign out at the sign-in provider too</a>`
    return htmlPage('Signed out', refreshTo(location), `<p>You are signed out here. ${link}</p>`)
  }
  const again = signInPath === null ? '' : ` <a href="${escapeHtml(signInPath)}">Sign in again</a>`
  return htmlPage('Signed out', '', `<p>You are signed out.${again}</p>`)
}

/** @param backPath where the button was */
export function notSignedOutPage(text: string, correlationId: string, backPath: string): string {
  return htmlPage(
    'Not signed out',
    '',
    `<p>${escapeHtml(text)}</p><p><a href="${escapeHtml(backPath)}">Back</a></p>` +
      `<p><small>For your administrator: ${escapeHtml(correlationId)}</small></p>`,
  )
}
