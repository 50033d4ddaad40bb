import { createLocalJWKSet, errors, type JSONWebKeySet, type JWK, type JWSHeaderParameters } from 'jose'
import { ProviderError } from './provider-fetch.ts'

/** RFC 8725 §3.2; keys are the provider's, so nothing symmetric and nothing unsigned is ever among them. */
export const allowedAlgorithms: readonly string[] = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
]

export interface ProviderKeys {
  /** For the administrator's eyes: what was published and can be used. */
  readonly listed: readonly {
    readonly kid: string | null
    readonly kty: string
    readonly alg: string | null
  }[]
  /** The one key that fits the header; null where there is none. */
  find(header: JWSHeaderParameters): Promise<CryptoKey | null>
}

type CryptoKey = Awaited<ReturnType<ReturnType<typeof createLocalJWKSet>>>

const mostKeys = 100
const shortestModulus = 2048 / 8

/**
 * Reads a key set (RFC 7517 §5). Keys that sign nothing, and those of kinds that are not allowed, are left out, as §5
 * asks for.
 *
 * @throws ProviderError where it is none, or holds no key that can be used
 */
export function parseProviderKeys(document: unknown): ProviderKeys {
  if (
    typeof document !== 'object' ||
    document === null ||
    !('keys' in document) ||
    !Array.isArray(document.keys)
  ) {
    throw new ProviderError('The key set is no JSON object with keys.')
  }
  if (document.keys.length > mostKeys) throw new ProviderError(`The key set has more than ${mostKeys} keys.`)
  const keys = document.keys.map(publicKeyOf).filter(key => key !== null)
  if (keys.length === 0) throw new ProviderError('The key set holds no key that verifies signatures.')
  const jwks: JSONWebKeySet = { keys }
  const resolve = createLocalJWKSet(jwks)
  return {
    listed: keys.map(({ kid, kty, alg }) => ({ kid: kid ?? null, kty, alg: alg ?? null })),
    async find(header) {
      try {
        return await resolve(header)
      } catch (error) {
        if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
          return null
        throw error
      }
    },
  }
}

/** The public members alone; null for what no token may be verified by. */
function publicKeyOf(value: unknown): (JWK & { kty: string }) | null {
  if (typeof value !== 'object' || value === null) return null
  const members = new Map<string, unknown>(Object.entries(value))
  const text = (name: string) => {
    const member = members.get(name)
    return typeof member === 'string' && member.length <= 4096 ? member : undefined
  }
  const [kty, kid, use, alg] = [text('kty'), text('kid'), text('use'), text('alg')]
  if (use !== undefined && use !== 'sig') return null
  if (alg !== undefined && !allowedAlgorithms.includes(alg)) return null
  const common = { ...(kid !== undefined && { kid }), ...(alg !== undefined && { alg }) }
  const [n, e, crv, x, y] = [text('n'), text('e'), text('crv'), text('x'), text('y')]
  if (kty === 'RSA' && n !== undefined && e !== undefined) {
    return Buffer.from(n, 'base64url').length < shortestModulus ? null : { kty, n, e, ...common }
  }
  if (kty === 'EC' && crv !== undefined && x !== undefined && y !== undefined) {
    return ['P-256', 'P-384'].includes(crv) ? { kty, crv, x, y, ...common } : null
  }
  return null
}
