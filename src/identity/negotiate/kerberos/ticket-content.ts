import { equalBytes } from '../../../x509/der/bytes.ts'
import { type DerReader, decodeDer } from '../../../x509/der/der-reader.ts'
import { contextConstructed } from '../../../x509/der/der-tag.ts'
import { readAuthorizationData } from './authorization-data.ts'
import { quoteNamePart, readKerberosString, readPrincipalName } from './kerberos-name.ts'

export interface KerberosKey {
  /** RFC 3961 §8: 18 is aes256-cts-hmac-sha1-96. */
  readonly encryptionType: number
  /** Secret. */
  readonly key: Uint8Array
}

/** What a ticket holds, as far as it is read here. */
export interface TicketContent {
  /** `alice@CONTOSO.COM`. */
  readonly client: string
  readonly sessionKey: KerberosKey
  /** The privilege attribute certificate of the client; null where the ticket has none. */
  readonly privilegeAttributes: Uint8Array | null
}

const encryptedTicketPart = 0x63

/** Content of an INTEGER: AD-WIN2K-PAC (RFC 4120 §7.5.4). */
const privilegeAttributesType = Uint8Array.of(0, 128)

/**
 * Reads the decrypted part of a ticket, EncTicketPart (RFC 4120 §5.3).
 *
 * @throws X509Error
 */
export function readTicketContent(part: Uint8Array): TicketContent {
  return decodeDer(part, reader =>
    reader.constructed(encryptedTicketPart, () =>
      reader.sequence(() => {
        reader.primitive(contextConstructed(0))
        const sessionKey = reader.constructed(contextConstructed(1), () => readEncryptionKey(reader))
        const realm = reader.constructed(contextConstructed(2), () => readKerberosString(reader))
        const name = reader.constructed(contextConstructed(3), () => readPrincipalName(reader))
        // Realms on the way, times and addresses, which the library has looked at.
        for (const tag of [4, 5].map(contextConstructed)) reader.primitive(tag)
        for (const tag of [6, 7, 8, 9].map(contextConstructed)) {
          reader.optional(tag, () => reader.primitive(tag))
        }
        const privilegeAttributes = reader.optionalExplicit(10, () => readPrivilegeAttributes(reader)) ?? null
        return { client: `${name}@${quoteNamePart(realm)}`, sessionKey, privilegeAttributes }
      }),
    ),
  )
}

function readEncryptionKey(reader: DerReader): KerberosKey {
  return reader.sequence(() => {
    const encryptionType = reader.constructed(contextConstructed(0), () => reader.smallInteger())
    const key = reader.constructed(contextConstructed(1), () => reader.octetString())
    return { encryptionType, key }
  })
}

function readPrivilegeAttributes(reader: DerReader): Uint8Array | null {
  const start = reader.position
  const [found, ...others] = readAuthorizationData(reader).filter(({ type }) =>
    equalBytes(type, privilegeAttributesType),
  )
  if (others.length > 0)
    throw reader.error('der-unexpected-tag', 'several privilege attribute certificates', start)
  return found?.data ?? null
}
