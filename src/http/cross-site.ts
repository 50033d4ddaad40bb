import type { FastifyRequest } from 'fastify'
import { CardinalError } from '../domain/error.ts'

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Refuses calls that a page of another site makes a browser send with the user's credentials (CSRF).
 * Browsers say where a call comes from in Sec-Fetch-Site and in Origin; other clients send neither.
 * A call by session cookie that says nothing must have a JSON body, which no form of another site can send.
 * Throws NotPermitted.
 */
export function refuseCrossSite(request: FastifyRequest, isByCookie: boolean): void {
  if (safeMethods.has(request.method)) return
  const { origin, 'sec-fetch-site': site } = request.headers
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    throw crossSite(`Sec-Fetch-Site ${site}`)
  if (origin !== undefined && hostOf(origin) !== request.host.toLowerCase())
    throw crossSite(`Origin ${origin}`)
  if (!isByCookie || origin !== undefined || site === 'same-origin' || request.method !== 'POST') return
  const mediaType = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  if (mediaType !== 'application/json')
    throw crossSite('session cookie without Origin and without a JSON body')
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null
}

function crossSite(fact: string): CardinalError {
  return new CardinalError('NotPermitted', 'The call comes from a page of another site.', {
    rule: `same site: ${fact}`,
  })
}
