import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Certificate, encodeTbsCertificate } from '../../src/x509/certificate.ts'
import { derTag } from '../../src/x509/der/der-tag.ts'
import {
  type DerPart,
  derConstructed,
  derInteger,
  derPrimitive,
  derSequence,
  derSetOf,
  derString,
  derTime,
  encodeDer,
} from '../../src/x509/der/der-writer.ts'
import { type Extension, encodeExtensions } from '../../src/x509/extension.ts'
import { encodeAuthorityInformationAccess } from '../../src/x509/extensions/authority-information-access.ts'
import { encodeAuthorityKeyIdentifier } from '../../src/x509/extensions/authority-key-identifier.ts'
import { encodeBasicConstraints } from '../../src/x509/extensions/basic-constraints.ts'
import {
  encodeApplicationPolicies,
  encodeCertificatePolicies,
} from '../../src/x509/extensions/certificate-policies.ts'
import { encodeCertificateTemplateInformation } from '../../src/x509/extensions/certificate-template-information.ts'
import { encodeCrlDistributionPoints } from '../../src/x509/extensions/crl-distribution-points.ts'
import { encodeExtendedKeyUsage } from '../../src/x509/extensions/extended-key-usage.ts'
import { encodeKeyUsage } from '../../src/x509/extensions/key-usage.ts'
import { encodeSidExtension } from '../../src/x509/extensions/sid-extension.ts'
import { encodeSubjectAlternativeName } from '../../src/x509/extensions/subject-alternative-name.ts'
import { encodeSubjectKeyIdentifier } from '../../src/x509/extensions/subject-key-identifier.ts'
import { LintError, lintRules, lintTbsCertificate } from '../../src/x509/lint.ts'
import { emptyName, encodeName, parseName } from '../../src/x509/names/distinguished-name.ts'
import { encodeObjectIdentifier, objectIdentifiers as oids } from '../../src/x509/object-identifier.ts'
import { keyIdentifier } from '../../src/x509/public-key.ts'
import { encodeSignatureAlgorithm, type SignatureAlgorithm } from '../../src/x509/signature-algorithm.ts'
import { hex } from './refusal.ts'
import {
  createTestAuthority,
  generateTestKey,
  nextYear,
  notBefore,
  now,
  type TestKey,
} from './test-authority.ts'

const root = createTestAuthority('RSA-2048', 'CN=Root')
const issuing = createTestAuthority('RSA-2048', 'CN=Issuing', root)
const lastInLine = createTestAuthority('RSA-2048', 'CN=Last', root, 0)
const ecKey = generateTestKey('P-256')
const rsaKey = issuing.key

/** A TBSCertificate taken apart, so that a test can break one thing in it that the encoder would never write. */
interface Parts {
  version: number
  serialNumber: Uint8Array
  signatureAlgorithm: SignatureAlgorithm
  issuer: Uint8Array
  notBefore: DerPart
  notAfter: DerPart
  subject: Uint8Array
  key: TestKey
  extensions: readonly Extension[]
}

const ski = (key: TestKey) => encodeSubjectKeyIdentifier(keyIdentifier(key.publicKey))
const aki = (key: TestKey) => encodeAuthorityKeyIdentifier(keyIdentifier(key.publicKey))
const usage = encodeKeyUsage(['digitalSignature'])
const caUsage = encodeKeyUsage(['keyCertSign', 'cRLSign'])
const ca = encodeBasicConstraints({ ca: true, pathLength: null })
const upn = { type: 'userPrincipalName', value: 'alice@contoso.com' } as const
const privateOid = '1.3.6.1.4.1.99999.1'

