/** The client's side of one authentication by Kerberos (RFC 4121). Every method throws LdapFault or Error. */
export interface GssapiContext {
  /** Takes the server's token and gives ours, either of which may be empty. */
  step(token: Uint8Array): Promise<Uint8Array>
  /** Whether the server has proved who it is, too. */
  readonly isComplete: boolean
  unwrap(message: Uint8Array): Promise<Uint8Array>
  /** Wraps the answer that takes no security layer, names no size and acts for nobody else: 01 00 00 00. */
  wrapNoLayer(): Promise<Uint8Array>
}

export interface GssapiInitiator {
  /**
   * Begins an authentication at the service `ldap` of this host.
   *
   * @param signal aborted where nobody waits for it any more
   */
  initiate(host: string, signal: AbortSignal): Promise<GssapiContext>
  /** A server refused our ticket: the next authentication begins with new ones. */
  forgetTickets(): void
}
