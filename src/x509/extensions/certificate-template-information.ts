import { decodeDer } from '../der/der-reader.ts'
import { derTag } from '../der/der-tag.ts'
import { derInteger, derSequence, encodeDer } from '../der/der-writer.ts'
import type { Extension } from '../extension.ts'
import { encodeObjectIdentifier, objectIdentifiers } from '../object-identifier.ts'

/** Which certificate template a certificate was issued from ([MS-WCCE] 2.2.2.7.7.2 szOID_CERTIFICATE_TEMPLATE). */
export interface CertificateTemplateInformation {
  readonly oid: string
  readonly majorVersion: number | null
  readonly minorVersion: number | null
}

export function encodeCertificateTemplateInformation(template: CertificateTemplateInformation): Extension {
  const parts = [encodeObjectIdentifier(template.oid)]
  if (template.majorVersion !== null) parts.push(derInteger(template.majorVersion))
  if (template.majorVersion !== null && template.minorVersion !== null) {
    parts.push(derInteger(template.minorVersion))
  }
  return {
    oid: objectIdentifiers.certificateTemplateInformation,
    critical: false,
    value: encodeDer(derSequence(parts)),
  }
}

/** @throws X509Error */
export function decodeCertificateTemplateInformation(value: Uint8Array): CertificateTemplateInformation {
  return decodeDer(value, reader =>
    reader.sequence(inner => ({
      oid: inner.objectIdentifier(),
      majorVersion: inner.optional(derTag.integer, () => inner.smallInteger()),
      minorVersion: inner.optional(derTag.integer, () => inner.smallInteger()),
    })),
  )
}