function leaf(change: Partial<Parts> = {}): Uint8Array {
  const key = change.key ?? ecKey
  const parts: Parts = {
    version: 2,
    serialNumber: hex('5102030405060708'),
    signatureAlgorithm: 'sha256WithRSAEncryption',
    issuer: issuing.certificate.subject,
    notBefore: derTime(notBefore),
    notAfter: derTime(nextYear),
    subject: encodeName(parseName('CN=Alice')),
    key,
    extensions: [ski(key), aki(issuing.key), usage],
    ...change,
  }
  const content = [
    derPrimitive(derTag.integer, parts.serialNumber),
    encodeSignatureAlgorithm(parts.signatureAlgorithm),
    parts.issuer,
    derSequence([parts.notBefore, parts.notAfter]),
    parts.subject,
    parts.key.publicKey.der,
  ]
  const version = parts.version === 0 ? [] : [derConstructed(0xa0, [derInteger(parts.version)])]
  const extensions =
    parts.extensions.length === 0 ? [] : [derConstructed(0xa3, [encodeExtensions(parts.extensions)])]
  return encodeDer(derSequence([...version, ...content, ...extensions]))
}

/** A sound leaf with these extensions besides. */
const leafWith = (...extensions: Extension[]) =>
  leaf({ extensions: [ski(ecKey), aki(issuing.key), usage, ...extensions] })
/** A sound leaf with this key usage. */
const leafUsing = (key: TestKey, keyUsage: Extension) =>
  leaf({ key, extensions: [ski(key), aki(issuing.key), keyUsage] })
const caBelow = (issuer: TestKey, ...extensions: Extension[]) => [ski(ecKey), aki(issuer), ...extensions]

function subjectOf(tag: number, value: string): Uint8Array {
  const attribute = derSequence([encodeObjectIdentifier(oids.commonName), derString(tag, value)])
  return encodeDer(derSequence([derSetOf([attribute])]))
}

function raw(oid: string, value: string, critical = false): Extension {
  return { oid, critical, value: hex(value) }
}

function findings(tbs: Uint8Array, issuer: Certificate | null = issuing.certificate): string[] {
  try {
    lintTbsCertificate(tbs, { issuer, now })
    return []
  } catch (error) {
    if (!(error instanceof LintError)) throw error
    return error.findings.map(({ id }) => id)
  }
}

interface Case {
  readonly tbs: Uint8Array
  readonly issuer?: Certificate | null
}

const nameless = { ...issuing.certificate, subject: encodeName(emptyName), subjectName: emptyName }
const notCa = { ...issuing.certificate, extensions: [ski(issuing.key)] }
const generalized = derString(derTag.ia5String, '20260101000000Z')
const teletexCn = encodeDer(
  derSequence([
    derSetOf([
      derSequence([
        encodeObjectIdentifier(oids.commonName),
        derPrimitive(derTag.teletexString, hex('416c696365')),
      ]),
    ]),
  ]),
)

