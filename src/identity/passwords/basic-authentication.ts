import { SignInRefusal } from '../sign-in-refusal.ts'
import { hasControlCharacter } from './opaque-string.ts'
import { shownAccount } from './password-refusal.ts'

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
 * @throws SignInRefusal malformed-basic; it holds nothing of the password
 */
export function parseBasicAuthorization(header: string): BasicCredentials {
  if (header.length > longestHeader) throw malformed(`It has more than ${longestHeader} characters.`)
  // The scheme's name is case-insensitive and one or more spaces follow it (RFC 9110 §11.1, §11.4).
  const token = /^basic +([^ ].*)$/is.exec(header)?.[1]
  if (token === undefined) throw malformed('Nothing stands behind Basic.')
  const bytes = Buffer.from(token, 'base64')
  if (bytes.toString('base64') !== token) throw malformed('It is not base64 with padding.')
  const colon = bytes.indexOf(':')
  if (colon < 0) throw malformed('It has no colon between name and password.')
  if (colon === 0) throw malformed('The name is empty.')
  // The name alone: what else cannot be read may be the password.
  const account = shownAccount(bytes.subarray(0, colon).toString())
  if (colon === bytes.length - 1) throw malformed('The password is empty.', account)
  const text = decode(bytes)
  if (text === null) {
    throw malformed('It is not UTF-8, in which the client must write name and password.', account)
  }
  if (hasControlCharacter(text)) throw malformed('It has a control character.', account)
  const accountName = text.slice(0, text.indexOf(':')).normalize('NFC')
  return { accountName, password: text.slice(text.indexOf(':') + 1) }
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}

function malformed(what: string, account?: string): SignInRefusal {
  const answer =
    'The Authorization header does not hold a name and a password by the scheme Basic (RFC 7617).'
  return new SignInRefusal('malformed-basic', `${answer} ${what}`, undefined, {
    answer,
    ...(account !== undefined && { account }),
  })
}
