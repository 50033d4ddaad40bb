import { createHash } from 'node:crypto'
import { type DerReader, decodeDer } from '../../x509/der/der-reader.ts'
import { contextConstructed, derTag } from '../../x509/der/der-tag.ts'

type Digest = 'sha224' | 'sha256' | 'sha384' | 'sha512'

const rsaPss = '1.2.840.113549.1.1.10'

/** RFC 5929 §4.1: the digest that signs the certificate, but SHA-256 where that is MD5 or SHA-1. */
const digests: ReadonlyMap<string, Digest> = new Map<string, Digest>([
  // RSA (RFC 8017 appendix C).
  ['1.2.840.113549.1.1.4', 'sha256'],
  ['1.2.840.113549.1.1.5', 'sha256'],
  ['1.2.840.113549.1.1.14', 'sha224'],
  ['1.2.840.113549.1.1.11', 'sha256'],
  ['1.2.840.113549.1.1.12', 'sha384'],
  ['1.2.840.113549.1.1.13', 'sha512'],
  // ECDSA (RFC 5758 §3.2); the first is of SHA-1 (RFC 3279 §2.2.3).
  ['1.2.840.10045.4.1', 'sha256'],
  ['1.2.840.10045.4.3.1', 'sha224'],
  ['1.2.840.10045.4.3.2', 'sha256'],
  ['1.2.840.10045.4.3.3', 'sha384'],
  ['1.2.840.10045.4.3.4', 'sha512'],
  // The digests by themselves, as RSASSA-PSS names them (RFC 4055 §2.1); the first is SHA-1.
  ['1.3.14.3.2.26', 'sha256'],
  ['2.16.840.1.101.3.4.2.4', 'sha224'],
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
  ['2.16.840.1.101.3.4.2.2', 'sha384'],
  ['2.16.840.1.101.3.4.2.3', 'sha512'],
])

/**
 * What a client's ticket says of a TLS connection to the server with this certificate: the channel bindings
 * `tls-server-end-point` (RFC 5929 §4), in the form of 16 octets in which Kerberos carries them (RFC 4121 §4.1.1.2).
 *
 * @returns null where the certificate is signed without a digest of its own, as by Ed25519: RFC 5929 defines no bindings
 * @throws X509Error
 */
export function tlsServerEndPointBindings(certificate: Uint8Array): Uint8Array | null {
  const digest = digests.get(decodeDer(certificate, readDigestIdentifier))
  if (digest === undefined) return null
  const hash = createHash(digest).update(certificate).digest()
  return kerberosChannelBindings(Buffer.concat([Buffer.from('tls-server-end-point:'), hash]))
}

/** MD5 over the bindings of RFC 2744 §3.11 without addresses, every number as four octets, the least one first. */
export function kerberosChannelBindings(applicationData: Uint8Array): Uint8Array {
  const addressesAndLength = Buffer.alloc(20)
  addressesAndLength.writeUInt32LE(applicationData.length, 16)
  return createHash('md5').update(addressesAndLength).update(applicationData).digest()
}

/** The outer signature algorithm (RFC 5280 §4.1.1.2). What is signed is not looked at: the server has it already. */
function readDigestIdentifier(reader: DerReader): string {
  return reader.sequence(() => {
    reader.primitive(derTag.sequence)
    const identifier = reader.sequence(() => {
      const algorithm = reader.objectIdentifier()
      if (algorithm === rsaPss) return reader.sequence(() => readPssDigest(reader))
      if (!reader.atEnd) reader.any()
      return algorithm
    })
    reader.bitString()
    return identifier
  })
}

/** RFC 4055 §3.1: the digest is the first of the parameters, and SHA-1 where it is left out. */
function readPssDigest(reader: DerReader): string {
  const digest = reader.optionalExplicit(0, () =>
    reader.sequence(() => {
      const identifier = reader.objectIdentifier()
      if (!reader.atEnd) reader.null()
      return identifier
    }),
  )
  for (const tag of [1, 2, 3].map(contextConstructed)) reader.optional(tag, () => reader.primitive(tag))
  return digest ?? '1.3.14.3.2.26'
}
