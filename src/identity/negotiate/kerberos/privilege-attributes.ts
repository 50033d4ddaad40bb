import { isKerberosChecksum, kerberosChecksumLength } from './kerberos-checksum.ts'
import { PrivilegeAttributesError } from './privilege-attributes-error.ts'

/** Of PAC_INFO_BUFFER (MS-PAC 2.4). */
const bufferType = { logonInformation: 1, serverSignature: 6, domainSignature: 7 } as const

const headerLength = 8
const bufferHeaderLength = 16
/** Some twenty kinds are defined. */
const mostBuffers = 64

/** KERB_NON_KERB_CKSUM_SALT (MS-PAC 2.8.1). */
const signatureKeyUsage = 17
const signatureTypeLength = 4
/** Octets of KERB_CHECKSUM_HMAC_MD5, by which a domain may sign still: the only type that is not verified here (MS-PAC 2.8). */
const rc4SignatureLength = 16

type Buffers = ReadonlyMap<number, Uint8Array>

/**
 * The logon information in a privilege attribute certificate (MS-PAC 2.3), once it is seen that the domain controller
 * signed it for this service: a client can ask for a ticket with whatever in it, but has not the service's key.
 *
 * @param key of the service, by which the ticket is encrypted
 * @returns null where it holds none, as those of MIT's key distribution center
 * @throws PrivilegeAttributesError
 */
export function readSignedLogonInformation(certificate: Uint8Array, key: Uint8Array): Uint8Array | null {
  const buffers = readBuffers(certificate)
  verifyServerSignature(certificate, buffers, key)
  return buffers.get(bufferType.logonInformation) ?? null
}

/** PACTYPE (MS-PAC 2.3): a table of parts, little-endian. */
function readBuffers(certificate: Uint8Array): Buffers {
  const view = new DataView(certificate.buffer, certificate.byteOffset, certificate.length)
  const count = certificate.length < headerLength ? 0 : view.getUint32(0, true)
  const tableEnd = headerLength + count * bufferHeaderLength
  if (count === 0 || count > mostBuffers || tableEnd > certificate.length || view.getUint32(4, true) !== 0) {
    throw new PrivilegeAttributesError('it has no table of its parts')
  }
  const buffers = new Map<number, Uint8Array>()
  for (let position = headerLength; position < tableEnd; position += bufferHeaderLength) {
    const type = view.getUint32(position, true)
    const start = view.getBigUint64(position + 8, true)
    const end = start + BigInt(view.getUint32(position + 4, true))
    if (start < BigInt(tableEnd) || end > BigInt(certificate.length)) {
      throw new PrivilegeAttributesError('a part lies outside of it')
    }
    if (buffers.has(type)) throw new PrivilegeAttributesError('a part stands in it twice')
    buffers.set(type, certificate.subarray(Number(start), Number(end)))
  }
  return buffers
}

/** Over all of it, with zeros where the signatures of the service and of the domain stand (MS-PAC 2.8.2, 2.8.3). */
function verifyServerSignature(certificate: Uint8Array, buffers: Buffers, key: Uint8Array): void {
  const data = Uint8Array.from(certificate)
  const server = readSignature(buffers.get(bufferType.serverSignature))
  const domain = readSignature(buffers.get(bufferType.domainSignature))
  for (const { value } of [server, domain]) {
    const start = value.byteOffset - certificate.byteOffset
    data.fill(0, start, start + value.length)
  }
  if (!isKerberosChecksum(server.value, server.type, { key, usage: signatureKeyUsage, data })) {
    throw new PrivilegeAttributesError('the domain has not signed it for this service')
  }
}

/** PAC_SIGNATURE_DATA (MS-PAC 2.8); the number of a read-only domain controller may follow. */
function readSignature(buffer: Uint8Array | undefined): { type: number; value: Uint8Array } {
  if (buffer === undefined || buffer.length < signatureTypeLength) {
    throw new PrivilegeAttributesError('a signature is missing')
  }
  const type = new DataView(buffer.buffer, buffer.byteOffset).getInt32(0, true)
  const length = kerberosChecksumLength(type) ?? rc4SignatureLength
  return { type, value: buffer.subarray(signatureTypeLength, signatureTypeLength + length) }
}