/** For each rule a certificate that breaks this rule and no other. */
const cases: Readonly<Record<string, Case>> = {
  'version-3-with-extensions': { tbs: leaf({ version: 1 }) },
  'extensions-present': { tbs: leaf({ version: 0, extensions: [] }) },
  'serial-number-positive': { tbs: leaf({ serialNumber: hex('8102030405060708') }) },
  'serial-number-at-most-20-octets': { tbs: leaf({ serialNumber: hex(`01${'00'.repeat(20)}`) }) },
  'serial-number-at-least-64-bits': { tbs: leaf({ serialNumber: hex('01020304050607') }) },
  'signature-algorithm-not-sha-1': { tbs: leaf({ signatureAlgorithm: 'sha1WithRSAEncryption' }) },
  'validity-order': { tbs: leaf({ notBefore: derTime(nextYear) }) },
  'validity-not-past': {
    tbs: leaf({ notBefore: derTime(new Date('2025-01-01T00:00:00Z')), notAfter: derTime(notBefore) }),
  },
  'validity-encoding': {
    tbs: leaf({ notBefore: derPrimitive(derTag.generalizedTime, encodeDer(generalized).subarray(2)) }),
  },
  'extensions-unique': { tbs: leafWith(raw(privateOid, '0500'), raw(privateOid, '0500')) },
  'issuer-name-matches': { tbs: leaf({ issuer: encodeName(parseName('CN=Other')) }) },
  'issuer-name-not-empty': { tbs: leaf({ issuer: encodeName(emptyName) }), issuer: nameless },
  'validity-within-issuer': { tbs: leaf({ notAfter: derTime(new Date('2057-01-01T00:00:00Z')) }) },
  'signature-algorithm-fits-issuer': { tbs: leaf({ signatureAlgorithm: 'ecdsa-with-SHA256' }) },
  'issuer-is-ca': { tbs: leaf(), issuer: notCa },
  'path-length-of-issuer': {
    tbs: leaf({ issuer: lastInLine.certificate.subject, extensions: caBelow(lastInLine.key, ca, caUsage) }),
    issuer: lastInLine.certificate,
  },
  'authority-key-identifier-matches': { tbs: leaf({ extensions: [ski(ecKey), aki(root.key), usage] }) },
  'subject-attributes': { tbs: leaf({ subject: subjectOf(derTag.printableString, 'x'.repeat(65)) }) },
  'subject-string-types': { tbs: leaf({ subject: teletexCn }) },
  'ca-subject-not-empty': {
    tbs: leaf({
      subject: encodeName(emptyName),
      extensions: caBelow(issuing.key, ca, caUsage, encodeSubjectAlternativeName([upn], true)),
    }),
  },
  'empty-subject-needs-alternative-name': { tbs: leaf({ subject: encodeName(emptyName) }) },
  'alternative-name-criticality': { tbs: leafWith(encodeSubjectAlternativeName([upn], true)) },
  'alternative-name-values': {
    tbs: leafWith(encodeSubjectAlternativeName([{ type: 'dNSName', value: 'con toso' }], false)),
  },
  'rsa-key-size': { tbs: leafUsing(generateTestKey('RSA-1024'), usage) },
  'self-signed-is-ca': {
    tbs: leaf({ key: rsaKey, issuer: encodeName(parseName('CN=Alice')), extensions: [ski(rsaKey), usage] }),
    issuer: null,
  },
  'basic-constraints-critical': {
    tbs: leaf({ extensions: caBelow(issuing.key, { ...ca, critical: false }, caUsage) }),
  },
  'path-length-needs-ca': { tbs: leafWith(raw(oids.basicConstraints, '3003020100', true)) },
  'key-usage-present': { tbs: leaf({ extensions: [ski(ecKey), aki(issuing.key)] }) },
  'key-usage-not-empty': { tbs: leafUsing(ecKey, raw(oids.keyUsage, '030100', true)) },
  'key-usage-of-ca': { tbs: leaf({ extensions: caBelow(issuing.key, ca, encodeKeyUsage(['cRLSign'])) }) },
  'key-usage-of-leaf': { tbs: leafUsing(ecKey, caUsage) },
  'key-usage-fits-key': { tbs: leafUsing(ecKey, encodeKeyUsage(['keyEncipherment'])) },
  'encipher-only-needs-agreement': { tbs: leafUsing(ecKey, encodeKeyUsage(['encipherOnly'])) },
  'subject-key-identifier-present': { tbs: leaf({ extensions: [aki(issuing.key), usage] }) },
  'subject-key-identifier-matches': { tbs: leaf({ extensions: [ski(rsaKey), aki(issuing.key), usage] }) },
  'critical-extensions-known': { tbs: leafWith(raw(privateOid, '0500', true)) },
  'extensions-not-critical': {
    tbs: leaf({ extensions: [ski(ecKey), { ...aki(issuing.key), critical: true }, usage] }),
  },
  'extended-key-usage-not-empty': { tbs: leafWith(raw(oids.extendedKeyUsage, '3000')) },
  'extended-key-usage-unique': {
    tbs: leafWith(encodeExtendedKeyUsage([oids.clientAuthentication, oids.clientAuthentication])),
  },
  'no-any-extended-key-usage': { tbs: leafWith(encodeExtendedKeyUsage([oids.anyExtendedKeyUsage])) },
  'crl-distribution-point-uris': { tbs: leafWith(encodeCrlDistributionPoints(['http://a/', 'issuing.crl'])) },
  'authority-information-access-uris': {
    tbs: leafWith(encodeAuthorityInformationAccess({ caIssuers: ['file:///issuing.crt'], ocsp: [] })),
  },
  'certificate-policies-unique': {
    tbs: leafWith(raw(oids.certificatePolicies, '300c 300406022a03 300406022a03')),
  },
  'application-policies-match': { tbs: leafWith(encodeApplicationPolicies([oids.clientAuthentication])) },
}

