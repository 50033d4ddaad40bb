import { equalBytes } from '../der/bytes.ts'
import type { KeyUsage } from '../extensions/key-usage.ts'
import { keyIdentifier } from '../public-key.ts'
import type { LintRule, LintSubject } from './lint-rule.ts'

const minimumRsaBits = 2048
// RFC 8813 §3: keys on a curve sign and agree; they do not encrypt.
const forbiddenForEc: readonly KeyUsage[] = ['keyEncipherment', 'dataEncipherment']
// RFC 3279 §2.3.1: RSA keys do not agree, nor what hangs on agreement.
const forbiddenForRsa: readonly KeyUsage[] = ['keyAgreement', 'encipherOnly', 'decipherOnly']

function isCa({ extensions }: LintSubject): boolean {
  return extensions.basicConstraints?.value.ca === true
}

function usages({ extensions }: LintSubject): readonly KeyUsage[] {
  return extensions.keyUsage?.value ?? []
}

/** The subject's key and what it may do. */
export const keyRules: readonly LintRule[] = [
  {
    id: 'rsa-key-size',
    clause: 'NIST SP 800-131A §3, CA/Browser Forum Baseline Requirements §6.1.5',
    check: ({ tbs: { subjectPublicKeyInfo: key } }) =>
      key.algorithm === 'RSA' && key.keySize < minimumRsaBits ? `${key.keySize} bits` : null,
  },
  {
    id: 'self-signed-is-ca',
    clause: 'RFC 5280 §3.2',
    check: subject => (subject.issuer === null && !isCa(subject) ? 'signs itself but is no CA' : null),
  },
  {
    id: 'basic-constraints-critical',
    clause: 'RFC 5280 §4.2.1.9',
    check: subject =>
      isCa(subject) && subject.extensions.basicConstraints?.critical !== true ? 'not critical in a CA' : null,
  },
  {
    id: 'path-length-needs-ca',
    clause: 'RFC 5280 §4.2.1.9',
    check: subject =>
      !isCa(subject) && (subject.extensions.basicConstraints?.value.pathLength ?? null) !== null
        ? 'a path length in a certificate of no CA'
        : null,
  },
  {
    id: 'key-usage-present',
    clause: 'RFC 5280 §4.2.1.3',
    check: ({ extensions, tbs }) =>
      extensions.keyUsage === null && tbs.extensions.length > 0 ? 'no key usage' : null,
  },
  {
    id: 'key-usage-not-empty',
    clause: 'RFC 5280 §4.2.1.3',
    check: ({ extensions }) =>
      extensions.keyUsage?.value.length === 0 ? 'a key usage that allows nothing' : null,
  },
  {
    id: 'key-usage-of-ca',
    clause: 'RFC 5280 §4.2.1.3, §4.2.1.9',
    check: subject =>
      isCa(subject) && !usages(subject).includes('keyCertSign')
        ? 'a CA that may not sign certificates'
        : null,
  },
  {
    id: 'key-usage-of-leaf',
    clause: 'RFC 5280 §4.2.1.3, §4.2.1.9',
    check: subject =>
      !isCa(subject) && usages(subject).includes('keyCertSign') ? 'signs certificates but is no CA' : null,
  },
  {
    id: 'key-usage-fits-key',
    clause: 'RFC 3279 §2.3.1, RFC 8813 §3',
    check: subject => {
      const { algorithm } = subject.tbs.subjectPublicKeyInfo
      const forbidden = algorithm === 'EC' ? forbiddenForEc : forbiddenForRsa
      const wrong = usages(subject).find(usage => forbidden.includes(usage))
      return wrong === undefined ? null : `${wrong} with a key that cannot do it`
    },
  },
  {
    id: 'encipher-only-needs-agreement',
    clause: 'RFC 5280 §4.2.1.3',
    check: subject => {
      const own = usages(subject)
      if (own.includes('keyAgreement')) return null
      return own.includes('encipherOnly') || own.includes('decipherOnly') ? 'no keyAgreement beside it' : null
    },
  },
  {
    id: 'subject-key-identifier-present',
    clause: 'RFC 5280 §4.2.1.2',
    check: ({ extensions, tbs }) =>
      extensions.subjectKeyIdentifier === null && tbs.extensions.length > 0
        ? 'no subject key identifier'
        : null,
  },
  {
    id: 'subject-key-identifier-matches',
    clause: 'RFC 5280 §4.2.1.2 (1)',
    check: ({ extensions, tbs }) => {
      const identifier = extensions.subjectKeyIdentifier?.value
      if (identifier === undefined) return null
      return equalBytes(identifier, keyIdentifier(tbs.subjectPublicKeyInfo)) ? null : 'not the key’s SHA-1'
    },
  },
]
