import { type DerReader, decodeDer } from '../../x509/der-reader.ts'
import { contextConstructed } from '../../x509/der-tag.ts'
import { X509Error } from '../../x509/x509-error.ts'

/** For whom a ticket is, in the clear. */
export interface ServiceTicketName {
  readonly realm: string
  /** The components, as in `HTTP/cardinal.contoso.com`. */
  readonly principal: string
}

/** KRB_AP_REQ, the token identifier of RFC 4121 §4.1. */
const requestIdentifier = [1, 0]

const applicationRequest = 0x6e
const ticket = 0x61
const generalString = 0x1b
const longestName = 1024
const mostComponents = 8

/**
 * Reads for whom the ticket of a Kerberos token is (RFC 4120 §5.3, §5.5.1). What is encrypted stays as it is.
 *
 * @param content what follows the mechanism in the token
 * @throws X509Error
 */
export function readKerberosRequest(content: Uint8Array): ServiceTicketName {
  if (requestIdentifier.some((octet, index) => content[index] !== octet)) {
    throw new X509Error('der-unexpected-tag', 'not a Kerberos request')
  }
  return decodeDer(content.subarray(2), readRequest, content.length)
}

function readRequest(reader: DerReader): ServiceTicketName {
  return reader.constructed(applicationRequest, () =>
    reader.sequence(() => {
      requireNumber(reader, 0, 5)
      requireNumber(reader, 1, 14)
      reader.constructed(contextConstructed(2), () => reader.bitString())
      const name = reader.constructed(contextConstructed(3), () => readTicket(reader))
      reader.primitive(contextConstructed(4))
      return name
    }),
  )
}

function readTicket(reader: DerReader): ServiceTicketName {
  return reader.constructed(ticket, () =>
    reader.sequence(() => {
      requireNumber(reader, 0, 5)
      const realm = reader.constructed(contextConstructed(1), () => kerberosString(reader))
      const principal = reader.constructed(contextConstructed(2), () => readPrincipalName(reader))
      reader.primitive(contextConstructed(3))
      return { realm, principal }
    }),
  )
}

function readPrincipalName(reader: DerReader): string {
  return reader.sequence(() => {
    reader.constructed(contextConstructed(0), () => reader.integer())
    const components = reader.constructed(contextConstructed(1), () =>
      reader.sequenceOf(() => kerberosString(reader)),
    )
    if (components.length === 0 || components.length > mostComponents) {
      throw reader.error('der-invalid-string', 'a name of too few or too many components')
    }
    return components.join('/')
  })
}

/** GeneralString, of which RFC 4120 §5.2.1 allows ASCII only; Active Directory writes UTF-8 (MS-KILE 2.2). */
function kerberosString(reader: DerReader): string {
  const start = reader.position
  const octets = reader.primitive(generalString)
  if (octets.length > longestName) throw reader.error('der-too-large', 'a name that is too long', start)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(octets)
  } catch {
    throw reader.error('der-invalid-string', 'malformed character string', start)
  }
}

function requireNumber(reader: DerReader, tag: number, wanted: number): void {
  const start = reader.position
  const found = reader.constructed(contextConstructed(tag), () => reader.smallInteger())
  if (found !== wanted) throw reader.error('der-invalid-integer', `another number than ${wanted}`, start)
}
