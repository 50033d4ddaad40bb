import type { DirectoryUser } from '../../domain/directory-user.ts'
import type { Principal } from '../../domain/permission.ts'
import type { Scope } from '../../domain/scope.ts'
import type { SignInScheme } from '../../domain/sign-in-scheme.ts'
import type { Reader } from './store.ts'

/** What a call shows of who makes it. */
export interface CallCredentials {
  /** The Authorization header; null where there is none. */
  readonly authorization: string | null
  readonly sessionToken: string | null
  readonly clientCertificate: ClientCertificate | null
  /** The caller's network address. */
  readonly address: string
  /** Of the call: leads from its answer to what the log and the audit records say of it. */
  readonly correlationId: string
}

/** The certificate by which a client authenticated its TLS connection: it holds the private key. */
export interface ClientCertificate {
  readonly der: Uint8Array
  /** What the TLS library has against the chain, such as CERT_HAS_EXPIRED; null where it leads to a trusted root. */
  readonly fault: string | null
}

/**
 * Whether what somebody showed counts as it did when it was verified: a password may have been changed since. Asked in the
 * transaction that makes something which outlives the call.
 */
export type StillCounts = (reader: Pick<Reader, 'findLocalAccount'>) => Promise<boolean>

export interface SignedIn {
  readonly user: DirectoryUser
  readonly principal: Principal
  readonly scheme: SignInScheme
  /** What the call may reach: an API token holds some scopes, and separated duties take others away. */
  readonly scopes: ReadonlySet<Scope>
  /** null where the call came by no session. */
  readonly sessionUuid: string | null
  /** Left out where what was shown is not kept here. */
  readonly stillCounts?: StillCounts
}

export interface SignInAnswer {
  readonly signedIn: SignedIn
  /** Goes back in WWW-Authenticate with the answer, whatever that is: the server's own proof (RFC 4559 §5). */
  readonly challenge: string | null
  /** Goes back in the session's cookie: of a session that began with this call, or in place of the one it came with. */
  readonly sessionToken: string | null
}

/** Finds out who calls. */
export interface Authenticator {
  /**
   * Values of WWW-Authenticate for a call that is refused, one for each enabled scheme, the preferred one first.
   *
   * @param authorization that the call came with; null for none
   */
  challengesAfter(authorization: string | null): readonly string[]
  /** Throws CardinalError NotSignedIn, SignInThrottled, ServiceUnavailable. */
  signIn(credentials: CallCredentials): Promise<SignInAnswer>
  /**
   * Begins a session and returns its token, which is shown to nobody else and stored only as a hash.
   * Throws CardinalError NotSignedIn where the account was disabled, or the password changed, in the meantime.
   */
  beginSession(signedIn: Pick<SignedIn, 'user' | 'scheme' | 'stillCounts'>, address: string): Promise<string>
  /** Does nothing where the session has already ended. */
  endSession(token: string): Promise<void>
}
