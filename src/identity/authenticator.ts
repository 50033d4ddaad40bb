import { CardinalError } from '../domain/error.ts'
import { scopesOfRoles } from '../domain/scope.ts'
import type { Authenticator, CallCredentials, SignInAnswer } from '../workflows/ports/authenticator.ts'
import type { Clock } from '../workflows/ports/clock.ts'
import type { Directory } from '../workflows/ports/directory.ts'
import type { AuthorizationScheme, ClientCertificateScheme, Identified } from './authentication-scheme.ts'
import { createPrincipalResolver } from './principal.ts'
import type { Sessions } from './session.ts'
import { SignInRefusal } from './sign-in-refusal.ts'
import type { SignInStore } from './sign-in-store.ts'

export interface AuthenticatorOptions {
  /** The preferred one first. */
  readonly schemes: readonly AuthorizationScheme[]
  /** null where clients show no certificates. */
  readonly clientCertificates: ClientCertificateScheme | null
  readonly sessions: Sessions
  readonly store: SignInStore
  readonly directory: Directory
  readonly clock: Clock
  readonly areDutiesSeparated: boolean
  /** How long groups and roles are remembered; 30 where it is left out. */
  readonly principalLifetimeSeconds?: number
  /** Hears why somebody was not let in. */
  onRefusal(refusal: SignInRefusal, call: Pick<CallCredentials, 'address' | 'correlationId'>): void
}

const usualAnswer =
  'The credentials were not accepted. Sign in anew; the administrator finds the reason in the log.'

/**
 * Finds out who calls, by the first of these that the call shows: an Authorization header, a session's cookie, the
 * certificate of its TLS connection. Where the header is not accepted, nothing else is tried: whoever sends one wants
 * to be the one that it names.
 */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { schemes, clientCertificates, sessions, store, directory, areDutiesSeparated, onRefusal } = options
  const schemeByName = new Map(schemes.map(scheme => [scheme.name, scheme]))
  const resolvePrincipal = createPrincipalResolver({
    directory,
    reader: store.reader,
    clock: options.clock,
    lifetimeSeconds: options.principalLifetimeSeconds ?? 30,
  })

  function schemeOf(authorization: string): AuthorizationScheme | undefined {
    return schemeByName.get(authorization.slice(0, 64).split(' ', 1)[0]?.toLowerCase() ?? '')
  }

  async function identify(credentials: CallCredentials): Promise<Identified> {
    const { authorization, clientCertificate } = credentials
    if (authorization !== null) {
      const scheme = schemeOf(authorization)
      if (scheme !== undefined) return await scheme.identify(authorization, credentials)
      throw new SignInRefusal(
        'scheme-not-offered',
        'The Authorization header has a scheme that is not switched on.',
        undefined,
        {
          answer:
            'The Authorization header has a scheme that is not offered. WWW-Authenticate names those that are.',
        },
      )
    }
    if (clientCertificate !== null && clientCertificates !== null) {
      return await clientCertificates.identify(clientCertificate)
    }
    throw new CardinalError('NotSignedIn', 'Sign in first, in one of the ways that WWW-Authenticate names.')
  }

  async function bySession(credentials: CallCredentials): Promise<SignInAnswer | null> {
    const { authorization, sessionToken } = credentials
    if (authorization !== null || sessionToken === null) return null
    const found = await sessions.find(sessionToken, credentials.address)
    const user = found === null ? null : (found.owner ?? (await directory.findUser(found.session.userUuid)))
    if (found !== null && user?.enabled === true) {
      const answer = await answerTo({ user, scheme: 'session' }, found.session.uuid)
      return { ...answer, sessionToken: found.newToken }
    }
    if (credentials.clientCertificate !== null && clientCertificates !== null) return null
    throw new CardinalError('NotSignedIn', 'The session has ended. Sign in again.')
  }

  /** Some programs sign in anew with each call, though they show the session that began with the first. */
  async function sessionOf(userUuid: string, { sessionToken, address }: CallCredentials) {
    const found = sessionToken === null ? null : await sessions.find(sessionToken, address)
    return found?.session.userUuid === userUuid ? found : null
  }

  async function answerTo(identified: Identified, sessionUuid: string | null): Promise<SignInAnswer> {
    const { user, scheme } = identified
    const principal = await resolvePrincipal(user, identified.groupSids)
    const allowed = scopesOfRoles(principal.roles, areDutiesSeparated)
    const scopes = new Set([...allowed].filter(scope => identified.scopes?.has(scope) ?? true))
    return {
      signedIn: {
        user,
        principal,
        scheme,
        scopes,
        sessionUuid,
        ...(identified.stillCounts !== undefined && { stillCounts: identified.stillCounts }),
      },
      challenge: identified.challenge ?? null,
      sessionToken: null,
    }
  }

  async function signIn(credentials: CallCredentials): Promise<SignInAnswer> {
    const signedInBefore = await bySession(credentials)
    if (signedInBefore !== null) return signedInBefore
    const identified = await identify(credentials)
    if (identified.beginsSession !== true) return await answerTo(identified, null)
    const { user, scheme, stillCounts } = identified
    const standing = await sessionOf(user.uuid, credentials)
    if (standing !== null) {
      return { ...(await answerTo(identified, standing.session.uuid)), sessionToken: standing.newToken }
    }
    const { session, token } = await sessions.begin(user.uuid, scheme, credentials.address, stillCounts)
    return { ...(await answerTo(identified, session.uuid)), sessionToken: token }
  }

  return {
    challengesAfter: authorization =>
      schemes.map(scheme => {
        if (authorization === null || scheme !== schemeOf(authorization)) return scheme.challenge
        return scheme.challengeAfter?.(authorization) ?? scheme.challenge
      }),
    async signIn(credentials) {
      try {
        return await signIn(credentials)
      } catch (error) {
        if (!(error instanceof SignInRefusal)) throw error
        onRefusal(error, credentials)
        throw new CardinalError('NotSignedIn', error.details.answer ?? usualAnswer)
      }
    },
    async beginSession({ user, scheme, stillCounts }, address) {
      return (await sessions.begin(user.uuid, scheme, address, stillCounts)).token
    },
    endSession: token => sessions.end(token),
  }
}
