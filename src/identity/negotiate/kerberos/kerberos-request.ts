import { type DerReader, decodeDer } from '../../../x509/der/der-reader.ts'
import { contextConstructed } from '../../../x509/der/der-tag.ts'
import { X509Error } from '../../../x509/x509-error.ts'
import { readKerberosString, readPrincipalName } from './kerberos-name.ts'

/** For whom a ticket is, in the clear. */
export interface ServiceTicketName {
  readonly realm: string
  /** The components, as in `HTTP/cardinal.contoso.com`. */
  readonly principal: string
}

/** RFC 4120 §5.2.9. */
export interface EncryptedData {
  /** RFC 3961 §8: 18 is aes256-cts-hmac-sha1-96, 23 is rc4-hmac. */
  readonly encryptionType: number
  readonly cipher: Uint8Array
}

/** A ticket and its proof, as far as they can be read without a key. */
export interface KerberosRequest extends ServiceTicketName {
  /** Under a key of the service. */
  readonly ticket: EncryptedData
  /** Under the key that the ticket holds. */
  readonly authenticator: EncryptedData
}

/** KRB_AP_REQ, the token identifier of RFC 4121 §4.1. */
const requestIdentifier = [1, 0]

const applicationRequest = 0x6e
const applicationTicket = 0x61

/**
 * Reads a Kerberos token (RFC 4120 §5.3, §5.5.1). What is encrypted stays as it is.
 *
 * @param content what follows the mechanism in the token
 * @returns slices that share memory with `content`
 * @throws X509Error
 */
export function readKerberosRequest(content: Uint8Array): KerberosRequest {
  if (requestIdentifier.some((octet, index) => content[index] !== octet)) {
    throw new X509Error('der-unexpected-tag', 'not a Kerberos request')
  }
  return decodeDer(content.subarray(2), readRequest, content.length)
}

function readRequest(reader: DerReader): KerberosRequest {
  return reader.constructed(applicationRequest, () =>
    reader.sequence(() => {
      requireNumber(reader, 0, 5)
      requireNumber(reader, 1, 14)
      reader.constructed(contextConstructed(2), () => reader.bitString())
      const ticket = reader.constructed(contextConstructed(3), () => readTicket(reader))
      const authenticator = reader.constructed(contextConstructed(4), () => readEncryptedData(reader))
      return { ...ticket, authenticator }
    }),
  )
}

function readTicket(reader: DerReader): Omit<KerberosRequest, 'authenticator'> {
  return reader.constructed(applicationTicket, () =>
    reader.sequence(() => {
      requireNumber(reader, 0, 5)
      const realm = reader.constructed(contextConstructed(1), () => readKerberosString(reader))
      const principal = reader.constructed(contextConstructed(2), () => readPrincipalName(reader))
      const ticket = reader.constructed(contextConstructed(3), () => readEncryptedData(reader))
      return { realm, principal, ticket }
    }),
  )
}

function readEncryptedData(reader: DerReader): EncryptedData {
  return reader.sequence(() => {
    const encryptionType = reader.constructed(contextConstructed(0), () => reader.smallInteger())
    // The version of the key; some write a number above 2^31 as a negative one.
    reader.optionalExplicit(1, () => reader.integer())
    const cipher = reader.constructed(contextConstructed(2), () => reader.octetString())
    return { encryptionType, cipher }
  })
}

function requireNumber(reader: DerReader, tag: number, wanted: number): void {
  const start = reader.position
  const found = reader.constructed(contextConstructed(tag), () => reader.smallInteger())
  if (found !== wanted) throw reader.error('der-invalid-integer', `another number than ${wanted}`, start)
}
