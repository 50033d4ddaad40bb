import { type Extension, findExtension } from '../extension.ts'
import { decodeAuthorityInformationAccess } from '../extensions/authority-information-access.ts'
import { decodeAuthorityKeyIdentifier } from '../extensions/authority-key-identifier.ts'
import { decodeBasicConstraints } from '../extensions/basic-constraints.ts'
import { decodeApplicationPolicies, decodeCertificatePolicies } from '../extensions/certificate-policies.ts'
import { decodeCertificateTemplateInformation } from '../extensions/certificate-template-information.ts'
import { decodeCrlDistributionPoints } from '../extensions/crl-distribution-points.ts'
import { decodeExtendedKeyUsage } from '../extensions/extended-key-usage.ts'
import { decodeKeyUsage } from '../extensions/key-usage.ts'
import { decodeSidExtension } from '../extensions/sid-extension.ts'
import { decodeSubjectAlternativeName } from '../extensions/subject-alternative-name.ts'
import { decodeSubjectKeyIdentifier } from '../extensions/subject-key-identifier.ts'
import { objectIdentifiers as oids } from '../object-identifier.ts'
import { X509Error } from '../x509-error.ts'
import type { LintFinding } from './lint-finding.ts'

/** An extension as it stands, with what it says. */
export interface Known<T> {
  readonly critical: boolean
  readonly value: T
}

/** The extensions that the rules look at; null where absent or malformed. */
export type KnownExtensions = ReturnType<typeof decodeAll>

type Read = <T>(
  name: string,
  clause: string,
  oid: string,
  decode: (value: Uint8Array) => T,
) => Known<T> | null

function decodeAll(read: Read) {
  return {
    basicConstraints: read(
      'basic-constraints',
      'RFC 5280 §4.2.1.9',
      oids.basicConstraints,
      decodeBasicConstraints,
    ),
    keyUsage: read('key-usage', 'RFC 5280 §4.2.1.3', oids.keyUsage, decodeKeyUsage),
    extendedKeyUsage: read(
      'extended-key-usage',
      'RFC 5280 §4.2.1.12',
      oids.extendedKeyUsage,
      decodeExtendedKeyUsage,
    ),
    subjectKeyIdentifier: read(
      'subject-key-identifier',
      'RFC 5280 §4.2.1.2',
      oids.subjectKeyIdentifier,
      decodeSubjectKeyIdentifier,
    ),
    authorityKeyIdentifier: read(
      'authority-key-identifier',
      'RFC 5280 §4.2.1.1',
      oids.authorityKeyIdentifier,
      decodeAuthorityKeyIdentifier,
    ),
    subjectAlternativeName: read(
      'subject-alternative-name',
      'RFC 5280 §4.2.1.6',
      oids.subjectAlternativeName,
      decodeSubjectAlternativeName,
    ),
    crlDistributionPoints: read(
      'crl-distribution-points',
      'RFC 5280 §4.2.1.13',
      oids.crlDistributionPoints,
      decodeCrlDistributionPoints,
    ),
    authorityInformationAccess: read(
      'authority-information-access',
      'RFC 5280 §4.2.2.1',
      oids.authorityInformationAccess,
      decodeAuthorityInformationAccess,
    ),
    certificatePolicies: read(
      'certificate-policies',
      'RFC 5280 §4.2.1.4',
      oids.certificatePolicies,
      decodeCertificatePolicies,
    ),
    certificateTemplateInformation: read(
      'certificate-template-information',
      'MS-WCCE 2.2.2.7.7.2',
      oids.certificateTemplateInformation,
      decodeCertificateTemplateInformation,
    ),
    applicationPolicies: read(
      'application-policies',
      'MS-WCCE 2.2.2.7.7.3',
      oids.applicationPolicies,
      decodeApplicationPolicies,
    ),
    sidExtension: read('sid-extension', 'MS-WCCE 2.2.2.7.7.4', oids.sidExtension, decodeSidExtension),
  }
}

/** Decodes them all. A malformed one is null and gives a finding `<name>-well-formed`. */
export function decodeKnownExtensions(extensions: readonly Extension[]): {
  known: KnownExtensions
  findings: LintFinding[]
} {
  const findings: LintFinding[] = []
  const read: Read = (name, clause, oid, decode) => {
    const extension = findExtension(extensions, oid)
    if (extension === null) return null
    try {
      return { critical: extension.critical, value: decode(extension.value) }
    } catch (error) {
      if (!(error instanceof X509Error)) throw error
      findings.push({ id: `${name}-well-formed`, clause, message: error.message })
      return null
    }
  }
  return { known: decodeAll(read), findings }
}
