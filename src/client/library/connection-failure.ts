import { CardinalApiError } from './cardinal-api-error.ts'

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there. Start the server, or correct the address.',
  ENOTFOUND: 'the host name is unknown. Correct the address.',
  EAI_AGAIN: 'the host name could not be looked up. Check the network, or correct the address.',
  EHOSTUNREACH: 'the host cannot be reached. Check the network.',
  ENETUNREACH: 'the network cannot be reached. Check the connection.',
  ETIMEDOUT: 'the host does not answer. Check the network and the firewall.',
  UND_ERR_CONNECT_TIMEOUT: 'the host does not answer. Check the network and the firewall.',
  ERR_TLS_CERT_ALTNAME_INVALID:
    "the server's certificate is for another host name. Use the name that it holds.",
  CERT_HAS_EXPIRED: "the server's certificate has expired. Renew it.",
  ERR_SSL_WRONG_VERSION_NUMBER: 'the server does not speak TLS there. Try http:// instead of https://.',
}

const untrusted = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])

/** Puts into words why fetch found no server, or lost it. */
export function connectionFailure(
  facts: { readonly method: string; readonly url: string },
  error: unknown,
): CardinalApiError {
  const code = codeOf(error)
  const reason = code === null && isBlockedPort(error) ? blockedPort : reasonOf(code)
  return new CardinalApiError('unreachable', `${facts.method} ${facts.url} failed: ${reason}`, {
    ...facts,
    cause: error,
  })
}

const blockedPort =
  'nothing was called there: the port is one of those that are kept from HTTP (Fetch Standard, port blocking). ' +
  'Correct the address.'

/** Node's fetch gives such a refusal no code. */
function isBlockedPort(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof Error && error.cause.message === 'bad port'
}

function reasonOf(code: string | null): string {
  if (code === null) return 'there was no connection, or it broke. Check address and server.'
  if (untrusted.has(code)) {
    return "the server's certificate comes from an authority that is not trusted here. Name that authority's certificate."
  }
  return reasons[code] ?? `the connection broke (${code}). See whether the server still runs, then try again.`
}

/** fetch throws a TypeError whose cause, or the first error in whose cause, bears the code. */
function codeOf(error: unknown): string | null {
  let current = error
  for (let depth = 0; depth < 5 && current instanceof Error; depth++) {
    if ('code' in current && typeof current.code === 'string') return current.code
    current = current instanceof AggregateError ? current.errors[0] : current.cause
  }
  return null
}
