import { CardinalError } from '../../domain/error.ts'
import { hasControlCharacter } from './opaque-string.ts'

export interface BasicCredentials {
  /** In NFC (RFC 7617 §2.1). */
  readonly accountName: string
  readonly password: string
}

/** The value of WWW-Authenticate (RFC 7617 §2.1). */
export const basicChallenge = 'Basic realm="Cardinal", charset="UTF-8"'

const longestHeader = 1024

/**
 * Reads the value of an Authorization header with the scheme Basic (RFC 7617 §2): canonical base64 with padding
 * (RFC 4648 §3.5), UTF-8, no control characters, neither name nor password empty, at most 1 KiB.
 *
 * @throws CardinalError NotSignedIn; its message holds nothing of the header
 */
export function parseBasicAuthorization(header: string): BasicCredentials {
  // The scheme's name is case-insensitive and one or more spaces follow it (RFC 9110 §11.1, §11.4).
  const token =
    header.length <= longestHeader ? /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header)?.[1] : undefined
  const text = token === undefined ? null : decode(token)
  const colon = text?.indexOf(':') ?? -1
  if (text === null || colon < 1 || colon === text.length - 1 || hasControlCharacter(text)) {
    throw new CardinalError(
      'NotSignedIn',
      'The Authorization header does not hold a name and a password by the scheme Basic (RFC 7617).',
    )
  }
  return { accountName: text.slice(0, colon).normalize('NFC'), password: text.slice(colon + 1) }
}

function decode(token: string): string | null {
  const bytes = Buffer.from(token, 'base64')
  if (bytes.toString('base64') !== token) return null
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}
