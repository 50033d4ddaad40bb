import { CardinalError } from '../../domain/error.ts'
import type { Environment } from '../environment.ts'

/**
 * Requires that the issuing authority's own certificate is valid now, its first and last moment included
 * (RFC 5280 §4.1.2.5): what it issues outside of that time is trusted by nobody, and dated by a clock that is wrong.
 * Throws ServiceUnavailable.
 */
export function requireAuthorityInForce({
  certificationAuthority: { issuerName, certificate },
  clock,
}: Pick<Environment, 'certificationAuthority' | 'clock'>): void {
  const { notBefore, notAfter } = certificate
  const now = clock.now()
  if (now >= notBefore && now <= notAfter) return
  throw new CardinalError(
    'ServiceUnavailable',
    `The certification authority ${issuerName} is valid from ${notBefore.toISOString()} to ${notAfter.toISOString()}, ` +
      `and the clock of the server says ${now.toISOString()}: nothing is issued. If the clock is wrong, set it.`,
  )
}
