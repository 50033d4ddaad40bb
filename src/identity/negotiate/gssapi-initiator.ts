import { createConcurrencyLimit } from '../concurrency-limit.ts'
import { type GssapiInitiationFault, gssapiInitiationFault } from './gssapi-initiation-fault.ts'
import type { KerberosAddon } from './kerberos-addon.ts'

/** The client's side of one authentication. Tokens and messages are octets. */
export interface InitiatedContext {
  /** Takes the acceptor's token and gives ours, either of which may be empty. */
  step(token: Uint8Array): Promise<Uint8Array>
  readonly isComplete: boolean
  unwrap(message: Uint8Array): Promise<Uint8Array>
  /** Wraps the four octets that take no security layer (RFC 4752 §3.1). */
  wrapNoLayer(): Promise<Uint8Array>
}

export interface GssapiInitiator {
  /** @param signal what still waits for its turn when this is aborted does nothing then */
  initiate(host: string, signal: AbortSignal): Promise<InitiatedContext>
  /** The next authentication begins with new tickets, unless those that we have never worked either. */
  forgetTickets(): void
}

export interface GssapiInitiatorOptions {
  /** As in `svc-cardinal@CONTOSO.COM`. */
  readonly principal: string
  /** Where its keys are, for what errors say. */
  readonly keytabFile: string
  /** What a host is asked for, as in `ldap`. */
  readonly service: string
  /** Gives the process another cache of tickets, an empty one (KRB5CCNAME). */
  beginTickets(): void
  /** Makes the error that is thrown. */
  errorOf(fault: Pick<GssapiInitiationFault, 'kind' | 'message'>): Error
}

/**
 * Authenticates by Kerberos as a principal whose keys the process's client keytab holds (KRB5_CLIENT_KTNAME). The
 * library fetches tickets by itself, and anew when half of their time is over.
 *
 * Whoever asks a KDC keeps a thread of Node's pool busy, for as long as the KDC takes; it is never more than one.
 */
export function createGssapiInitiator(
  addon: Pick<KerberosAddon, 'initializeClient' | 'GSS_MECH_OID_KRB5'>,
  { principal, keytabFile, service, beginTickets, errorOf }: GssapiInitiatorOptions,
): GssapiInitiator {
  const limit = createConcurrencyLimit({
    running: 1,
    waiting: 10,
    refusal: () => errorOf({ kind: 'unreachable', message: 'Too many wait for Kerberos.' }),
  })
  /** Tickets that never worked are not the reason why they do not, and each cache takes memory until the process ends. */
  let [haveWorked, areStale] = [false, true]

  function forgetTickets(): void {
    areStale ||= haveWorked
  }

  async function explained<Result>(host: string, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work()
    } catch (error) {
      const fault = gssapiInitiationFault(error, { principal, keytabFile, service: `${service}/${host}` })
      if (!fault.isWithoutKdc) forgetTickets()
      throw errorOf(fault)
    }
  }

  /** The one that may ask a KDC: for a ticket of our own, and for one for the service. */
  async function begin(host: string) {
    const client = await addon.initializeClient(`${service}@${host}`, {
      principal,
      mechOID: addon.GSS_MECH_OID_KRB5,
    })
    return { client, token: octets(await client.step('')) }
  }

  async function initiate(host: string, signal: AbortSignal): Promise<InitiatedContext> {
    const { client, token } = await limit(async () => {
      signal.throwIfAborted()
      // In its turn, so that no other thread reads the environment meanwhile.
      if (areStale) {
        beginTickets()
        ;[haveWorked, areStale] = [false, false]
      }
      return await explained(host, () => begin(host))
    })
    let first: Uint8Array | null = token
    return {
      get isComplete() {
        return first === null && client.contextComplete
      },
      async step(acceptorToken) {
        if (first !== null) {
          const own = first
          first = null
          return own
        }
        const next = await explained(host, () => client.step(base64(acceptorToken)))
        if (client.contextComplete) haveWorked = true
        return octets(next)
      },
      unwrap: async message => octets(await explained(host, () => client.unwrap(base64(message)))),
      // The package overwrites the first octet by 01, and takes the next three for the size that we could receive.
      wrapNoLayer: async () =>
        octets(await explained(host, () => client.wrap(base64(new Uint8Array(8)), { user: '' }))),
    }
  }

  return { initiate, forgetTickets }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}

/** The package gives null for an empty token. */
function octets(text: string | null): Uint8Array {
  return Buffer.from(text ?? '', 'base64')
}
