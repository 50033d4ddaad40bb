import { X509Error } from './x509-error.ts'

/** The object identifiers that this room knows by name. */
export const objectIdentifiers = {
  // RFC 5280 Appendix A, RFC 4519: attribute types
  commonName: '2.5.4.3',
  surname: '2.5.4.4',
  serialNumber: '2.5.4.5',
  countryName: '2.5.4.6',
  localityName: '2.5.4.7',
  stateOrProvinceName: '2.5.4.8',
  streetAddress: '2.5.4.9',
  organizationName: '2.5.4.10',
  organizationalUnitName: '2.5.4.11',
  title: '2.5.4.12',
  givenName: '2.5.4.42',
  initials: '2.5.4.43',
  generationQualifier: '2.5.4.44',
  distinguishedNameQualifier: '2.5.4.46',
  pseudonym: '2.5.4.65',
  userId: '0.9.2342.19200300.100.1.1',
  domainComponent: '0.9.2342.19200300.100.1.25',
  emailAddress: '1.2.840.113549.1.9.1',

  // RFC 3279, RFC 4055, RFC 5480, RFC 5758: keys, digests and signatures
  rsaEncryption: '1.2.840.113549.1.1.1',
  sha1WithRSAEncryption: '1.2.840.113549.1.1.5',
  maskGenerationFunction1: '1.2.840.113549.1.1.8',
  rsassaPss: '1.2.840.113549.1.1.10',
  sha256WithRSAEncryption: '1.2.840.113549.1.1.11',
  sha384WithRSAEncryption: '1.2.840.113549.1.1.12',
  sha512WithRSAEncryption: '1.2.840.113549.1.1.13',
  ecPublicKey: '1.2.840.10045.2.1',
  p256: '1.2.840.10045.3.1.7',
  p384: '1.3.132.0.34',
  ecdsaWithSha1: '1.2.840.10045.4.1',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  ecdsaWithSha384: '1.2.840.10045.4.3.3',
  ecdsaWithSha512: '1.2.840.10045.4.3.4',
  sha1: '1.3.14.3.2.26',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',

  // RFC 5280 §4.2, §5.2, §5.3: extensions
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAlternativeName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  crlNumber: '2.5.29.20',
  reasonCode: '2.5.29.21',
  deltaCrlIndicator: '2.5.29.27',
  issuingDistributionPoint: '2.5.29.28',
  certificatePolicies: '2.5.29.32',
  authorityKeyIdentifier: '2.5.29.35',
  crlDistributionPoints: '2.5.29.31',
  extendedKeyUsage: '2.5.29.37',
  authorityInformationAccess: '1.3.6.1.5.5.7.1.1',

  // RFC 5280 §4.2.1.4, §4.2.1.12, §4.2.2.1: policies, key purposes and access methods
  anyPolicy: '2.5.29.32.0',
  cpsQualifier: '1.3.6.1.5.5.7.2.1',
  anyExtendedKeyUsage: '2.5.29.37.0',
  serverAuthentication: '1.3.6.1.5.5.7.3.1',
  clientAuthentication: '1.3.6.1.5.5.7.3.2',
  codeSigning: '1.3.6.1.5.5.7.3.3',
  emailProtection: '1.3.6.1.5.5.7.3.4',
  ocspSigning: '1.3.6.1.5.5.7.3.9',
  ocsp: '1.3.6.1.5.5.7.48.1',
  caIssuers: '1.3.6.1.5.5.7.48.2',

  // RFC 6960 §4.2.1, §4.4.1
  ocspBasicResponse: '1.3.6.1.5.5.7.48.1.1',
  ocspNonce: '1.3.6.1.5.5.7.48.1.2',

  // RFC 2985, RFC 5652, RFC 5272: attributes, message syntax, CMC
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  extensionRequest: '1.2.840.113549.1.9.14',
  signedData: '1.2.840.113549.1.7.2',
  cmcStatusInfo: '1.3.6.1.5.5.7.7.1',
  pkiResponse: '1.3.6.1.5.5.7.12.3',

  // MS-WCCE 2.2.2.7, MS-CRTD 2.20: Microsoft's own
  microsoftExtensionRequest: '1.3.6.1.4.1.311.2.1.14',
  cmcAddAttributes: '1.3.6.1.4.1.311.10.10.1',
  encryptingFileSystem: '1.3.6.1.4.1.311.10.3.4',
  enrollmentCsp: '1.3.6.1.4.1.311.13.2.2',
  osVersion: '1.3.6.1.4.1.311.13.2.3',
  enrollmentAgent: '1.3.6.1.4.1.311.20.2.1',
  smartcardLogon: '1.3.6.1.4.1.311.20.2.2',
  userPrincipalName: '1.3.6.1.4.1.311.20.2.3',
  certificateTemplateInformation: '1.3.6.1.4.1.311.21.7',
  applicationPolicies: '1.3.6.1.4.1.311.21.10',
  issuedCertificateHash: '1.3.6.1.4.1.311.21.17',
  requestClientInformation: '1.3.6.1.4.1.311.21.20',
  sidExtension: '1.3.6.1.4.1.311.25.2',
  objectSid: '1.3.6.1.4.1.311.25.2.1',
} as const

