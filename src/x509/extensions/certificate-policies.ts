import { type DerReader, decodeDer } from '../der/der-reader.ts'
import { derTag } from '../der/der-tag.ts'
import { type DerPart, derSequence, encodeDer } from '../der/der-writer.ts'
import type { Extension } from '../extension.ts'
import { encodeObjectIdentifier, objectIdentifiers } from '../object-identifier.ts'
import { X509Error } from '../x509-error.ts'

export interface PolicyQualifier {
  readonly oid: string
  /** DER of the qualifier, for example an IA5String with the address of a practice statement. */
  readonly value: Uint8Array
}

export interface PolicyInformation {
  readonly oid: string
  readonly qualifiers: readonly PolicyQualifier[]
}

/**
 * RFC 5280 §4.2.1.4; not critical.
 *
 * @throws X509Error invalid-extension without any policy, or with one twice
 */
export function encodeCertificatePolicies(policies: readonly PolicyInformation[]): Extension {
  return { oid: objectIdentifiers.certificatePolicies, critical: false, value: encodePolicies(policies) }
}

/** Microsoft's application policies: the key purposes once more, in the syntax of certificate policies. */
export function encodeApplicationPolicies(purposes: readonly string[]): Extension {
  const value = encodePolicies(purposes.map(oid => ({ oid, qualifiers: [] })))
  return { oid: objectIdentifiers.applicationPolicies, critical: false, value }
}

function encodePolicies(policies: readonly PolicyInformation[]): Uint8Array {
  if (policies.length === 0 || new Set(policies.map(({ oid }) => oid)).size !== policies.length) {
    throw new X509Error('invalid-extension', 'no policy, or one twice')
  }
  return encodeDer(derSequence(policies.map(encodePolicy)))
}

function encodePolicy({ oid, qualifiers }: PolicyInformation): DerPart {
  if (qualifiers.length === 0) return derSequence([encodeObjectIdentifier(oid)])
  const encoded = qualifiers.map(qualifier =>
    derSequence([encodeObjectIdentifier(qualifier.oid), qualifier.value]),
  )
  return derSequence([encodeObjectIdentifier(oid), derSequence(encoded)])
}

/** @throws X509Error */
export function decodeCertificatePolicies(value: Uint8Array): readonly PolicyInformation[] {
  return decodeDer(value, reader => reader.sequenceOf(policy => policy.sequence(readPolicy)))
}

/** The purposes of Microsoft's application policies. @throws X509Error */
export function decodeApplicationPolicies(value: Uint8Array): readonly string[] {
  return decodeCertificatePolicies(value).map(({ oid }) => oid)
}

function readPolicy(reader: DerReader): PolicyInformation {
  const oid = reader.objectIdentifier()
  const start = reader.position
  const qualifiers = reader.optional(derTag.sequence, () =>
    reader.sequenceOf(qualifier => qualifier.sequence(readQualifier)),
  )
  if (qualifiers?.length === 0) throw reader.error('invalid-extension', 'an empty list of qualifiers', start)
  return { oid, qualifiers: qualifiers ?? [] }
}

function readQualifier(reader: DerReader): PolicyQualifier {
  return { oid: reader.objectIdentifier(), value: reader.any() }
}
