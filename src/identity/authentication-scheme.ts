import type { DirectoryUser } from '../domain/directory-user.ts'
import type { Scope } from '../domain/scope.ts'
import type { SignInScheme } from '../domain/sign-in-scheme.ts'
import type { CallCredentials, ClientCertificate, StillCounts } from '../workflows/ports/authenticator.ts'

/** Whom a scheme recognised. */
export interface Identified {
  /** Enabled: a scheme refuses those who are not. */
  readonly user: DirectoryUser
  readonly scheme: SignInScheme
  /** All that the call may reach, where that is less than its user may. */
  readonly scopes?: ReadonlySet<Scope>
  /** Security identifiers of groups that the scheme vouches for, beside those that the directory knows. */
  readonly groupSids?: ReadonlySet<string>
  /** Goes back in WWW-Authenticate (RFC 4559 §5). */
  readonly challenge?: string
  /** Whether a session begins by itself, because signing in again for every call would cost too much. */
  readonly beginsSession?: boolean
  /** Left out where what was shown is not kept here. */
  readonly stillCounts?: StillCounts
}

/** One way of signing in by the Authorization header. */
export interface AuthorizationScheme {
  /** The header's first word, in lower case (RFC 9110 §11.1). */
  readonly name: string
  /** The value of WWW-Authenticate that offers it. */
  readonly challenge: string
  /** The value that goes with the refusal of this header, where it is another one. */
  challengeAfter?(header: string): string
  /** @throws SignInRefusal; CardinalError SignInThrottled, ServiceUnavailable */
  identify(header: string, credentials: CallCredentials): Promise<Identified>
}

/** Signing in by the certificate of the TLS connection. */
export interface ClientCertificateScheme {
  /** @throws SignInRefusal; CardinalError ServiceUnavailable */
  identify(certificate: ClientCertificate): Promise<Identified>
}
