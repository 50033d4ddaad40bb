import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { assembleCertificate, decodeCertificate, encodeTbsCertificate } from '../../src/x509/certificate.ts'
import {
  assembleCertificateRevocationList,
  decodeCertificateRevocationList,
  encodeTbsCertificateRevocationList,
} from '../../src/x509/certificate-revocation-list.ts'
import {
  assembleCertificationRequest,
  decodeCertificationRequest,
  encodeCertificationRequestInfo,
  verifyProofOfPossession,
} from '../../src/x509/certification-request.ts'
import {
  decodeCmcFullResponse,
  encodeCmcFullResponse,
  verifyCmcFullResponse,
} from '../../src/x509/cmc/cmc-response.ts'
import { decodePkiResponse, encodePkiResponse } from '../../src/x509/cmc/pki-response.ts'
import { decodeDer } from '../../src/x509/der/der-reader.ts'
import { osVersionAttribute } from '../../src/x509/enrollment-attributes.ts'
import {
  decodeAuthorityInformationAccess,
  encodeAuthorityInformationAccess,
} from '../../src/x509/extensions/authority-information-access.ts'
import { decodeAuthorityKeyIdentifier } from '../../src/x509/extensions/authority-key-identifier.ts'
import {
  decodeBasicConstraints,
  encodeBasicConstraints,
} from '../../src/x509/extensions/basic-constraints.ts'
import {
  decodeCertificatePolicies,
  encodeCertificatePolicies,
} from '../../src/x509/extensions/certificate-policies.ts'
import {
  decodeCertificateTemplateInformation,
  encodeCertificateTemplateInformation,
} from '../../src/x509/extensions/certificate-template-information.ts'
import {
  decodeCrlDistributionPoints,
  encodeCrlDistributionPoints,
} from '../../src/x509/extensions/crl-distribution-points.ts'
import {
  decodeExtendedKeyUsage,
  encodeExtendedKeyUsage,
} from '../../src/x509/extensions/extended-key-usage.ts'
import { decodeIssuingDistributionPoint } from '../../src/x509/extensions/issuing-distribution-point.ts'
import { decodeKeyUsage, encodeKeyUsage } from '../../src/x509/extensions/key-usage.ts'
import { decodeSidExtension, encodeSidExtension } from '../../src/x509/extensions/sid-extension.ts'
import {
  decodeSubjectAlternativeName,
  encodeSubjectAlternativeName,
} from '../../src/x509/extensions/subject-alternative-name.ts'
import { LintError, lintTbsCertificate } from '../../src/x509/lint.ts'
import { decodeName, encodeName, formatName, parseName } from '../../src/x509/names/distinguished-name.ts'
import { ocspCertificateId } from '../../src/x509/ocsp/ocsp-request.ts'
import { verifyOcspResponse } from '../../src/x509/ocsp/ocsp-responder.ts'
import { decodeOcspResponse } from '../../src/x509/ocsp/ocsp-response.ts'
import { decodeSubjectPublicKeyInfo } from '../../src/x509/public-key.ts'
import { findKeyWeakness } from '../../src/x509/weak-key.ts'
import { X509Error } from '../../src/x509/x509-error.ts'
import { toCanonicalDer } from './canonical-der.ts'
import { hex } from './refusal.ts'
import { ocspResponseOf } from './revocation-data.ts'
import { createTestAuthority, generateTestKey, nextYear, notBefore, now } from './test-authority.ts'
import { readVector } from './vector.ts'