for (const { id, clause } of lintRules) {
  test(`${id}: refuses what breaks it alone (${clause})`, () => {
    const broken = cases[id]
    assert.ok(broken, 'a rule without a case')
    assert.deepEqual(findings(broken.tbs, broken.issuer), [id])
  })
}

test('has no case without a rule, and no rule twice', () => {
  const ids = lintRules.map(({ id }) => id)
  assert.deepEqual(Object.keys(cases).toSorted(), ids.toSorted())
})

test('passes sound certificates: leaf, CA below a CA, and root', () => {
  const purposes = [oids.smartcardLogon, oids.clientAuthentication]
  const full = leafWith(
    encodeCrlDistributionPoints(['http://pki.contoso.com/issuing.crl', 'ldap:///CN=Issuing,DC=contoso']),
    encodeAuthorityInformationAccess({
      caIssuers: ['https://pki.contoso.com/a.crt'],
      ocsp: ['http://ocsp/'],
    }),
    encodeExtendedKeyUsage(purposes),
    encodeApplicationPolicies(purposes),
    encodeCertificatePolicies([{ oid: '1.2.3', qualifiers: [] }]),
    encodeCertificateTemplateInformation({ oid: '1.3.6.1.4.1.311.21.8.1', majorVersion: 1, minorVersion: 0 }),
    encodeSubjectAlternativeName([upn, { type: 'dNSName', value: '*.contoso.com' }], false),
    encodeSidExtension('S-1-5-21-1-2-3-4'),
    raw(privateOid, '0500'),
  )
  assert.deepEqual(findings(full), [])
  assert.deepEqual(findings(leafUsing(rsaKey, encodeKeyUsage(['digitalSignature', 'keyEncipherment']))), [])
  assert.deepEqual(findings(issuing.certificate.tbs, root.certificate), [])
  assert.deepEqual(findings(lastInLine.certificate.tbs, root.certificate), [])
  assert.deepEqual(findings(root.certificate.tbs, null), [])
})

test('the key usage must fit an RSA key too', () => {
  assert.deepEqual(findings(leafUsing(rsaKey, encodeKeyUsage(['keyAgreement']))), ['key-usage-fits-key'])
})

test('the path of a CA must be shorter than its issuer’s', () => {
  const limited = createTestAuthority('P-256', 'CN=Limited', root, 2)
  const own = (pathLength: number | null) =>
    encodeTbsCertificate({
      ...limited.certificate,
      issuer: limited.certificate.subject,
      signatureAlgorithm: 'ecdsa-with-SHA256',
      subjectPublicKeyInfo: ecKey.publicKey.der,
      extensions: caBelow(limited.key, encodeBasicConstraints({ ca: true, pathLength }), caUsage),
    })
  assert.deepEqual(findings(own(1), limited.certificate), [])
  assert.deepEqual(findings(own(2), limited.certificate), ['path-length-of-issuer'])
  assert.deepEqual(findings(own(null), limited.certificate), ['path-length-of-issuer'])
})

test('a root that names another key as its issuer’s is refused', () => {
  const ownUsage = [encodeBasicConstraints({ ca: true, pathLength: null }), caUsage]
  const rootWith = (...extensions: Extension[]) =>
    leaf({
      key: rsaKey,
      issuer: encodeName(parseName('CN=Alice')),
      extensions: [ski(rsaKey), ...ownUsage, ...extensions],
    })
  assert.deepEqual(findings(rootWith(aki(rsaKey)), null), [])
  assert.deepEqual(findings(rootWith(aki(ecKey)), null), ['authority-key-identifier-matches'])
})

test('none of the extensions that must not be critical is', () => {
  for (const extension of [
    encodeAuthorityInformationAccess({ caIssuers: ['http://a/'], ocsp: [] }),
    encodeSidExtension('S-1-5-21-1-2-3-4'),
  ]) {
    assert.deepEqual(findings(leafWith({ ...extension, critical: true })), ['extensions-not-critical'])
  }
  const critical = leaf({ extensions: [{ ...ski(ecKey), critical: true }, aki(issuing.key), usage] })
  assert.deepEqual(findings(critical), ['extensions-not-critical'])
})

