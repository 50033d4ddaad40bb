import { BerError, berElement, berNumber, berTag, readBerElements } from './ber-element.ts'

/** An answer of the server's, as far as signing in goes. */
export interface LdapAnswer {
  readonly messageId: number
  /** `bind` (RFC 4511 §4.2.2), `extended` (§4.12): also what a server says unasked, before it ends a connection (§4.4.1). */
  readonly kind: 'bind' | 'extended'
  readonly resultCode: number
  readonly diagnosticMessage: string
  /** What SASL has for the client; empty where there is nothing. */
  readonly saslCredentials: Uint8Array
}

const applicationTag = {
  bindRequest: 0x60,
  bindResponse: 0x61,
  extendedRequest: 0x77,
  extendedResponse: 0x78,
} as const
const saslTag = { authentication: 0xa3, serverCredentials: 0x87 } as const
const requestName = 0x80
const startTlsName = '1.3.6.1.4.1.1466.20037'
const longestDiagnostic = 300

/** A bind by SASL (RFC 4511 §4.2), in the name that the mechanism proves. */
export function saslBindRequest(messageId: number, mechanism: string, credentials: Uint8Array): Uint8Array {
  return request(
    messageId,
    applicationTag.bindRequest,
    berElement(berTag.integer, Buffer.from([3])),
    berElement(berTag.octetString),
    berElement(
      saslTag.authentication,
      berElement(berTag.octetString, Buffer.from(mechanism)),
      berElement(berTag.octetString, credentials),
    ),
  )
}

/** RFC 4511 §4.14.1. */
export function startTlsRequest(messageId: number): Uint8Array {
  return request(
    messageId,
    applicationTag.extendedRequest,
    berElement(requestName, Buffer.from(startTlsName)),
  )
}

/** @param messageId below 128 */
function request(messageId: number, tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const id = berElement(berTag.integer, Buffer.from([messageId]))
  return berElement(berTag.sequence, id, berElement(tag, ...contents))
}

/**
 * Reads what stands in the SEQUENCE of a message.
 *
 * @throws BerError where it is malformed, or an answer to something else
 */
export function parseAnswer(message: Uint8Array): LdapAnswer {
  const [id, operation] = readBerElements(message)
  if (id?.tag !== berTag.integer || operation === undefined) throw new BerError('A message has no number.')
  const isBind = operation.tag === applicationTag.bindResponse
  if (!isBind && operation.tag !== applicationTag.extendedResponse) {
    throw new BerError('A message is no answer to what was asked.')
  }
  const [resultCode, matchedDn, diagnostic, ...rest] = readBerElements(operation.content)
  if (
    resultCode?.tag !== berTag.enumerated ||
    matchedDn?.tag !== berTag.octetString ||
    diagnostic?.tag !== berTag.octetString
  ) {
    throw new BerError('An answer has no result.')
  }
  return {
    messageId: berNumber(id),
    kind: isBind ? 'bind' : 'extended',
    resultCode: berNumber(resultCode),
    diagnosticMessage: printable(diagnostic.content),
    saslCredentials: rest.find(({ tag }) => tag === saslTag.serverCredentials)?.content ?? new Uint8Array(),
  }
}

/** AD ends its messages with a zero octet. */
function printable(octets: Uint8Array): string {
  const text = Buffer.from(octets).toString('utf8').replace(/\0$/, '')
  return text.slice(0, longestDiagnostic).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?')
}