const authority = createTestAuthority('P-256', 'CN=Issuing,O=Contoso')
const key = generateTestKey('P-256')
const rsaKey = generateTestKey('RSA-1024')
const names = encodeSubjectAlternativeName(
  [
    { type: 'userPrincipalName', value: 'alice@contoso.com' },
    { type: 'directoryName', value: encodeName(parseName('CN=Alice')) },
    { type: 'iPAddress', value: hex('7f000001') },
    { type: 'registeredID', value: '1.2.3' },
  ],
  false,
)
const policies = encodeCertificatePolicies([
  { oid: '1.2.3', qualifiers: [{ oid: '1.3.6.1.5.5.7.2.1', value: hex('160161') }] },
])
const leaf = authority.issue(key, {
  extensions: [
    names,
    policies,
    encodeKeyUsage(['digitalSignature']),
    encodeBasicConstraints({ ca: false, pathLength: null }),
  ],
})
const info = encodeCertificationRequestInfo({
  subject: parseName('CN=Alice+UID=a,O=Contoso'),
  subjectPublicKeyInfo: key.publicKey.der,
  requestedExtensions: [names],
  attributes: [osVersionAttribute('10.0')],
})
const revocations = encodeTbsCertificateRevocationList({
  signatureAlgorithm: 'ecdsa-with-SHA256',
  issuer: authority.certificate.subject,
  thisUpdate: notBefore,
  nextUpdate: nextYear,
  entries: [
    { serialNumber: hex('01'), revocationDate: notBefore, reason: 'keyCompromise' },
    { serialNumber: hex('0203'), revocationDate: notBefore, reason: null },
  ],
  authorityKeyIdentifier: hex('0102'),
  crlNumber: 300n,
})
const response = await encodeCmcFullResponse({
  certificate: leaf,
  chain: [authority.certificate.der],
  signer: authority.certificate,
  sign: async bytes => authority.key.sign(bytes),
})

interface Sample {
  readonly der: Uint8Array
  /** Decodes, and does with the value what a server would. */
  readonly use: (der: Uint8Array) => unknown
}

const samples: Readonly<Record<string, Sample>> = {
  certificate: {
    der: leaf,
    use: der => {
      const certificate = decodeCertificate(der)
      formatName(certificate.subjectName)
      if (certificate.version === 3 && certificate.extensions.length > 0) {
        const subjectPublicKeyInfo = certificate.subjectPublicKeyInfo.der
        const tbs = encodeTbsCertificate({ ...certificate, subjectPublicKeyInfo })
        const again = assembleCertificate(tbs, certificate.signatureAlgorithm, certificate.signature)
        assert.deepEqual(again, der)
      }
    },
  },
  'certification request': {
    der: assembleCertificationRequest(info, 'ecdsa-with-SHA256', key.sign(info)),
    use: der => verifyProofOfPossession(decodeCertificationRequest(der)),
  },
  'published certification request': {
    der: readVector('published-client-request.der'),
    use: der => verifyProofOfPossession(decodeCertificationRequest(der)),
  },
  'revocation list': {
    der: assembleCertificateRevocationList(revocations, 'ecdsa-with-SHA256', authority.key.sign(revocations)),
    use: decodeCertificateRevocationList,
  },
  'OCSP response': {
    der: ocspResponseOf(authority, {
      id: ocspCertificateId(decodeCertificate(leaf), authority.certificate),
      status: 'good',
      thisUpdate: notBefore,
      nextUpdate: nextYear,
      nonce: hex('0102'),
    }),
    use: der => {
      const response = decodeOcspResponse(der)
      if (typeof response === 'object') verifyOcspResponse(response, authority.certificate, now)
    },
  },
  'OCSP error': { der: hex('30030a0106'), use: decodeOcspResponse },
  'CMC response': {
    der: response,
    use: der => verifyCmcFullResponse(decodeCmcFullResponse(der), authority.certificate),
  },
  'published CMC response': {
    der: readVector('published-cmc-response.der'),
    use: der => {
      const decoded = decodeCmcFullResponse(der)
      if (decoded.signer !== null) verifyCmcFullResponse(decoded, decoded.signer)
    },
  },
  'PKI response': {
    der: encodePkiResponse({
      status: 'failed',
      statusString: 'Denied',
      failInfo: 'badRequest',
      issuedCertificateHash: hex('00'.repeat(20)),
    }),
    use: decodePkiResponse,
  },
  'RSA key': { der: rsaKey.publicKey.der, use: der => findKeyWeakness(decodeSubjectPublicKeyInfo(der)) },
  'P-256 key': { der: key.publicKey.der, use: decodeSubjectPublicKeyInfo },
  name: {
    der: encodeName(parseName('CN=Zoë+UID=z,O=Contoso,DC=com')),
    use: der => formatName(decodeName(der)),
  },
  'basic constraints': {
    der: encodeBasicConstraints({ ca: true, pathLength: 300 }).value,
    use: decodeBasicConstraints,
  },
  'key usage': { der: encodeKeyUsage(['digitalSignature', 'decipherOnly']).value, use: decodeKeyUsage },
  'extended key usage': {
    der: encodeExtendedKeyUsage(['1.2.3', '1.2.4']).value,
    use: decodeExtendedKeyUsage,
  },
  'authority key identifier': {
    der: hex('3011 80020102 a1088206612e74657374 820101'),
    use: decodeAuthorityKeyIdentifier,
  },
  'alternative names': { der: names.value, use: decodeSubjectAlternativeName },
  'distribution points': {
    der: encodeCrlDistributionPoints(['http://a/', 'http://b/']).value,
    use: decodeCrlDistributionPoints,
  },
  'information access': {
    der: encodeAuthorityInformationAccess({ caIssuers: ['http://a/'], ocsp: ['http://b/'] }).value,
    use: decodeAuthorityInformationAccess,
  },
  'issuing distribution point': {
    der: hex('3019 a00da00b8609687474703a2f2f612f 8101ff 83020640 8401ff'),
    use: decodeIssuingDistributionPoint,
  },
  policies: { der: policies.value, use: decodeCertificatePolicies },
  'template information': {
    der: encodeCertificateTemplateInformation({ oid: '1.2.3', majorVersion: 100, minorVersion: 300 }).value,
    use: decodeCertificateTemplateInformation,
  },
  'security identifier': { der: encodeSidExtension('S-1-5-21-1-2-3-4').value, use: decodeSidExtension },
  'any element': {
    der: hex('3015 310a020101020102020200ff 0101ff 0500 03020640'),
    use: der => decodeDer(der, reader => reader.any()),
  },
}

