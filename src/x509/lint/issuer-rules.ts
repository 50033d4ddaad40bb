import { equalBytes } from '../bytes.ts'
import type { Certificate } from '../certificate.ts'
import { findExtension } from '../extension.ts'
import { decodeBasicConstraints } from '../extensions/basic-constraints.ts'
import { decodeKeyUsage } from '../extensions/key-usage.ts'
import { decodeSubjectKeyIdentifier } from '../extensions/subject-key-identifier.ts'
import { objectIdentifiers as oids } from '../object-identifier.ts'
import { keyOfSignatureAlgorithm } from '../signature-algorithm.ts'
import type { LintRule } from './lint-rule.ts'

/** What ties a certificate to the one that issues it. */
export const issuerRules: readonly LintRule[] = [
  {
    id: 'issuer-name-matches',
    clause: 'RFC 5280 §4.1.2.4, §6.1.3 (a)(4)',
    // Byte for byte, though RFC 5280 §7.1 compares more loosely: much software does not.
    check: ({ tbs, issuer }) =>
      equalBytes(tbs.issuer, issuer?.subject ?? tbs.subject) ? null : 'not the name of the issuer',
  },
  {
    id: 'issuer-name-not-empty',
    clause: 'RFC 5280 §4.1.2.4',
    check: ({ tbs }) => (tbs.issuerName.length === 0 ? 'an empty issuer name' : null),
  },
  {
    id: 'validity-within-issuer',
    clause: 'RFC 5280 §6.1.3 (a)(2)',
    check: ({ tbs, issuer }) =>
      issuer !== null && tbs.notAfter.getTime() > issuer.notAfter.getTime() ? 'ends after its issuer' : null,
  },
  {
    id: 'signature-algorithm-fits-issuer',
    clause: 'RFC 5280 §4.1.1.2',
    check: ({ tbs, issuer }) => {
      const key = issuer?.subjectPublicKeyInfo ?? tbs.subjectPublicKeyInfo
      return keyOfSignatureAlgorithm(tbs.signatureAlgorithm) === key.algorithm
        ? null
        : 'not of the issuer’s key'
    },
  },
  {
    id: 'issuer-is-ca',
    clause: 'RFC 5280 §6.1.4 (k), (n)',
    check: ({ issuer }) =>
      issuer === null || mayIssue(issuer) ? null : 'the issuer may not sign certificates',
  },
  {
    id: 'path-length-of-issuer',
    clause: 'RFC 5280 §4.2.1.9',
    check: ({ extensions, issuer }) => {
      if (issuer === null || extensions.basicConstraints?.value.ca !== true) return null
      const limit = pathLengthOf(issuer)
      if (limit === null) return null
      if (limit === 0) return 'the issuer may not issue to another CA'
      const own = extensions.basicConstraints.value.pathLength
      return own === null || own >= limit ? 'a longer path than the issuer allows' : null
    },
  },
  {
    id: 'authority-key-identifier-matches',
    clause: 'RFC 5280 §4.2.1.1',
    check: ({ extensions, issuer }) => {
      const own = extensions.authorityKeyIdentifier?.value.keyIdentifier ?? null
      // Only what signs itself may leave it out.
      if (issuer === null) {
        const subject = extensions.subjectKeyIdentifier?.value ?? null
        return own === null || (subject !== null && equalBytes(own, subject))
          ? null
          : 'another key than its own'
      }
      if (own === null) return 'no key identifier of the issuer'
      const expected = subjectKeyIdentifierOf(issuer)
      return expected !== null && equalBytes(own, expected) ? null : 'not the issuer’s subject key identifier'
    },
  },
]

function mayIssue(issuer: Certificate): boolean {
  const constraints = findExtension(issuer.extensions, oids.basicConstraints)
  const usage = findExtension(issuer.extensions, oids.keyUsage)
  if (constraints === null || !decodeBasicConstraints(constraints.value).ca) return false
  return usage === null || decodeKeyUsage(usage.value).includes('keyCertSign')
}

function pathLengthOf(issuer: Certificate): number | null {
  const constraints = findExtension(issuer.extensions, oids.basicConstraints)
  return constraints === null ? null : decodeBasicConstraints(constraints.value).pathLength
}

function subjectKeyIdentifierOf(issuer: Certificate): Uint8Array | null {
  const extension = findExtension(issuer.extensions, oids.subjectKeyIdentifier)
  return extension === null ? null : decodeSubjectKeyIdentifier(extension.value)
}
