import { equalBytes } from '../der/bytes.ts'
import { keyOfSignatureAlgorithm } from '../signature-algorithm.ts'
import type { LintIssuer, LintRule } from './lint-rule.ts'

/** What ties a certificate to the one that issues it. */
export const issuerRules: readonly LintRule[] = [
  {
    id: 'issuer-name-matches',
    clause: 'RFC 5280 §4.1.2.4, §6.1.3 (a)(4)',
    // Byte for byte, though RFC 5280 §7.1 compares more loosely: much software does not.
    check: ({ tbs, issuer }) =>
      equalBytes(tbs.issuer, issuer?.certificate.subject ?? tbs.subject)
        ? null
        : 'not the name of the issuer',
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
      issuer !== null && tbs.notAfter.getTime() > issuer.certificate.notAfter.getTime()
        ? 'ends after its issuer'
        : null,
  },
  {
    id: 'signature-algorithm-fits-issuer',
    clause: 'RFC 5280 §4.1.1.2',
    check: ({ tbs, issuer }) => {
      const key = issuer?.certificate.subjectPublicKeyInfo ?? tbs.subjectPublicKeyInfo
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
      const limit = issuer.extensions.basicConstraints?.value.pathLength ?? null
      if (limit === null) return null
      if (limit === 0) return 'the issuer may not issue to another CA'
      const own = extensions.basicConstraints.value.pathLength
      return own === null || own >= limit ? 'a longer path than the issuer allows' : null
    },
  },
  {
    id: 'authority-key-identifier-matches',
    clause: 'RFC 5280 §4.2.1.1',
    check: ({ tbs, extensions, issuer }) => {
      if (tbs.extensions.length === 0) return null
      const own = extensions.authorityKeyIdentifier?.value.keyIdentifier ?? null
      // Only what signs itself may leave it out.
      if (issuer === null) {
        const subject = extensions.subjectKeyIdentifier?.value ?? null
        return own === null || (subject !== null && equalBytes(own, subject))
          ? null
          : 'another key than its own'
      }
      if (own === null) return 'no key identifier of the issuer'
      const expected = issuer.extensions.subjectKeyIdentifier?.value
      return expected !== undefined && equalBytes(own, expected)
        ? null
        : 'not the issuer’s subject key identifier'
    },
  },
]

function mayIssue({ extensions }: LintIssuer): boolean {
  if (extensions.basicConstraints?.value.ca !== true) return false
  return extensions.keyUsage === null || extensions.keyUsage.value.includes('keyCertSign')
}
