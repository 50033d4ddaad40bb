import { equalBytes } from '../../../x509/der/bytes.ts'
import { type DerReader, decodeDer } from '../../../x509/der/der-reader.ts'
import { contextConstructed } from '../../../x509/der/der-tag.ts'
import { readAuthorizationData } from './authorization-data.ts'
import { quoteNamePart, readKerberosString, readPrincipalName } from './kerberos-name.ts'

/** What a client proves by its key, once it is decrypted. */
export interface KerberosAuthenticator {
  /** `alice@CONTOSO.COM`. */
  readonly client: string
  /** MD5 of the channel bindings, 16 octets; null where the client gave none. */
  readonly channelBindings: Uint8Array | null
  /** Whether the client says that its programs bind their tickets to the TLS connection that they travel through. */
  readonly isClientBindingAware: boolean
}

const authenticator = 0x62

/** Of RFC 4121 §4.1.1, as the content of an INTEGER: 0x8003. */
const contextChecksumType = Uint8Array.of(0, 0x80, 3)
/** Length, bindings and flags. */
const shortestContextChecksum = 24
const bindingsLength = 16

/** Content of an INTEGER: AD-AUTH-DATA-AP-OPTIONS (MS-KILE 3.2.5.8). */
const requestOptions = Uint8Array.of(0, 143)
const bindingAwareOption = 0x4000

/**
 * Reads a decrypted authenticator (RFC 4120 §5.5.1) as far as it is about channel bindings.
 *
 * @throws X509Error
 */
export function readKerberosAuthenticator(part: Uint8Array): KerberosAuthenticator {
  return decodeDer(part, reader =>
    reader.constructed(authenticator, () =>
      reader.sequence(() => {
        reader.primitive(contextConstructed(0))
        const realm = reader.constructed(contextConstructed(1), () => readKerberosString(reader))
        const name = reader.constructed(contextConstructed(2), () => readPrincipalName(reader))
        const channelBindings = reader.optionalExplicit(3, () => readChecksum(reader))
        reader.primitive(contextConstructed(4))
        reader.primitive(contextConstructed(5))
        // The subkey and the sequence number.
        for (const tag of [6, 7].map(contextConstructed)) reader.optional(tag, () => reader.primitive(tag))
        const isClientBindingAware = reader.optionalExplicit(8, () => readBindingAwareness(reader)) ?? false
        return { client: `${name}@${quoteNamePart(realm)}`, channelBindings, isClientBindingAware }
      }),
    ),
  )
}

/** Samba sends checksums of other types, which say nothing of bindings. */
function readChecksum(reader: DerReader): Uint8Array | null {
  return reader.sequence(() => {
    const type = reader.constructed(contextConstructed(0), () => reader.integer())
    const start = reader.position
    const checksum = reader.constructed(contextConstructed(1), () => reader.octetString())
    if (!equalBytes(type, contextChecksumType)) return null
    // RFC 4121 §4.1.1: the length of what follows, little-endian, then the bindings.
    const isBindingsLength = [bindingsLength, 0, 0, 0].every((octet, index) => checksum[index] === octet)
    if (checksum.length < shortestContextChecksum || !isBindingsLength) {
      throw reader.error('der-invalid-string', 'a malformed context checksum', start)
    }
    const bindings = checksum.subarray(4, 4 + bindingsLength)
    return bindings.every(octet => octet === 0) ? null : bindings
  })
}

/** Whether the options of the request say that the client knows of bindings. */
function readBindingAwareness(reader: DerReader): boolean {
  return readAuthorizationData(reader).some(({ type, data }) => {
    if (!equalBytes(type, requestOptions) || data.length !== 4) return false
    const options = new DataView(data.buffer, data.byteOffset, data.length).getUint32(0, true)
    return (options & bindingAwareOption) !== 0
  })
}
