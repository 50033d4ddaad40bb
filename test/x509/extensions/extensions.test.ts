import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeCertificate } from '../../../src/x509/certificate.ts'
import { decodeCmcFullResponse } from '../../../src/x509/cmc/cmc-response.ts'
import { findExtension } from '../../../src/x509/extension.ts'
import {
  decodeAuthorityInformationAccess,
  encodeAuthorityInformationAccess,
} from '../../../src/x509/extensions/authority-information-access.ts'
import {
  decodeAuthorityKeyIdentifier,
  encodeAuthorityKeyIdentifier,
} from '../../../src/x509/extensions/authority-key-identifier.ts'
import {
  decodeBasicConstraints,
  encodeBasicConstraints,
} from '../../../src/x509/extensions/basic-constraints.ts'
import {
  decodeApplicationPolicies,
  decodeCertificatePolicies,
  encodeApplicationPolicies,
  encodeCertificatePolicies,
} from '../../../src/x509/extensions/certificate-policies.ts'
import {
  decodeCertificateTemplateInformation,
  encodeCertificateTemplateInformation,
} from '../../../src/x509/extensions/certificate-template-information.ts'
import {
  decodeCrlDistributionPoints,
  encodeCrlDistributionPoints,
} from '../../../src/x509/extensions/crl-distribution-points.ts'
import {
  decodeCrlNumber,
  encodeCrlNumber,
  encodeDeltaCrlIndicator,
} from '../../../src/x509/extensions/crl-number.ts'
import {
  decodeExtendedKeyUsage,
  encodeExtendedKeyUsage,
} from '../../../src/x509/extensions/extended-key-usage.ts'
import { decodeKeyUsage, encodeKeyUsage } from '../../../src/x509/extensions/key-usage.ts'
import {
  decodeRevocationReason,
  encodeRevocationReason,
  revocationReasonNumber,
} from '../../../src/x509/extensions/revocation-reason.ts'
import { decodeSidExtension, encodeSidExtension } from '../../../src/x509/extensions/sid-extension.ts'
import {
  decodeSubjectAlternativeName,
  encodeSubjectAlternativeName,
} from '../../../src/x509/extensions/subject-alternative-name.ts'
import {
  decodeSubjectKeyIdentifier,
  encodeSubjectKeyIdentifier,
} from '../../../src/x509/extensions/subject-key-identifier.ts'
import { encodeName, parseName } from '../../../src/x509/names/distinguished-name.ts'
import type { GeneralName } from '../../../src/x509/names/general-name.ts'
import { objectIdentifiers as oids } from '../../../src/x509/object-identifier.ts'
import { assertRefused, hex } from '../refusal.ts'
import { readVector } from '../vector.ts'

/** The user's certificate that the vendor published, whose extensions were written by Windows' CA. */
const publishedLeaf = decodeCertificate(
  decodeCmcFullResponse(readVector('published-cmc-response.der')).issuedCertificate ?? new Uint8Array(0),
)

function publishedValue(oid: string): Uint8Array {
  const extension = findExtension(publishedLeaf.extensions, oid)
  assert.ok(extension)
  return extension.value
}

test('basic constraints: critical, the default left out', () => {
  assert.deepEqual(encodeBasicConstraints({ ca: true, pathLength: 0 }), {
    oid: '2.5.29.19',
    critical: true,
    value: hex('30060101ff020100'),
  })
  assert.deepEqual(encodeBasicConstraints({ ca: true, pathLength: null }).value, hex('30030101ff'))
  assert.deepEqual(encodeBasicConstraints({ ca: false, pathLength: null }).value, hex('3000'))
  assert.deepEqual(decodeBasicConstraints(hex('30060101ff020100')), { ca: true, pathLength: 0 })
  assert.deepEqual(decodeBasicConstraints(hex('3000')), { ca: false, pathLength: null })
  assertRefused('invalid-extension', () => encodeBasicConstraints({ ca: false, pathLength: 1 }))
  assertRefused('der-encoded-default', () => decodeBasicConstraints(hex('3003010100')))
  assertRefused('der-invalid-integer', () => decodeBasicConstraints(hex('30060101ff0201ff')))
})

test('key usage: named bits, critical', () => {
  assert.deepEqual(encodeKeyUsage(['digitalSignature', 'nonRepudiation', 'keyEncipherment']), {
    oid: '2.5.29.15',
    critical: true,
    value: publishedValue(oids.keyUsage),
  })
  assert.deepEqual(encodeKeyUsage(['decipherOnly']).value, hex('0303070080'))
  assert.deepEqual(decodeKeyUsage(hex('03020106')), ['keyCertSign', 'cRLSign'])
  assertRefused('invalid-extension', () => encodeKeyUsage([]))
  assertRefused('invalid-extension', () => decodeKeyUsage(hex('0303060040')))
  assertRefused('der-invalid-bit-string', () => decodeKeyUsage(hex('03020080')))
})

