import { hasPrescribedTimes, isPositive } from '../certificate.ts'
import { findRepeatedExtension } from '../extension.ts'
import type { LintRule } from './lint-rule.ts'

const minimumSerialNumberOctets = 8
const maximumSerialNumberOctets = 20

/** Version, serial number, signature algorithm, validity, and the list of extensions as such. */
export const basicRules: readonly LintRule[] = [
  {
    id: 'version-3-with-extensions',
    clause: 'RFC 5280 §4.1.2.1',
    check: ({ tbs }) =>
      tbs.extensions.length > 0 && tbs.version !== 3
        ? `extensions in a certificate of version ${tbs.version}`
        : null,
  },
  {
    id: 'extensions-present',
    clause: 'RFC 5280 §4.2',
    // RFC 5280 demands key identifiers of every conforming CA, so a certificate of ours always has extensions.
    check: ({ tbs }) => (tbs.extensions.length === 0 ? 'no extensions' : null),
  },
  {
    id: 'serial-number-positive',
    clause: 'RFC 5280 §4.1.2.2',
    check: ({ tbs }) => (isPositive(tbs.serialNumber) ? null : 'a serial number that is zero or negative'),
  },
  {
    id: 'serial-number-at-most-20-octets',
    clause: 'RFC 5280 §4.1.2.2',
    check: ({ tbs }) =>
      tbs.serialNumber.length > maximumSerialNumberOctets ? `${tbs.serialNumber.length} octets` : null,
  },
  {
    id: 'serial-number-at-least-64-bits',
    clause: 'CA/Browser Forum Baseline Requirements §7.1',
    // 64 random bits may begin with zeros; eight octets on the wire are what can be seen of them.
    check: ({ tbs }) =>
      tbs.serialNumber.length < minimumSerialNumberOctets ? `${tbs.serialNumber.length} octets` : null,
  },
  {
    id: 'signature-algorithm-not-sha-1',
    clause: 'NIST SP 800-131A Rev. 2 §3, CA/Browser Forum Baseline Requirements §7.1.3.2',
    check: ({ tbs }) => (tbs.signatureAlgorithm === 'sha1WithRSAEncryption' ? 'SHA-1 is broken' : null),
  },
  {
    id: 'validity-order',
    clause: 'RFC 5280 §4.1.2.5',
    check: ({ tbs }) => (tbs.notBefore.getTime() < tbs.notAfter.getTime() ? null : 'ends before it begins'),
  },
  {
    id: 'validity-not-past',
    clause: 'RFC 5280 §4.1.2.5',
    check: ({ tbs, now }) => (tbs.notAfter.getTime() > now.getTime() ? null : 'ended already'),
  },
  {
    id: 'validity-encoding',
    clause: 'RFC 5280 §4.1.2.5',
    check: ({ tbs }) =>
      hasPrescribedTimes(tbs) ? null : 'UTCTime is for years to 2049, GeneralizedTime for later',
  },
  {
    id: 'extensions-unique',
    clause: 'RFC 5280 §4.2',
    check: ({ tbs }) => {
      const oid = findRepeatedExtension(tbs.extensions)
      return oid === null ? null : `${oid} occurs twice`
    },
  },
]
