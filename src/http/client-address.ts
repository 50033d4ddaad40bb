import type { FastifyRequest } from 'fastify'

/** An IPv6 address with its zone is shorter. */
const longestAddress = 64

/**
 * The network address that a call comes from, for counting, for the audit records and for the list of sessions. Behind a
 * proxy it is what this one wrote into X-Forwarded-For, which may be anything.
 */
export function clientAddressOf({ ip }: Pick<FastifyRequest, 'ip'>): string {
  return ip.slice(0, longestAddress)
}
