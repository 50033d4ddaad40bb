import { escapedText } from '../escaped-text.ts'
import { SignInRefusal } from '../sign-in-refusal.ts'
import { allowedAlgorithms } from './provider-keys.ts'

export const longestToken = 16 * 1024

/** The header of a JWS in compact form (RFC 7515 §7.1), of which nothing is authenticated yet. */
export interface TokenHeader {
  readonly alg: string
  readonly kid: string | null
}

/** What would name a key, or ask for processing, that we do not take from a token. */
const refusedParameters = ['crit', 'jku', 'jwk', 'x5u', 'x5c', 'b64', 'zip', 'enc']

/**
 * Looks at a token's header before anything is done with the rest.
 *
 * @throws SignInRefusal malformed-token, algorithm-not-allowed, header-not-allowed, not-an-access-token
 */
export function readTokenHeader(token: string, types: readonly (string | undefined)[]): TokenHeader {
  if (token.length > longestToken) {
    throw new SignInRefusal('malformed-token', `The token has more than ${longestToken} characters.`)
  }
  const parts = token.split('.', 4)
  const [encoded = ''] = parts
  // In no other spelling of the same octets (RFC 4648 §3.5): one token is one text.
  const isCanonical = parts.every(part => Buffer.from(part, 'base64url').toString('base64url') === part)
  if (!/^[\w-]+\.[\w-]+\.[\w-]*$/.test(token) || !isCanonical) {
    throw new SignInRefusal(
      'malformed-token',
      'The token is no signed JWT: header, claims and signature, in base64url.',
    )
  }
  const header = parseHeader(encoded)
  const { alg, kid, typ } = header
  if (typeof alg !== 'string' || !allowedAlgorithms.includes(alg)) {
    throw new SignInRefusal(
      'algorithm-not-allowed',
      `The token is signed by ${shown(alg)}; allowed are ${allowedAlgorithms.join(', ')}.`,
    )
  }
  for (const name of refusedParameters) {
    // AD FS and Entra ID add x5t, the hash of the key's certificate, which is not used.
    if (Object.hasOwn(header, name)) {
      throw new SignInRefusal('header-not-allowed', `The token's header has "${name}", which is not taken.`)
    }
  }
  // RFC 9068 §4, and RFC 7519 §5.1: without regard to case, with or without "application/".
  const type = typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : typ
  if (!types.some(each => each === type)) {
    throw new SignInRefusal('not-an-access-token', `The token is of the type ${shown(typ)}.`)
  }
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > 512)) {
    throw new SignInRefusal('malformed-token', "The token's kid is no text.")
  }
  return { alg, kid: kid ?? null }
}

function parseHeader(encoded: string): Readonly<Record<string, unknown>> {
  try {
    const header: unknown = JSON.parse(
      new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(encoded, 'base64url')),
    )
    if (typeof header === 'object' && header !== null && !Array.isArray(header)) return { ...header }
  } catch {
    // Said below: what is wrong with it is of no use to anybody.
  }
  throw new SignInRefusal('malformed-token', "The token's header is no JSON object.")
}

/** For the log: short, on one line, and all of it seen. */
export function shown(value: unknown): string {
  return escapedText(JSON.stringify(value) ?? 'nothing', 100)
}