test('extended key usage, as Windows wrote it', () => {
  const purposes = [oids.smartcardLogon, '1.3.6.1.4.1.311.42.2.1', oids.clientAuthentication]
  assert.deepEqual(encodeExtendedKeyUsage(purposes).value, publishedValue(oids.extendedKeyUsage))
  assert.deepEqual(decodeExtendedKeyUsage(publishedValue(oids.extendedKeyUsage)), purposes)
  assertRefused('invalid-extension', () => encodeExtendedKeyUsage([]))
})

test('key identifiers, as Windows wrote them', () => {
  const subject = publishedValue(oids.subjectKeyIdentifier)
  assert.deepEqual(encodeSubjectKeyIdentifier(decodeSubjectKeyIdentifier(subject)).value, subject)
  const authority = publishedValue(oids.authorityKeyIdentifier)
  const { keyIdentifier, issuer, serialNumber } = decodeAuthorityKeyIdentifier(authority)
  assert.ok(keyIdentifier)
  assert.deepEqual([issuer, serialNumber], [null, null])
  assert.deepEqual(encodeAuthorityKeyIdentifier(keyIdentifier).value, authority)
})

test('authority key identifier with issuer and serial number: both or neither', () => {
  const issuer = `a109 8207${Buffer.from('a.test!').toString('hex')}`
  assert.deepEqual(decodeAuthorityKeyIdentifier(hex(`300e ${issuer} 820101`)), {
    keyIdentifier: null,
    issuer: [{ type: 'dNSName', value: 'a.test!' }],
    serialNumber: hex('01'),
  })
  assertRefused('invalid-extension', () => decodeAuthorityKeyIdentifier(hex(`300b ${issuer}`)))
  assertRefused('invalid-extension', () => decodeAuthorityKeyIdentifier(hex('3003820101')))
})

test('addresses of lists and issuers, as Windows wrote them', () => {
  const points = publishedValue(oids.crlDistributionPoints)
  const uris = decodeCrlDistributionPoints(points).flatMap(({ fullName }) =>
    fullName.map(name => (name.type === 'uniformResourceIdentifier' ? name.value : '')),
  )
  assert.equal(uris[0], 'http://corppki/crl/MSIT%20User%20CA%202.crl')
  assert.deepEqual(encodeCrlDistributionPoints(uris).value, points)
  const access = publishedValue(oids.authorityInformationAccess)
  const caIssuers = decodeAuthorityInformationAccess(access).map(({ method, location }) => {
    assert.equal(method, oids.caIssuers)
    return location.type === 'uniformResourceIdentifier' ? location.value : ''
  })
  assert.deepEqual(encodeAuthorityInformationAccess({ caIssuers, ocsp: [] }).value, access)
  assert.deepEqual(
    decodeAuthorityInformationAccess(
      encodeAuthorityInformationAccess({ caIssuers: [], ocsp: ['http://a/'] }).value,
    ),
    [{ method: oids.ocsp, location: { type: 'uniformResourceIdentifier', value: 'http://a/' } }],
  )
  assertRefused('invalid-extension', () => encodeCrlDistributionPoints([]))
  assertRefused('invalid-extension', () => encodeAuthorityInformationAccess({ caIssuers: [], ocsp: [] }))
  assertRefused('invalid-general-name', () => encodeCrlDistributionPoints(['http://münchen/']))
  assertRefused('invalid-extension', () => decodeCrlDistributionPoints(hex('30023000')))
})

test('policies, as Windows wrote them', () => {
  const policies = decodeCertificatePolicies(publishedValue(oids.certificatePolicies))
  assert.deepEqual(policies, [{ oid: '1.3.6.1.4.1.311.42.1.5', qualifiers: [] }])
  assert.deepEqual(encodeCertificatePolicies(policies).value, publishedValue(oids.certificatePolicies))
  const purposes = decodeApplicationPolicies(publishedValue(oids.applicationPolicies))
  assert.deepEqual(encodeApplicationPolicies(purposes), {
    oid: '1.3.6.1.4.1.311.21.10',
    critical: false,
    value: publishedValue(oids.applicationPolicies),
  })
  assertRefused('invalid-extension', () => encodeApplicationPolicies([]))
  assertRefused('invalid-extension', () => encodeApplicationPolicies(['1.2.3', '1.2.3']))
})

test('policy qualifiers are kept', () => {
  const policies = [{ oid: oids.anyPolicy, qualifiers: [{ oid: oids.cpsQualifier, value: hex('160161') }] }]
  assert.deepEqual(decodeCertificatePolicies(encodeCertificatePolicies(policies).value), policies)
})

test('certificate template, as Windows wrote it', () => {
  const value = publishedValue(oids.certificateTemplateInformation)
  const template = decodeCertificateTemplateInformation(value)
  assert.deepEqual([template.majorVersion, template.minorVersion], [100, 26])
  assert.ok(template.oid.startsWith('1.3.6.1.4.1.311.21.8.'))
  assert.deepEqual(encodeCertificateTemplateInformation(template).value, value)
  const bare = { oid: '1.2.3', majorVersion: null, minorVersion: null }
  assert.deepEqual(
    decodeCertificateTemplateInformation(encodeCertificateTemplateInformation(bare).value),
    bare,
  )
})

