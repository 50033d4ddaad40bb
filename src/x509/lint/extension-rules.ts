import type { GeneralName } from '../names/general-name.ts'
import { objectIdentifiers as oids } from '../object-identifier.ts'
import type { LintRule, LintSubject } from './lint-rule.ts'

const understood: ReadonlySet<string> = new Set([
  oids.basicConstraints,
  oids.keyUsage,
  oids.extendedKeyUsage,
  oids.subjectKeyIdentifier,
  oids.authorityKeyIdentifier,
  oids.subjectAlternativeName,
  oids.crlDistributionPoints,
  oids.authorityInformationAccess,
  oids.certificatePolicies,
  oids.certificateTemplateInformation,
  oids.applicationPolicies,
  oids.sidExtension,
])

// RFC 5280 §4.2.1.1, §4.2.1.2, §4.2.2.1: MUST be non-critical. Domain controllers want the SID extension so too.
const neverCritical: ReadonlySet<string> = new Set([
  oids.subjectKeyIdentifier,
  oids.authorityKeyIdentifier,
  oids.authorityInformationAccess,
  oids.sidExtension,
])

// RFC 3986 §3, of which everything after the host needs no more than the right characters; several times quicker than
// to parse it. An LDAP URI may leave out the host: ldap:///CN=… (RFC 4516 §2).
const fetchableUri =
  /^(?:https?:\/\/(?:[\w.~%-]+|\[[\dA-Fa-f:.]+\])(?::\d{1,5})?(?=[/?#]|$)|ldaps?:\/\/)(?:[\w.~:/?#[\]@!$&'()*+,;=-]|%[\dA-Fa-f]{2})*$/i

/** Whatever the other rules do not cover of the extensions. */
export const extensionRules: readonly LintRule[] = [
  {
    id: 'critical-extensions-known',
    clause: 'RFC 5280 §4.2',
    check: ({ tbs }) => {
      const unknown = tbs.extensions.find(({ critical, oid }) => critical && !understood.has(oid))
      return unknown === undefined ? null : `${unknown.oid} is critical and unknown`
    },
  },
  {
    id: 'extensions-not-critical',
    clause: 'RFC 5280 §4.2.1.1, §4.2.1.2, §4.2.2.1',
    check: ({ tbs }) => {
      const wrong = tbs.extensions.find(({ critical, oid }) => critical && neverCritical.has(oid))
      return wrong === undefined ? null : `${wrong.oid} is critical`
    },
  },
  {
    id: 'extended-key-usage-not-empty',
    clause: 'RFC 5280 §4.2.1.12',
    check: ({ extensions }) => (extensions.extendedKeyUsage?.value.length === 0 ? 'no purpose' : null),
  },
  {
    id: 'extended-key-usage-unique',
    clause: 'RFC 5280 §4.2.1.12',
    check: ({ extensions }) => (hasRepetition(extensions.extendedKeyUsage?.value) ? 'a purpose twice' : null),
  },
  {
    id: 'no-any-extended-key-usage',
    clause: 'CA/Browser Forum Baseline Requirements §7.1.2.7.10',
    check: subject =>
      !isCa(subject) && subject.extensions.extendedKeyUsage?.value.includes(oids.anyExtendedKeyUsage) === true
        ? 'a leaf for any purpose'
        : null,
  },
  {
    id: 'crl-distribution-point-uris',
    clause: 'RFC 5280 §4.2.1.13',
    check: ({ extensions }) => {
      const points = extensions.crlDistributionPoints?.value
      if (points === undefined) return null
      if (points.length === 0) return 'no distribution point'
      return points.flatMap(({ fullName }) => fullName).every(isFetchable)
        ? null
        : 'no absolute http or ldap URI'
    },
  },
  {
    id: 'authority-information-access-uris',
    clause: 'RFC 5280 §4.2.2.1',
    check: ({ extensions }) => {
      const descriptions = extensions.authorityInformationAccess?.value
      if (descriptions === undefined) return null
      if (descriptions.length === 0) return 'no access description'
      return descriptions.every(({ location }) => isFetchable(location))
        ? null
        : 'no absolute http or ldap URI'
    },
  },
  {
    id: 'certificate-policies-unique',
    clause: 'RFC 5280 §4.2.1.4',
    check: ({ extensions }) => {
      const policies = extensions.certificatePolicies?.value
      if (policies?.length === 0) return 'no policy'
      return hasRepetition(policies?.map(({ oid }) => oid)) ? 'a policy twice' : null
    },
  },
  {
    id: 'application-policies-match',
    clause: 'MS-WCCE 2.2.2.7.7.3',
    // The two lists say the same thing to two kinds of software; where they differ, the software differs.
    check: ({ extensions }) => {
      const policies = extensions.applicationPolicies?.value
      if (policies === undefined) return null
      const purposes = extensions.extendedKeyUsage?.value ?? []
      const same = policies.length === purposes.length && policies.every(oid => purposes.includes(oid))
      return same ? null : 'not the purposes of the extended key usage'
    },
  },
]

function isCa({ extensions }: LintSubject): boolean {
  return extensions.basicConstraints?.value.ca === true
}

function hasRepetition(oids: readonly string[] | undefined): boolean {
  return oids !== undefined && new Set(oids).size !== oids.length
}

function isFetchable(name: GeneralName): boolean {
  if (name.type !== 'uniformResourceIdentifier') return false
  return fetchableUri.test(name.value)
}
