import { escapeHtml, htmlPage } from './html-page.ts'

export interface SignedInView {
  readonly displayName: string
  readonly account: string
  readonly roles: readonly string[]
  /** When the session ends if nothing is done by it. */
  readonly expiresAt: Date
  /** When it ends in any case. */
  readonly endsAt: Date
}

const documentationLink = '<p><a href="/docs">Documentation of the API</a></p>'

/** Says who is signed in, and has the button that signs out. */
export function signedInPage({ displayName, account, roles, expiresAt, endsAt }: SignedInView): string {
  const rows = [
    ['Name', escapeHtml(displayName)],
    ['Account', escapeHtml(account)],
    ['Roles', escapeHtml(roles.join(', ')) || 'none'],
    ['Until', `${timeOf(expiresAt)}, later if you go on working`],
    ['At the latest', timeOf(endsAt)],
  ]
  return htmlPage(
    'Signed in',
    '',
    `<dl>${rows.map(([term, value]) => `<dt>${term}</dt><dd>${value}</dd>`).join('')}</dl>` +
      '<form method="post" action="/sign-out"><button type="submit">Sign out</button></form>' +
      documentationLink,
  )
}

/** @param signInPath null where nobody signs in by browser */
export function notSignedInPage(signInPath: string | null): string {
  const signIn = signInPath === null ? '' : `<p><a href="${escapeHtml(signInPath)}">Sign in</a></p>`
  return htmlPage(
    'Not signed in',
    '',
    `<p>Nobody is signed in here with this browser, or the session has ended.</p>${signIn}${documentationLink}`,
  )
}

/** Without a script the browser's own time zone is not known. */
function timeOf(instant: Date): string {
  const text = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })
  return `<time datetime="${instant.toISOString()}">${text.format(instant)} UTC</time>`
}