// No identifier in use comes near; 127 octets keep the length in one octet.
const maximumContentLength = 127
// Nineteen octets of seven bits hold the 128-bit arc of a UUID (2.25.…).
const maximumArcOctets = 19
const cacheLimit = 4096
const encodedCache = new Map<string, Uint8Array>()

/**
 * The whole DER element (tag, length, content) of a dotted object identifier. The result is cached and shared:
 * do not write to it.
 *
 * @throws X509Error der-invalid-oid when the text is no object identifier (X.660: at least two arcs, the first 0–2,
 *   the second below 40 under 0 and 1, no leading zeros)
 */
export function encodeObjectIdentifier(dotted: string): Uint8Array {
  const cached = encodedCache.get(dotted)
  if (cached !== undefined) return cached
  const encoded = encodeUncached(dotted)
  if (encodedCache.size < cacheLimit) encodedCache.set(dotted, encoded)
  return encoded
}

function encodeUncached(dotted: string): Uint8Array {
  if (!/^[0-2](\.(0|[1-9][0-9]{0,40}))+$/.test(dotted)) throw invalid()
  const [first = 0n, second = 0n, ...rest] = dotted.split('.').map(BigInt)
  if (first < 2n && second > 39n) throw invalid()
  const content: number[] = []
  for (const arc of [first * 40n + second, ...rest]) pushBase128(content, arc)
  if (content.length > maximumContentLength) throw invalid()
  return Uint8Array.of(0x06, content.length, ...content)
}

function pushBase128(target: number[], arc: bigint): void {
  const groups = [Number(arc & 0x7fn)]
  for (let rest = arc >> 7n; rest > 0n; rest >>= 7n) groups.unshift(Number(rest & 0x7fn) | 0x80)
  if (groups.length > maximumArcOctets) throw invalid()
  target.push(...groups)
}

/**
 * The dotted form of an object identifier's content octets (X.690 §8.19), which are those from `start` to `end`.
 *
 * @throws X509Error der-invalid-oid when empty, cut off in an arc, padded with 0x80, or unreasonably long
 */
export function decodeObjectIdentifier(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
  return findNamed(bytes, start, end) ?? decodeUnnamed(bytes.subarray(start, end))
}

/** The named identifiers by checksum, since nearly all that certificates hold are among them. */
const namedByChecksum = new Map<number, { content: Uint8Array; dotted: string }[]>()
for (const dotted of Object.values(objectIdentifiers)) {
  const content = encodeUncached(dotted).subarray(2)
  const key = checksum(content, 0, content.length)
  namedByChecksum.set(key, [...(namedByChecksum.get(key) ?? []), { content, dotted }])
}

function findNamed(bytes: Uint8Array, start: number, end: number): string | null {
  for (const { content, dotted } of namedByChecksum.get(checksum(bytes, start, end)) ?? []) {
    if (matchesAt(bytes, start, end, content)) return dotted
  }
  return null
}

function matchesAt(bytes: Uint8Array, start: number, end: number, content: Uint8Array): boolean {
  if (content.length !== end - start) return false
  for (let index = 0; index < content.length; index++) {
    if (bytes[start + index] !== content[index]) return false
  }
  return true
}

function checksum(bytes: Uint8Array, start: number, end: number): number {
  let sum = end - start
  for (let index = start; index < end; index++) sum = (sum * 31 + (bytes[index] ?? 0)) & 0xffffff
  return sum
}

function decodeUnnamed(content: Uint8Array): string {
  if (content.length === 0 || content.length > maximumContentLength) throw invalid()
  let dotted = ''
  let start = 0
  for (let index = 0; index < content.length; index++) {
    const octet = content[index] ?? 0
    if (index === start && octet === 0x80) throw invalid()
    if (octet >= 0x80) continue
    dotted += start === 0 ? firstArcs(content, index + 1) : `.${readArc(content, start, index + 1)}`
    start = index + 1
  }
  if (start !== content.length) throw invalid()
  return dotted
}

function firstArcs(content: Uint8Array, end: number): string {
  const joined = readArc(content, 0, end)
  if (joined < 40) return `0.${joined}`
  if (joined < 80) return `1.${Number(joined) - 40}`
  return typeof joined === 'bigint' ? `2.${joined - 80n}` : `2.${joined - 80}`
}

function readArc(content: Uint8Array, start: number, end: number): number | bigint {
  if (end - start > maximumArcOctets) throw invalid()
  // Seven octets hold 49 bits, which a number carries exactly.
  if (end - start > 7) return readLongArc(content, start, end)
  let arc = 0
  for (let index = start; index < end; index++) arc = arc * 128 + ((content[index] ?? 0) & 0x7f)
  return arc
}

function readLongArc(content: Uint8Array, start: number, end: number): bigint {
  let arc = 0n
  for (let index = start; index < end; index++) arc = (arc << 7n) | BigInt((content[index] ?? 0) & 0x7f)
  return arc
}

function invalid(): X509Error {
  return new X509Error('der-invalid-oid', 'not an object identifier')
}
