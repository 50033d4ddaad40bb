import type { CertificateTemplate, KeyUsageName } from '../../domain/certificate-template.ts'
import type { DirectoryUser } from '../../domain/directory-user.ts'
import type { CertificationRequest } from '../../x509/certification-request.ts'
import type { Extension } from '../../x509/extension.ts'
import { encodeApplicationPolicies } from '../../x509/extensions/certificate-policies.ts'
import { encodeCertificateTemplateInformation } from '../../x509/extensions/certificate-template-information.ts'
import { encodeExtendedKeyUsage } from '../../x509/extensions/extended-key-usage.ts'
import { encodeKeyUsage, type KeyUsage } from '../../x509/extensions/key-usage.ts'
import { encodeSidExtension } from '../../x509/extensions/sid-extension.ts'
import { encodeSubjectAlternativeName } from '../../x509/extensions/subject-alternative-name.ts'
import { encodeSubjectKeyIdentifier } from '../../x509/extensions/subject-key-identifier.ts'
import { type DistinguishedName, emptyName, parseName } from '../../x509/names/distinguished-name.ts'
import type { GeneralName } from '../../x509/names/general-name.ts'
import { objectIdentifiers } from '../../x509/object-identifier.ts'
import { keyIdentifier } from '../../x509/public-key.ts'
import { X509Error } from '../../x509/x509-error.ts'
import type { CertificateContent } from '../ports/certification-authority.ts'

/** Clocks of clients run behind: a certificate is valid from this much before it was issued. */
export const backdatingMilliseconds = 5 * 60 * 1000
const dayMilliseconds = 24 * 60 * 60 * 1000

export interface CertificateOrder {
  readonly template: CertificateTemplate
  readonly subject: DirectoryUser
  /** Checked before: its signature holds, its key keeps the template's rules. */
  readonly certificationRequest: CertificationRequest
  readonly serialNumber: Uint8Array
  readonly now: Date
  /** The certification authority's own end; no certificate outlives it. */
  readonly latestEnd: Date
}

/** What the directory lacks for a certificate; shown to the caller as the reason of the refusal. */
export class SubjectIncomplete extends Error {
  override readonly name = 'SubjectIncomplete'
}

/**
 * Writes what a certificate says, by its template and the directory (contract §7). The client's own subject stands only
 * where the template says so. Throws SubjectIncomplete, and X509Error for names that no certificate can hold.
 */
export function composeCertificate(order: CertificateOrder): CertificateContent {
  const { template, certificationRequest } = order
  const subject = composeSubject(order)
  const notBefore = wholeSeconds(order.now.getTime() - backdatingMilliseconds)
  const wantedEnd = wholeSeconds(notBefore.getTime() + template.validityDays * dayMilliseconds)
  return {
    serialNumber: order.serialNumber,
    notBefore,
    notAfter: wantedEnd.getTime() > order.latestEnd.getTime() ? order.latestEnd : wantedEnd,
    subject,
    subjectPublicKeyInfo: certificationRequest.subjectPublicKeyInfo.der,
    extensions: composeExtensions(order, subject.length === 0),
  }
}

/** RFC 5280 §4.1.2.5: certificate times have no fractions. */
function wholeSeconds(milliseconds: number): Date {
  return new Date(Math.floor(milliseconds / 1000) * 1000)
}

function composeSubject({ template, subject, certificationRequest }: CertificateOrder): DistinguishedName {
  switch (template.subject) {
    case 'distinguished-name':
      return parseDirectoryName(subject)
    case 'common-name':
      return [[{ type: objectIdentifiers.commonName, value: subject.displayName }]]
    case 'request':
      return certificationRequest.subject
    case 'empty':
      return emptyName
  }
}

function parseDirectoryName({ accountName, distinguishedName }: DirectoryUser): DistinguishedName {
  try {
    return parseName(distinguishedName)
  } catch (error) {
    if (!(error instanceof X509Error)) throw error
    throw new SubjectIncomplete(
      `The directory's distinguished name of ${accountName} is none: ${error.message}.`,
    )
  }
}

function composeExtensions(order: CertificateOrder, isSubjectEmpty: boolean): Extension[] {
  const { template, subject, certificationRequest } = order
  const names = composeAlternativeNames(order)
  return [
    encodeSubjectKeyIdentifier(keyIdentifier(certificationRequest.subjectPublicKeyInfo)),
    encodeKeyUsage(keyUsages(template, certificationRequest.subjectPublicKeyInfo.algorithm)),
    encodeExtendedKeyUsage(template.extendedKeyUsage),
    encodeCertificateTemplateInformation(template),
    encodeApplicationPolicies(template.extendedKeyUsage),
    // RFC 5280 §4.2.1.6: critical where it alone names the subject.
    ...(names.length === 0 ? [] : [encodeSubjectAlternativeName(names, isSubjectEmpty)]),
    ...(template.includeSecurityIdentifier ? [encodeSidExtension(subject.sid)] : []),
  ]
}

function composeAlternativeNames({ template, subject }: CertificateOrder): GeneralName[] {
  return template.subjectAlternativeNames.map((source): GeneralName => {
    const value = source === 'email' ? subject.mail : subject.userPrincipalName
    if (value === null) {
      const missing = source === 'email' ? 'mail address' : 'user principal name'
      throw new SubjectIncomplete(`The directory has no ${missing} for ${subject.accountName}.`)
    }
    return { type: source === 'email' ? 'rfc822Name' : 'userPrincipalName', value }
  })
}

const keyUsageBits: Readonly<Record<KeyUsageName, KeyUsage>> = {
  'digital-signature': 'digitalSignature',
  'non-repudiation': 'nonRepudiation',
  'key-encipherment': 'keyEncipherment',
  'data-encipherment': 'dataEncipherment',
  'key-agreement': 'keyAgreement',
}

/** RFC 5480 §3: a key on a curve enciphers nothing, an RSA key agrees on nothing (RFC 3279 §2.3.1). */
function keyUsages(template: CertificateTemplate, algorithm: 'RSA' | 'EC'): KeyUsage[] {
  const impossible: readonly KeyUsageName[] =
    algorithm === 'EC' ? ['key-encipherment', 'data-encipherment'] : ['key-agreement']
  return template.keyUsage.filter(usage => !impossible.includes(usage)).map(usage => keyUsageBits[usage])
}
