import { DerReader, decodeDer } from '../../x509/der/der-reader.ts'
import { contextConstructed } from '../../x509/der/der-tag.ts'
import { X509Error } from '../../x509/x509-error.ts'
import { SignInRefusal } from '../sign-in-refusal.ts'
import { type KerberosRequest, readKerberosRequest } from './kerberos/kerberos-request.ts'

/** Windows makes tokens of 48,000 octets at most (MaxTokenSize), other systems of 65,535 (MS-KILE 3.1.1). */
export const longestToken = 65_536

const spnego = '1.3.6.1.5.5.2'
const ntlm = '1.3.6.1.4.1.311.2.2.10'

/** The second one is what Windows 2000 wrote, and what Windows has put first ever since (MS-SPNG 1.9). */
const kerberosMechanisms = ['1.2.840.113554.1.2.2', '1.2.840.48018.1.2.2']

/** Of any token with a mechanism's header: APPLICATION 0 (RFC 2743 §3.1). */
const initialContextToken = 0x60

const ntlmSignature = new TextEncoder().encode('NTLMSSP\0')
const longestMechanismList = 32

/**
 * Reads the first token of a negotiation as far as it can be read without a key: it must be a Kerberos ticket and its
 * proof, bare (RFC 4121 §4.1) or as the first choice within SPNEGO (RFC 4178 §4.2.1). A negotiation that would take a
 * second step is not entered into: each call stands alone.
 *
 * @returns for whom the ticket is, as the sender says; only the key shows whether it is true. What is encrypted shares
 *   memory with the token
 * @throws SignInRefusal malformed-token, token-too-large, ntlm-offered, no-kerberos-token
 */
export function readNegotiateToken(token: Uint8Array): KerberosRequest {
  if (token.length > longestToken) {
    throw new SignInRefusal('token-too-large', `The token has more than ${longestToken} octets.`)
  }
  if (ntlmSignature.every((octet, index) => token[index] === octet)) throw ntlmOffered()
  try {
    return readInitialContextToken(token)
  } catch (error) {
    if (!(error instanceof X509Error)) throw error
    throw new SignInRefusal('malformed-token', `The token is malformed: ${error.message}.`, error)
  }
}

function readInitialContextToken(token: Uint8Array): KerberosRequest {
  const { mechanism, content } = readFramed(token)
  if (kerberosMechanisms.includes(mechanism)) return readKerberosRequest(content)
  if (mechanism === ntlm) throw ntlmOffered()
  if (mechanism !== spnego) {
    throw new SignInRefusal('no-kerberos-token', `The token is of the mechanism ${mechanism}, not Kerberos.`)
  }
  const { mechanisms, mechanismToken } = decodeDer(content, readNegTokenInit, longestToken)
  const [preferred] = mechanisms
  if (preferred === undefined || !kerberosMechanisms.includes(preferred)) throw otherMechanisms(mechanisms)
  if (mechanismToken === null) {
    throw new SignInRefusal('no-kerberos-token', 'The client offers Kerberos but sent no ticket along.')
  }
  const inner = readFramed(mechanismToken)
  if (!kerberosMechanisms.includes(inner.mechanism)) {
    throw new SignInRefusal(
      'malformed-token',
      'The token within is of another mechanism than it is said to be.',
    )
  }
  return readKerberosRequest(inner.content)
}

/** The mechanism and what follows it, which only DER of SPNEGO is. */
function readFramed(token: Uint8Array): { mechanism: string; content: Uint8Array } {
  const framed = decodeDer(token, reader => reader.primitive(initialContextToken), longestToken)
  const reader = new DerReader(framed)
  const mechanism = reader.objectIdentifier()
  return { mechanism, content: framed.subarray(reader.position) }
}

function readNegTokenInit(reader: DerReader): { mechanisms: string[]; mechanismToken: Uint8Array | null } {
  return reader.constructed(contextConstructed(0), () =>
    reader.sequence(() => {
      const mechanisms = reader.constructed(contextConstructed(0), () => readMechanisms(reader))
      reader.optionalExplicit(1, () => reader.bitString())
      const mechanismToken = reader.optionalExplicit(2, () => reader.octetString())
      reader.optionalExplicit(3, () => reader.octetString())
      return { mechanisms, mechanismToken }
    }),
  )
}

function readMechanisms(reader: DerReader): string[] {
  let count = 0
  return reader.sequenceOf(() => {
    count += 1
    if (count > longestMechanismList) throw reader.error('der-too-large', 'too many mechanisms')
    return reader.objectIdentifier()
  })
}

function otherMechanisms(mechanisms: readonly string[]): SignInRefusal {
  if (mechanisms.some(mechanism => kerberosMechanisms.includes(mechanism))) {
    return new SignInRefusal('no-kerberos-token', 'The client offers Kerberos, but not as its first choice.')
  }
  return mechanisms.includes(ntlm)
    ? ntlmOffered()
    : new SignInRefusal('no-kerberos-token', 'The client does not offer Kerberos.')
}

function ntlmOffered(): SignInRefusal {
  return new SignInRefusal(
    'ntlm-offered',
    'The client offers NTLM, which is not taken, and no Kerberos ticket. It had none for this address: check that ' +
      'the service principal is registered for the name in the address, and that the client is in the domain.',
  )
}
