import type { SignedIn } from './authenticator.ts'

/** Signing in and out by a browser that is led to an OpenID Connect provider and back. */
export interface BrowserSignIn {
  /**
   * Begins: where the browser goes, and what it brings back with the provider's answer, sealed.
   *
   * @param returnTo a path on this server; anything else leads to its first page. Throws CardinalError ServiceUnavailable.
   */
  begin(returnTo: string): Promise<{ readonly location: string; readonly transaction: string }>
  /**
   * @param query of the address that the provider led to, with its `?`
   * @param transaction as `begin` sealed it; null where the browser brought none
   * @param address of the client. Throws CardinalError NotSignedIn, whose cause says why, SignInThrottled where too many
   * came to nothing from there, and ServiceUnavailable.
   */
  finish(query: string, transaction: string | null, address: string): Promise<FinishedSignIn>
  /**
   * Where the provider ends its own session; null where it cannot. Throws CardinalError ServiceUnavailable.
   *
   * @param hint as `finish` gave it; null where there is none
   */
  signOutLocation(hint: string | null): Promise<string | null>
}

export interface FinishedSignIn extends Pick<SignedIn, 'user' | 'scheme'> {
  readonly returnTo: string
  /** Tells the provider, at signing out, which of its sessions it was; sealed. */
  readonly signOutHint: string
}