test('addresses are absolute http, https or ldap URIs', () => {
  const pointAt = (uri: string) => findings(leafWith(encodeCrlDistributionPoints([uri])))
  for (const uri of [
    'http://a',
    'https://pki.contoso.com:8443/a%20b.crl?x=1',
    'HTTP://[::1]:80/a.crl',
    'ldap:///CN=Issuing,CN=CDP,DC=contoso?certificateRevocationList?base?objectClass=cRLDistributionPoint',
    'ldaps://dc.contoso.com/CN=a',
  ]) {
    assert.deepEqual(pointAt(uri), [], uri)
  }
  for (const uri of [
    'http://',
    'http:///a',
    '//a/b',
    'a.crl',
    'ftp://a/',
    'http://a b/',
    'http://a/%2',
    'http://a:x/',
    'javascript:1',
  ]) {
    assert.deepEqual(pointAt(uri), ['crl-distribution-point-uris'], uri)
  }
})

test('a malformed known extension is named', () => {
  for (const [oid, id] of [
    [oids.basicConstraints, 'basic-constraints-well-formed'],
    [oids.keyUsage, 'key-usage-well-formed'],
    [oids.extendedKeyUsage, 'extended-key-usage-well-formed'],
    [oids.subjectKeyIdentifier, 'subject-key-identifier-well-formed'],
    [oids.authorityKeyIdentifier, 'authority-key-identifier-well-formed'],
    [oids.subjectAlternativeName, 'subject-alternative-name-well-formed'],
    [oids.crlDistributionPoints, 'crl-distribution-points-well-formed'],
    [oids.authorityInformationAccess, 'authority-information-access-well-formed'],
    [oids.certificatePolicies, 'certificate-policies-well-formed'],
    [oids.certificateTemplateInformation, 'certificate-template-information-well-formed'],
    [oids.applicationPolicies, 'application-policies-well-formed'],
    [oids.sidExtension, 'sid-extension-well-formed'],
  ] as const) {
    const others = [ski(ecKey), aki(issuing.key), usage].filter(extension => extension.oid !== oid)
    assert.ok(findings(leaf({ extensions: [...others, raw(oid, '0500')] })).includes(id), id)
  }
})

test('the template’s and the subject’s identifiers must be well formed', () => {
  assert.deepEqual(findings(leafWith(raw(oids.certificateTemplateInformation, '300406022a80'))), [
    'certificate-template-information-well-formed',
  ])
  const sid = encodeSidExtension('S-1-5-21-1-2-3-4')
  const changed = sid.value.slice()
  changed[changed.length - 1] = 0x78
  assert.deepEqual(findings(leafWith({ ...sid, value: changed })), ['sid-extension-well-formed'])
})

test('bytes that are no TBSCertificate are refused', () => {
  assert.deepEqual(findings(hex('3000')), ['well-formed'])
  assert.deepEqual(findings(leaf().subarray(0, 100)), ['well-formed'])
  assert.deepEqual(findings(Uint8Array.of(...leaf(), 0)), ['well-formed'])
})

test('the error lists every finding with its clause', () => {
  const tbs = leaf({ serialNumber: hex('00'), signatureAlgorithm: 'sha1WithRSAEncryption' })
  assert.throws(
    () => lintTbsCertificate(tbs, { issuer: issuing.certificate, now }),
    (error: unknown) => {
      assert.ok(error instanceof LintError)
      assert.deepEqual(
        error.findings.map(({ id }) => id),
        ['serial-number-positive', 'serial-number-at-least-64-bits', 'signature-algorithm-not-sha-1'],
      )
      assert.match(error.message, /serial-number-positive/)
      return error.findings.every(({ clause }) => clause !== '')
    },
  )
})

test('the linted bytes are a private copy and can be taken once', () => {
  const tbs = leaf()
  const original = tbs.slice()
  const linted = lintTbsCertificate(tbs, { issuer: issuing.certificate, now })
  tbs.fill(0)
  linted.peek().fill(0)
  assert.deepEqual(linted.peek(), original)
  assert.deepEqual(linted.take(), original)
  assert.throws(() => linted.take(), /already taken/)
  assert.throws(() => linted.peek(), /already taken/)
})
