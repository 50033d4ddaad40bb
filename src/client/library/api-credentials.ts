/**
 * How to sign in: by name and password (Basic, RFC 7617), of which a session is made where the server begins one; by the
 * cookie of a session that already stands; by an API token or an access token (Bearer, RFC 6750); or by whatever else an
 * Authorization header can carry.
 */
export type ApiCredentials =
  | { readonly user: string; readonly password: string }
  | { readonly token: string }
  /** The Cookie header's value: `name=value`. */
  | { readonly cookie: string }
  /** Makes the Authorization header's value, a new one each time: a Kerberos token is taken only once. */
  | { readonly authorize: () => Promise<string> }

/** What Cardinal calls the cookie of a session; over TLS with the prefix (RFC 6265bis §4.1.3.2). */
const sessionCookies = ['cardinal_session', '__Host-cardinal_session']

/**
 * What signs the calls in. After the first answer that begins a session, the session's cookie stands in for the
 * password, which the server need not check again on every call. Other cookies, such as a load balancer's, go along and
 * sign nobody in.
 */
export class ApiSession {
  readonly #authorize: (() => Promise<string>) | null
  readonly #cookies = new Map<string, string>()

  /** @throws TypeError for credentials that cannot work */
  constructor(credentials: ApiCredentials) {
    if ('authorize' in credentials) {
      this.#authorize = credentials.authorize
    } else if ('cookie' in credentials) {
      this.#authorize = null
      for (const pair of credentials.cookie.split(';')) this.#keep(pair)
      if (this.#cookies.size === 0) throw new TypeError('The cookie is not of the form name=value.')
    } else {
      const authorization =
        'token' in credentials
          ? bearerAuthorization(credentials.token)
          : basicAuthorization(credentials.user, credentials.password)
      this.#authorize = async () => authorization
    }
  }

  /** @throws what making the Authorization header throws */
  async headers(): Promise<Record<string, string>> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    return {
      ...(cookie !== '' && { cookie }),
      ...(this.#authorize !== null && !this.#hasSession() && { authorization: await this.#authorize() }),
    }
  }

  /** Takes over the cookies that an answer sets (RFC 6265 §5.2); the client speaks to one server only. */
  accept(setCookieHeaders: readonly string[]): void {
    for (const header of setCookieHeaders) {
      const [pair = '', ...attributes] = header.split(';')
      if (attributes.some(attribute => /^\s*max-age\s*=\s*(0|-\d+)\s*$/i.test(attribute))) {
        this.#cookies.delete(nameOf(pair))
      } else {
        this.#keep(pair)
      }
    }
  }

  /** Forgets a session that the server no longer takes; true where it can begin another. */
  renew(): boolean {
    if (this.#authorize === null || !this.#hasSession()) return false
    for (const name of sessionCookies) this.#cookies.delete(name)
    return true
  }

  #hasSession(): boolean {
    return sessionCookies.some(name => this.#cookies.has(name))
  }

  #keep(pair: string): void {
    const separator = pair.indexOf('=')
    if (separator > 0) this.#cookies.set(nameOf(pair), pair.slice(separator + 1).trim())
  }
}

function nameOf(pair: string): string {
  return (pair.split('=')[0] ?? '').trim()
}

function basicAuthorization(user: string, password: string): string {
  // RFC 7617 §2: the first colon ends the user's name.
  if (user.includes(':')) throw new TypeError('A user name with a colon cannot sign in by name and password.')
  return `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`
}

function bearerAuthorization(token: string): string {
  // fetch would name the whole header, and with it the secret, in its error.
  if (!/^[\x21-\x7e]+$/.test(token)) throw new TypeError('The token holds a character that no token has.')
  return `Bearer ${token}`
}
