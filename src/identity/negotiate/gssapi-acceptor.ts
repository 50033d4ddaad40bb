import { CardinalError } from '../../domain/error.ts'
import { createConcurrencyLimit } from '../concurrency-limit.ts'
import type { KerberosAddon } from './kerberos-addon.ts'

/** What a token proved. */
export interface AcceptedToken {
  /** `alice@CONTOSO.COM`, with backslashes before what is special in such a name. */
  readonly client: string
  /** The server's own proof, in base64. */
  readonly answer: string | null
}

export interface GssapiAcceptor {
  /**
   * Accepts a token, in base64, with any key for HTTP that the process's keytab holds.
   *
   * @throws Error with the library's text; CardinalError ServiceUnavailable where too many are waiting
   */
  accept(token: string): Promise<AcceptedToken>
}

/**
 * Accepts tokens by GSSAPI, on the threads of Node's pool: at most two, because file access and passwords need it too.
 *
 * Keytab and replay cache are those of the process (KRB5_KTNAME, KRB5RCACHENAME). The package gives the library no
 * channel bindings, so that the library does not look at what a client says of its TLS connection (RFC 5929):
 * `createChannelBindingCheck` does.
 */
export function createGssapiAcceptor(addon: Pick<KerberosAddon, 'initializeServer'>): GssapiAcceptor {
  const limit = createConcurrencyLimit({
    running: 2,
    waiting: 500,
    refusal: () =>
      new CardinalError('ServiceUnavailable', 'Too many are signing in right now.', { retryAfter: 1 }),
  })
  return {
    accept: token =>
      limit(async () => {
        // A name without a host stands for every host: only what it is part of is looked up in the keytab.
        const server = await addon.initializeServer('HTTP')
        const answer: string | null = await server.step(token)
        if (!server.contextComplete) throw new Error('The negotiation would take another step.')
        return { client: server.username, answer }
      }),
  }
}
