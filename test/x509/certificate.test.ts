import assert from 'node:assert/strict'
import { webcrypto, X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import './reflect-metadata.ts'
import * as peculiar from '@peculiar/x509'
import * as pkijs from 'pkijs'
import {
  assembleCertificate,
  type CertificateFields,
  decodeCertificate,
  decodeTbsCertificate,
  encodeTbsCertificate,
} from '../../src/x509/certificate.ts'
import { verifyCertificateSignature } from '../../src/x509/certificate-chain.ts'
import { findExtension } from '../../src/x509/extension.ts'
import { encodeAuthorityInformationAccess } from '../../src/x509/extensions/authority-information-access.ts'
import {
  encodeApplicationPolicies,
  encodeCertificatePolicies,
} from '../../src/x509/extensions/certificate-policies.ts'
import { encodeCertificateTemplateInformation } from '../../src/x509/extensions/certificate-template-information.ts'
import { encodeCrlDistributionPoints } from '../../src/x509/extensions/crl-distribution-points.ts'
import { encodeExtendedKeyUsage } from '../../src/x509/extensions/extended-key-usage.ts'
import { encodeKeyUsage } from '../../src/x509/extensions/key-usage.ts'
import { encodeSidExtension } from '../../src/x509/extensions/sid-extension.ts'
import {
  decodeSubjectAlternativeName,
  encodeSubjectAlternativeName,
} from '../../src/x509/extensions/subject-alternative-name.ts'
import { encodeName, formatName, parseName } from '../../src/x509/names/distinguished-name.ts'
import { objectIdentifiers as oids } from '../../src/x509/object-identifier.ts'
import { encodePem } from '../../src/x509/pem.ts'
import { thumbprint } from '../../src/x509/thumbprint.ts'
import { verifySignature } from '../../src/x509/verify-signature.ts'
import { runTool } from './external-tool.ts'
import { assertRefused, hex } from './refusal.ts'
import { createTestAuthority, farEnd, generateTestKey, nextYear, notBefore } from './test-authority.ts'

const root = createTestAuthority('P-384', 'CN=Contoso Root CA,O=Contoso')
const issuing = createTestAuthority('RSA-2048', 'CN=Contoso Issuing CA,O=Contoso', root, 0)
const subjectKey = generateTestKey('RSA-2048')
const purposes = [oids.smartcardLogon, oids.clientAuthentication]

const smartcardLogon = issuing.issue(subjectKey, {
  extensions: [
    encodeCrlDistributionPoints(['http://pki.contoso.com/issuing.crl']),
    encodeAuthorityInformationAccess({
      caIssuers: ['http://pki.contoso.com/issuing.crt'],
      ocsp: ['http://ocsp/'],
    }),
    encodeKeyUsage(['digitalSignature', 'nonRepudiation', 'keyEncipherment']),
    encodeExtendedKeyUsage(purposes),
    encodeCertificateTemplateInformation({
      oid: '1.3.6.1.4.1.311.21.8.1.2',
      majorVersion: 100,
      minorVersion: 1,
    }),
    encodeApplicationPolicies(purposes),
    encodeCertificatePolicies([{ oid: '1.2.3.4', qualifiers: [] }]),
    encodeSubjectAlternativeName([{ type: 'userPrincipalName', value: 'alice@contoso.com' }], false),
    encodeSidExtension('S-1-5-21-1-2-3-1104'),
  ],
})

function fields(change: Partial<CertificateFields>): CertificateFields {
  const name = encodeName(parseName('CN=Self'))
  return {
    serialNumber: hex('0102030405060708'),
    signatureAlgorithm: 'sha256WithRSAEncryption',
    issuer: name,
    notBefore,
    notAfter: nextYear,
    subject: name,
    subjectPublicKeyInfo: subjectKey.publicKey.der,
    extensions: [],
    ...change,
  }
}

test('reads back what it writes', () => {
  const certificate = decodeCertificate(smartcardLogon)
  assert.equal(certificate.version, 3)
  assert.equal(certificate.serialNumberHex, '00A10203040506070809')
  assert.equal(formatName(certificate.subjectName), 'CN=Alice Example,OU=Users,DC=contoso,DC=com')
  assert.equal(formatName(certificate.issuerName), 'CN=Contoso Issuing CA,O=Contoso')
  assert.deepEqual([certificate.notBefore, certificate.notAfter], [notBefore, nextYear])
  assert.deepEqual(certificate.subjectPublicKeyInfo, subjectKey.publicKey)
  const { serialNumber, signatureAlgorithm, issuer, subject, subjectPublicKeyInfo, extensions, signature } =
    certificate
  const tbs = encodeTbsCertificate({
    serialNumber,
    signatureAlgorithm,
    issuer,
    notBefore,
    notAfter: nextYear,
    subject,
    subjectPublicKeyInfo: subjectPublicKeyInfo.der,
    extensions,
  })
  assert.deepEqual(tbs, certificate.tbs)
  assert.deepEqual(assembleCertificate(tbs, signatureAlgorithm, signature), smartcardLogon)
})

test('verifies signatures of every kind of key', () => {
  const certificate = decodeCertificate(smartcardLogon)
  assert.equal(verifyCertificateSignature(certificate, issuing.certificate), true)
  assert.equal(verifyCertificateSignature(issuing.certificate, root.certificate), true)
  assert.equal(verifyCertificateSignature(root.certificate, root.certificate), true)
  assert.equal(verifyCertificateSignature(certificate, root.certificate), false)
  const p256 = createTestAuthority('P-256', 'CN=Other')
  assert.equal(verifyCertificateSignature(p256.certificate, p256.certificate), true)
  assert.equal(verifyCertificateSignature(root.certificate, p256.certificate), false)
})

test('writes the times of RFC 5280: UTCTime to 2049, GeneralizedTime after, 99991231235959Z', () => {
  const validity = (notAfter: string) =>
    Buffer.from(decodeTbsCertificate(encodeTbsCertificate(fields({ notAfter: new Date(notAfter) }))).validity)
      .toString('latin1')
      .slice(17)
  assert.equal(validity('2049-12-31T23:59:59Z'), '\x17\x0d491231235959Z')
  assert.equal(validity('2050-01-01T00:00:00Z'), '\x18\x0f20500101000000Z')
  assert.equal(validity('9999-12-31T23:59:59Z'), '\x18\x0f99991231235959Z')
})

test('serial numbers are positive and have at most 20 octets', () => {
  for (const serialNumber of ['00', '0000', '', `01${'00'.repeat(20)}`, `80${'00'.repeat(19)}`]) {
    assert.throws(
      () => encodeTbsCertificate(fields({ serialNumber: hex(serialNumber) })),
      /serial number|without octets/,
    )
  }
  const longest = hex(`7f${'ff'.repeat(19)}`)
  assert.deepEqual(
    decodeTbsCertificate(encodeTbsCertificate(fields({ serialNumber: longest }))).serialNumber,
    longest,
  )
})

test('without extensions it is of version 1', () => {
  assert.equal(decodeTbsCertificate(encodeTbsCertificate(fields({}))).version, 1)
})

/** A certificate in which the first of some bytes are replaced by others. */
function patched(der: Uint8Array, from: string, to: string): Uint8Array {
  const text = Buffer.from(der).toString('hex')
  assert.ok(text.includes(from))
  return hex(text.replace(from, to))
}

test('refuses extensions below version 3', () => {
  assertRefused('malformed-certificate', () =>
    decodeCertificate(patched(smartcardLogon, 'a003020102', 'a003020101')),
  )
  assertRefused('malformed-certificate', () =>
    decodeCertificate(patched(smartcardLogon, 'a003020102', 'a003020103')),
  )
  assertRefused('der-encoded-default', () =>
    decodeCertificate(patched(smartcardLogon, 'a003020102', 'a003020100')),
  )
})

test('refuses a GeneralizedTime before 2050', () => {
  const digits = (text: string) => Buffer.from(text).toString('hex')
  assertRefused('der-invalid-time', () =>
    decodeCertificate(patched(root.certificate.der, digits('20560101'), digits('20490101'))),
  )
})

test('refuses a serial number that is negative', () => {
  assertRefused('malformed-certificate', () =>
    decodeCertificate(patched(smartcardLogon, '020a00a1', '020a80a1')),
  )
})

test('a signature of another kind than its algorithm verifies nothing', () => {
  const signature = subjectKey.sign(hex('00'))
  assert.equal(verifySignature('sha256WithRSAEncryption', subjectKey.publicKey, hex('00'), signature), true)
  assert.equal(verifySignature('ecdsa-with-SHA256', subjectKey.publicKey, hex('00'), signature), false)
})

test('refuses two different signature algorithms', () => {
  const tbs = encodeTbsCertificate(fields({}))
  assertRefused('malformed-certificate', () =>
    decodeCertificate(assembleCertificate(tbs, 'sha512WithRSAEncryption', hex('00'))),
  )
})

test('refuses an extension that occurs twice', () => {
  const usage = encodeKeyUsage(['digitalSignature'])
  const tbs = encodeTbsCertificate(fields({ extensions: [usage, usage] }))
  assertRefused('malformed-certificate', () =>
    decodeCertificate(assembleCertificate(tbs, 'sha256WithRSAEncryption', hex('00'))),
  )
})

test('the thumbprint is the SHA-1 of the whole certificate in upper case', () => {
  assert.equal(
    thumbprint(smartcardLogon),
    new X509Certificate(smartcardLogon).fingerprint.replaceAll(':', ''),
  )
})

test('openssl reads and verifies the chain', () => {
  const files = {
    'root.pem': encodePem('CERTIFICATE', root.certificate.der),
    'issuing.pem': encodePem('CERTIFICATE', issuing.certificate.der),
    'leaf.pem': encodePem('CERTIFICATE', smartcardLogon),
  }
  const verified = runTool(
    'openssl',
    ['verify', '-x509_strict', '-CAfile', 'root.pem', '-untrusted', 'issuing.pem', 'leaf.pem'],
    files,
  )
  assert.match(verified, /leaf\.pem: OK/)
  const text = runTool('openssl', ['x509', '-in', 'leaf.pem', '-noout', '-text'], files)
  assert.match(text, /Version: 3/)
  assert.match(text, /Subject: DC ?= ?com, DC ?= ?contoso, OU ?= ?Users, CN ?= ?Alice Example/)
  assert.match(text, /Digital Signature, Non Repudiation, Key Encipherment/)
  assert.match(text, /Microsoft Smartcard Login, TLS Web Client Authentication/)
  assert.match(text, /URI:http:\/\/pki\.contoso\.com\/issuing\.crl/)
  assert.match(text, /CA Issuers - URI:http:\/\/pki\.contoso\.com\/issuing\.crt/)
  assert.match(text, /othername: UPN::?alice@contoso\.com/)
})

test('certtool reads the certificate', () => {
  const text = runTool('certtool', ['--certificate-info', '--infile', 'leaf.pem'], {
    'leaf.pem': encodePem('CERTIFICATE', smartcardLogon),
  })
  assert.match(text, /Subject: CN=Alice Example,OU=Users,DC=contoso,DC=com/)
  assert.match(text, /Serial Number \(hex\): 00a10203040506070809/)
  assert.match(text, /Key Purpose|Smart Card|1\.3\.6\.1\.4\.1\.311\.20\.2\.2/)
})

test('node, @peculiar/x509 and pkijs read the certificate and agree with us', async () => {
  const ours = decodeCertificate(smartcardLogon)
  const node = new X509Certificate(smartcardLogon)
  assert.equal(node.serialNumber, 'A10203040506070809')
  assert.equal(node.verify(new X509Certificate(issuing.certificate.der).publicKey), true)

  peculiar.cryptoProvider.set(webcrypto)
  const theirs = new peculiar.X509Certificate(smartcardLogon)
  assert.equal(theirs.notAfter.getTime(), ours.notAfter.getTime())
  assert.deepEqual(
    [...theirs.extensions].map(({ type, critical }) => [type, critical]),
    ours.extensions.map(({ oid, critical }) => [oid, critical]),
  )
  const issuer = new peculiar.X509Certificate(issuing.certificate.der)
  assert.equal(await theirs.verify({ publicKey: issuer.publicKey, signatureOnly: true }), true)

  pkijs.setEngine('node', new pkijs.CryptoEngine({ name: 'node', crypto: webcrypto }))
  const parsed = pkijs.Certificate.fromBER(Uint8Array.from(smartcardLogon).buffer)
  const parsedIssuer = pkijs.Certificate.fromBER(Uint8Array.from(issuing.certificate.der).buffer)
  assert.equal(await parsed.verify(parsedIssuer), true)
  assert.deepEqual(new Uint8Array(parsed.toSchema().toBER()), smartcardLogon)
})

test('reads and verifies a certificate of openssl', () => {
  const key = subjectKey.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const args =
    "req -x509 -new -key key.pem -subj '/DC=com/DC=contoso/CN=Zoë' -utf8 -days 36500 -outform DER " +
    "-addext 'subjectAltName=DNS:contoso.com,IP:127.0.0.1,email:a@contoso.com,otherName:1.2.3;UTF8:x'"
  const output = runTool('sh', ['-c', `openssl ${args} -out certificate && base64 certificate`], {
    'key.pem': key,
  })
  const certificate = decodeCertificate(new Uint8Array(Buffer.from(output, 'base64')))
  assert.equal(formatName(certificate.subjectName), 'CN=Zoë,DC=contoso,DC=com')
  assert.ok(certificate.notAfter > farEnd)
  assert.equal(verifyCertificateSignature(certificate, certificate), true)
  const names = findExtension(certificate.extensions, oids.subjectAlternativeName)
  assert.ok(names)
  assert.deepEqual(decodeSubjectAlternativeName(names.value), [
    { type: 'dNSName', value: 'contoso.com' },
    { type: 'iPAddress', value: hex('7f000001') },
    { type: 'rfc822Name', value: 'a@contoso.com' },
    { type: 'otherName', oid: '1.2.3', value: hex('0c0178') },
  ])
})

test('reads and verifies a certificate of @peculiar/x509', async () => {
  peculiar.cryptoProvider.set(webcrypto)
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const theirs = await peculiar.X509CertificateGenerator.createSelfSigned({
    serialNumber: '0102030405060708',
    name: 'CN=Test, O=Contoso',
    notBefore,
    notAfter: nextYear,
    signingAlgorithm: algorithm,
    keys: await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']),
    extensions: [new peculiar.BasicConstraintsExtension(true, 2, true)],
  })
  const certificate = decodeCertificate(new Uint8Array(theirs.rawData))
  assert.equal(certificate.serialNumberHex, '0102030405060708')
  assert.equal(formatName(certificate.subjectName), 'O=Contoso,CN=Test')
  assert.equal(verifyCertificateSignature(certificate, certificate), true)
})