/** One change: an octet replaced or flipped, a piece cut out, inserted, doubled, or the end cut off. */
function mutate(der: Uint8Array): fc.Arbitrary<Uint8Array> {
  const at = fc.nat(der.length - 1)
  const piece = fc.tuple(at, fc.integer({ min: 1, max: 24 }))
  const splice = (start: number, remove: number, insert: Uint8Array) =>
    Uint8Array.of(...der.subarray(0, start), ...insert, ...der.subarray(start + remove))
  return fc.oneof(
    fc
      .tuple(at, fc.nat(7))
      .map(([start, bit]) => splice(start, 1, Uint8Array.of((der[start] ?? 0) ^ (1 << bit)))),
    fc.tuple(at, fc.nat(255)).map(([start, octet]) => splice(start, 1, Uint8Array.of(octet))),
    at.map(start => der.slice(0, start)),
    piece.map(([start, length]) => splice(start, length, new Uint8Array(0))),
    piece.map(([start, length]) => splice(start, 0, der.subarray(start, start + length))),
    fc
      .tuple(at, fc.uint8Array({ minLength: 1, maxLength: 4 }))
      .map(([start, insert]) => splice(start, 0, insert)),
  )
}

for (const [name, { der, use }] of Object.entries(samples)) {
  test(`${name}: mutated, it is refused with X509Error or it is still DER`, () => {
    const runs = der.length > 2000 ? 150 : 600
    fc.assert(
      fc.property(mutate(der), mutated => {
        try {
          use(mutated)
        } catch (error) {
          assert.ok(error instanceof X509Error, String(error))
          return
        }
        assert.deepEqual(new Uint8Array(toCanonicalDer(mutated)), mutated)
      }),
      { numRuns: runs },
    )
  })
}

test('the samples themselves are accepted', () => {
  for (const [name, { der, use }] of Object.entries(samples)) {
    assert.doesNotThrow(() => use(der), name)
  }
})

test('a mutated TBSCertificate fails the lint with LintError or passes as DER', () => {
  const { tbs } = decodeCertificate(leaf)
  fc.assert(
    fc.property(mutate(tbs), mutated => {
      try {
        lintTbsCertificate(mutated, { issuer: authority.certificate, now })
      } catch (error) {
        assert.ok(error instanceof LintError, String(error))
        return
      }
      assert.deepEqual(new Uint8Array(toCanonicalDer(mutated)), mutated)
    }),
    { numRuns: 600 },
  )
})

test('random bytes are refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), bytes => {
      for (const { use } of Object.values(samples)) {
        try {
          use(bytes)
        } catch (error) {
          assert.ok(error instanceof X509Error, String(error))
        }
      }
    }),
    { numRuns: 200 },
  )
})

test('a claim of four gigabytes is refused at once', () => {
  for (const { use } of Object.values(samples)) assert.throws(() => use(hex('3084ffffffff')), X509Error)
})
