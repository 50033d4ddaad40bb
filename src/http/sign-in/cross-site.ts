import type { FastifyRequest } from 'fastify'
import { CardinalError } from '../../domain/error.ts'

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Refuses calls that a page of another site makes a browser send with the user's credentials (CSRF).
 * Browsers say where a call comes from in Sec-Fetch-Site and in Origin; other clients send neither.
 * A POST by session cookie, client certificate or Kerberos ticket that says nothing must have a JSON body, which no form of another site can send.
 * Throws NotPermitted.
 */
export function refuseCrossSite(request: FastifyRequest, isSentByItself: boolean): void {
  if (safeMethods.has(request.method)) return
  const { origin, 'sec-fetch-site': site } = request.headers
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    throw crossSite(`Sec-Fetch-Site ${site}`)
  if (origin !== undefined && !isOwnOrigin(origin, request)) throw crossSite(`Origin ${origin}`)
  if (!isSentByItself || origin !== undefined || site === 'same-origin' || request.method !== 'POST') return
  if (mediaTypeOf(request) !== 'application/json')
    throw crossSite('cookie, certificate or ticket without Origin and without a JSON body')
}

/** Without parameters, in lower case; undefined where there is none. */
export function mediaTypeOf({ headers }: Pick<FastifyRequest, 'headers'>): string | undefined {
  return headers['content-type']?.split(';')[0]?.trim().toLowerCase()
}

/**
 * A page without TLS is not ours where the call came over TLS: whoever is between can write it. The other way round it
 * is, for a proxy may have ended TLS.
 */
function isOwnOrigin(text: string, { host, protocol }: Pick<FastifyRequest, 'host' | 'protocol'>): boolean {
  if (!URL.canParse(text)) return false
  const origin = new URL(text)
  return origin.host === host.toLowerCase() && (origin.protocol === 'https:' || protocol === 'http')
}

function crossSite(fact: string): CardinalError {
  return new CardinalError(
    'NotPermitted',
    'The call comes from a page of another site. Make it from a page of this one, or from a program.',
    {
      rule: `same site: ${fact}`,
    },
  )
}