test('alternative names: the user principal name as Windows wrote it', () => {
  const names = decodeSubjectAlternativeName(publishedValue(oids.subjectAlternativeName))
  assert.deepEqual(names, [{ type: 'userPrincipalName', value: 'v-jibran@microsoft.com' }])
  assert.deepEqual(encodeSubjectAlternativeName(names, true), {
    oid: '2.5.29.17',
    critical: true,
    value: publishedValue(oids.subjectAlternativeName),
  })
})

test('alternative names of every kind survive', () => {
  const names: GeneralName[] = [
    { type: 'otherName', oid: '1.2.3', value: hex('0500') },
    { type: 'rfc822Name', value: 'alice@contoso.com' },
    { type: 'dNSName', value: 'contoso.com' },
    { type: 'directoryName', value: encodeName(parseName('CN=Alice')) },
    { type: 'uniformResourceIdentifier', value: 'urn:uuid:1' },
    { type: 'iPAddress', value: hex('7f000001') },
    { type: 'iPAddress', value: hex('00'.repeat(16)) },
    { type: 'registeredID', value: '1.2.3.4' },
  ]
  assert.deepEqual(decodeSubjectAlternativeName(encodeSubjectAlternativeName(names, false).value), names)
})

test('alternative names that are none are refused', () => {
  const encode = (name: GeneralName) => () => encodeSubjectAlternativeName([name], false)
  assertRefused('invalid-general-name', encode({ type: 'dNSName', value: '' }))
  assertRefused('invalid-general-name', encode({ type: 'dNSName', value: 'münchen.de' }))
  assertRefused('invalid-general-name', encode({ type: 'userPrincipalName', value: '' }))
  assertRefused('invalid-general-name', encode({ type: 'iPAddress', value: hex('7f0000') }))
  assertRefused('invalid-extension', () => encodeSubjectAlternativeName([], false))
  assertRefused('invalid-general-name', () => decodeSubjectAlternativeName(hex('3000')))
  assertRefused('invalid-general-name', () => decodeSubjectAlternativeName(hex('30028200')))
  assertRefused('invalid-general-name', () => decodeSubjectAlternativeName(hex('3003870101')))
  assertRefused('invalid-general-name', () => decodeSubjectAlternativeName(hex('3004a3020500')))
  assertRefused('der-invalid-string', () => decodeSubjectAlternativeName(hex('3003 8201ff')))
})

test('security identifier: an otherName with the text in an OCTET STRING', () => {
  const sid = 'S-1-5-21-1004336348-1177238915-682003330-1104'
  const text = Buffer.from(sid).toString('hex')
  const length = (octets: number) => octets.toString(16).padStart(2, '0')
  const other = `060a2b060104018237190201 a0${length(sid.length + 2)} 04${length(sid.length)}${text}`
  const value = hex(`30${length(sid.length + 18)} a0${length(sid.length + 16)} ${other}`)
  assert.deepEqual(encodeSidExtension(sid), { oid: '1.3.6.1.4.1.311.25.2', critical: false, value })
  assert.equal(decodeSidExtension(value), sid)
})

test('security identifiers that are none are refused', () => {
  for (const sid of [
    '',
    'S-1-5',
    'S-2-5-21-1',
    'S-1-5-21-',
    's-1-5-21-1',
    'S-1-5-021',
    `S-1-5${'-1'.repeat(16)}`,
  ]) {
    assertRefused('invalid-extension', () => encodeSidExtension(sid))
  }
  assertRefused('invalid-extension', () => decodeSidExtension(hex('3003820161')))
  const one = Buffer.from(encodeSidExtension('S-1-5-21-1').value.subarray(2)).toString('hex')
  const two = hex(`30${one.length.toString(16)}${one}${one}`)
  assertRefused('invalid-extension', () => decodeSidExtension(two))
})

test('CRL numbers up to 20 octets', () => {
  assert.deepEqual(encodeCrlNumber(255n), { oid: '2.5.29.20', critical: false, value: hex('020200ff') })
  assert.deepEqual(encodeDeltaCrlIndicator(1n), { oid: '2.5.29.27', critical: true, value: hex('020101') })
  assert.equal(decodeCrlNumber(encodeCrlNumber(2n ** 159n - 1n).value), 2n ** 159n - 1n)
  assertRefused('invalid-extension', () => encodeCrlNumber(2n ** 159n))
  assertRefused('invalid-extension', () => encodeCrlNumber(-1n))
})

test('revocation reasons by their numbers in RFC 5280', () => {
  assert.equal(revocationReasonNumber('unspecified'), 0)
  assert.equal(revocationReasonNumber('certificateHold'), 6)
  assert.equal(revocationReasonNumber('removeFromCRL'), 8)
  assert.equal(revocationReasonNumber('aACompromise'), 10)
  assert.deepEqual(encodeRevocationReason('superseded').value, hex('0a0104'))
  assert.equal(decodeRevocationReason(hex('0a0109')), 'privilegeWithdrawn')
  assertRefused('invalid-extension', () => decodeRevocationReason(hex('0a0107')))
  assertRefused('invalid-extension', () => decodeRevocationReason(hex('0a010b')))
})
