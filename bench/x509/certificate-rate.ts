import '../../test/x509/reflect-metadata.ts'
import { createPrivateKey, generateKeyPairSync, type KeyObject, sign, webcrypto } from 'node:crypto'
import * as peculiar from '@peculiar/x509'
import * as asn1js from 'asn1js'
import * as pkijs from 'pkijs'
import {
  assembleCertificate,
  type Certificate,
  decodeCertificate,
  encodeTbsCertificate,
} from '../../src/x509/certificate.ts'
import { encodeAuthorityInformationAccess } from '../../src/x509/extensions/authority-information-access.ts'
import { encodeAuthorityKeyIdentifier } from '../../src/x509/extensions/authority-key-identifier.ts'
import { encodeBasicConstraints } from '../../src/x509/extensions/basic-constraints.ts'
import { encodeApplicationPolicies } from '../../src/x509/extensions/certificate-policies.ts'
import { encodeCertificateTemplateInformation } from '../../src/x509/extensions/certificate-template-information.ts'
import { encodeCrlDistributionPoints } from '../../src/x509/extensions/crl-distribution-points.ts'
import { encodeExtendedKeyUsage } from '../../src/x509/extensions/extended-key-usage.ts'
import { encodeKeyUsage } from '../../src/x509/extensions/key-usage.ts'
import { encodeSidExtension } from '../../src/x509/extensions/sid-extension.ts'
import { encodeSubjectAlternativeName } from '../../src/x509/extensions/subject-alternative-name.ts'
import { encodeSubjectKeyIdentifier } from '../../src/x509/extensions/subject-key-identifier.ts'
import { lintTbsCertificate } from '../../src/x509/lint.ts'
import { type DistinguishedName, encodeName } from '../../src/x509/names/distinguished-name.ts'
import { objectIdentifiers as oids } from '../../src/x509/object-identifier.ts'
import { decodeSubjectPublicKeyInfo, keyIdentifier } from '../../src/x509/public-key.ts'
import { digestOfSignatureAlgorithm, signatureAlgorithmFor } from '../../src/x509/signature-algorithm.ts'
import { median } from '../measurement.ts'

/** One measured rate on one thread. */
export interface Row {
  readonly name: string
  readonly perSecond: number
  /** Against the raw signing rate of the same key; null for the raw rate itself and where there is no signature. */
  readonly ratio: number | null
}

const now = new Date('2026-01-01T00:00:00Z')
const nextYear = new Date('2027-01-01T00:00:00Z')
const tenYearsOn = new Date('2036-01-01T00:00:00Z')
const clientPurposes = [oids.smartcardLogon, oids.clientAuthentication]
const caName: DistinguishedName = [[{ type: oids.commonName, value: 'Bench Issuing CA' }]]
const userName: DistinguishedName = [
  [{ type: oids.domainComponent, value: 'com' }],
  [{ type: oids.domainComponent, value: 'contoso' }],
  [{ type: oids.organizationalUnitName, value: 'Users' }],
  [{ type: oids.commonName, value: 'Alice Example' }],
]

interface BenchAuthority {
  readonly certificate: Certificate
  readonly privateKey: KeyObject
  /** PKCS#8, for the libraries that take WebCrypto keys. */
  readonly pkcs8: Uint8Array
}

function generateKeys(kind: 'RSA-2048' | 'P-256'): { publicKey: Uint8Array; pkcs8: Uint8Array } {
  const pair =
    kind === 'RSA-2048'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    publicKey: pair.publicKey.export({ type: 'spki', format: 'der' }),
    pkcs8: pair.privateKey.export({ type: 'pkcs8', format: 'der' }),
  }
}

function createAuthority(kind: 'RSA-2048' | 'P-256'): BenchAuthority {
  const { publicKey, pkcs8 } = generateKeys(kind)
  const privateKey = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' })
  const key = decodeSubjectPublicKeyInfo(publicKey)
  const signatureAlgorithm = signatureAlgorithmFor(key)
  const tbs = encodeTbsCertificate({
    serialNumber: Uint8Array.of(0x40, 1, 2, 3, 4, 5, 6, 7),
    signatureAlgorithm,
    issuer: encodeName(caName),
    notBefore: now,
    notAfter: tenYearsOn,
    subject: encodeName(caName),
    subjectPublicKeyInfo: publicKey,
    extensions: [
      encodeBasicConstraints({ ca: true, pathLength: null }),
      encodeKeyUsage(['keyCertSign', 'cRLSign']),
      encodeSubjectKeyIdentifier(keyIdentifier(key)),
    ],
  })
  const bytes = lintTbsCertificate(tbs, { issuer: null, now }).take()
  const signature = sign(digestOfSignatureAlgorithm(signatureAlgorithm), bytes, privateKey)
  return {
    certificate: decodeCertificate(assembleCertificate(bytes, signatureAlgorithm, signature)),
    privateKey,
    pkcs8,
  }
}

/** Builds a smart card logon certificate as the server does: what belongs to the CA is encoded once. */
function createBuilder(
  { certificate }: BenchAuthority,
  subjectKey: Uint8Array,
): (serial: number) => Uint8Array {
  const issuer = certificate.subject
  const signatureAlgorithm = signatureAlgorithmFor(certificate.subjectPublicKeyInfo)
  const ofTheAuthority = [
    encodeAuthorityKeyIdentifier(keyIdentifier(certificate.subjectPublicKeyInfo)),
    encodeCrlDistributionPoints(['http://pki.contoso.com/issuing.crl']),
    encodeAuthorityInformationAccess({
      caIssuers: ['http://pki.contoso.com/issuing.crt'],
      ocsp: ['http://pki.contoso.com/ocsp'],
    }),
  ]
  return serial => {
    const serialNumber = new Uint8Array(16)
    serialNumber[0] = 0x40
    new DataView(serialNumber.buffer).setUint32(12, serial)
    return encodeTbsCertificate({
      serialNumber,
      signatureAlgorithm,
      issuer,
      notBefore: now,
      notAfter: nextYear,
      subject: encodeName(userName),
      subjectPublicKeyInfo: subjectKey,
      extensions: [
        encodeSubjectKeyIdentifier(keyIdentifier(decodeSubjectPublicKeyInfo(subjectKey))),
        ...ofTheAuthority,
        encodeKeyUsage(['digitalSignature', 'nonRepudiation', 'keyEncipherment']),
        encodeCertificateTemplateInformation({
          oid: '1.3.6.1.4.1.311.21.8.1234567.7654321.1.2.3',
          majorVersion: 100,
          minorVersion: 4,
        }),
        encodeExtendedKeyUsage(clientPurposes),
        encodeApplicationPolicies(clientPurposes),
        encodeSubjectAlternativeName([{ type: 'userPrincipalName', value: 'alice@contoso.com' }], false),
        encodeSidExtension('S-1-5-21-1004336348-1177238915-682003330-1104'),
      ],
    })
  }
}

const rounds = 12

/**
 * The median rate of each piece of work. They take turns in short rounds, so that whatever else the machine does weighs on all
 * of them alike and the ratios hold.
 */
async function rates(works: readonly (() => unknown)[], milliseconds: number): Promise<number[]> {
  const perRound = works.map((): number[] => [])
  for (let round = -2; round < rounds; round++) {
    for (const [index, work] of works.entries()) {
      const { count, time } = await repeat(work, milliseconds / rounds)
      // The first two rounds are for the compiler.
      if (round < 0) continue
      perRound[index]?.push((count * 1000) / time)
    }
  }
  return perRound.map(median)
}

/** The time is the processor's, so that whatever else the machine does is not counted. */
async function repeat(work: () => unknown, milliseconds: number): Promise<{ count: number; time: number }> {
  const start = performance.now()
  const startOfProcessor = process.cpuUsage()
  let count = 0
  while (performance.now() - start < milliseconds) {
    // In batches, so that the clock does not weigh on what takes microseconds.
    for (let index = 0; index < 8; index++) {
      const pending = work()
      if (pending instanceof Promise) await pending
    }
    count += 8
  }
  const { user, system } = process.cpuUsage(startOfProcessor)
  return { count, time: (user + system) / 1000 }
}

async function measureAuthority(kind: 'RSA-2048' | 'P-256', milliseconds: number): Promise<Row[]> {
  const authority = createAuthority(kind)
  const { certificate, privateKey } = authority
  const subjectKey = generateKeys('RSA-2048').publicKey
  const build = createBuilder(authority, subjectKey)
  const algorithm = signatureAlgorithmFor(certificate.subjectPublicKeyInfo)
  const sample = build(1)
  let serial = 0
  const issue = () => {
    serial += 1
    const tbs = lintTbsCertificate(build(serial), { issuer: certificate, now }).take()
    return assembleCertificate(tbs, algorithm, sign('sha256', tbs, privateKey))
  }
  // The libraries take their turns apart, so that the garbage that they leave is not collected in ours.
  const [raw = 0, ours = 0] = await rates([() => sign('sha256', sample, privateKey), issue], milliseconds)
  const [withPeculiar = 0, withPkijs = 0] = await rates(
    [
      await createPeculiarIssuer(authority, kind, subjectKey),
      await createPkijsIssuer(authority, kind, subjectKey),
    ],
    milliseconds,
  )
  return [
    { name: `${kind}: raw node:crypto signature`, perSecond: raw, ratio: null },
    { name: `${kind}: build, lint and sign`, perSecond: ours, ratio: ours / raw },
    { name: `${kind}: @peculiar/x509`, perSecond: withPeculiar, ratio: withPeculiar / raw },
    { name: `${kind}: pkijs`, perSecond: withPkijs, ratio: withPkijs / raw },
  ]
}

function webCryptoAlgorithm(kind: 'RSA-2048' | 'P-256') {
  return kind === 'RSA-2048'
    ? { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
    : { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
}

function importSigningKey({ pkcs8 }: BenchAuthority, kind: 'RSA-2048' | 'P-256') {
  return webcrypto.subtle.importKey('pkcs8', pkcs8, webCryptoAlgorithm(kind), false, ['sign'])
}

async function createPeculiarIssuer(
  authority: BenchAuthority,
  kind: 'RSA-2048' | 'P-256',
  subjectKey: Uint8Array,
): Promise<() => Promise<unknown>> {
  const signingKey = await importSigningKey(authority, kind)
  peculiar.cryptoProvider.set(webcrypto)
  return async () =>
    peculiar.X509CertificateGenerator.create({
      serialNumber: '40000000000000000000000000000001',
      subject: 'CN=Alice Example, OU=Users, DC=contoso, DC=com',
      issuer: 'CN=Bench Issuing CA',
      notBefore: now,
      notAfter: nextYear,
      signingAlgorithm: webCryptoAlgorithm(kind),
      publicKey: new peculiar.PublicKey(subjectKey),
      signingKey,
      extensions: [
        await peculiar.SubjectKeyIdentifierExtension.create(new peculiar.PublicKey(subjectKey)),
        new peculiar.AuthorityKeyIdentifierExtension('0102030405060708090a0b0c0d0e0f1011121314'),
        new peculiar.CRLDistributionPointsExtension(['http://pki.contoso.com/issuing.crl']),
        new peculiar.AuthorityInfoAccessExtension({
          caIssuers: 'http://pki.contoso.com/issuing.crt',
          ocsp: 'http://pki.contoso.com/ocsp',
        }),
        new peculiar.KeyUsagesExtension(
          peculiar.KeyUsageFlags.digitalSignature | peculiar.KeyUsageFlags.keyEncipherment,
          true,
        ),
        new peculiar.ExtendedKeyUsageExtension(clientPurposes),
        new peculiar.SubjectAlternativeNameExtension([{ type: 'upn', value: 'alice@contoso.com' }]),
      ],
    })
}

async function createPkijsIssuer(
  authority: BenchAuthority,
  kind: 'RSA-2048' | 'P-256',
  subjectKey: Uint8Array,
): Promise<() => Promise<unknown>> {
  const signingKey = await importSigningKey(authority, kind)
  pkijs.setEngine('node', new pkijs.CryptoEngine({ name: 'node', crypto: webcrypto }))
  const raw = (der: Uint8Array) => asn1js.fromBER(Uint8Array.from(der).buffer).result
  const extensions = decodeCertificateExtensions(authority, subjectKey)
  return async () => {
    const certificate = new pkijs.Certificate()
    certificate.version = 2
    certificate.serialNumber = new asn1js.Integer({ value: 4711 })
    certificate.issuer = new pkijs.RelativeDistinguishedNames({ schema: raw(encodeName(caName)) })
    certificate.subject = new pkijs.RelativeDistinguishedNames({ schema: raw(encodeName(userName)) })
    certificate.notBefore = new pkijs.Time({ type: 0, value: now })
    certificate.notAfter = new pkijs.Time({ type: 0, value: nextYear })
    certificate.subjectPublicKeyInfo = new pkijs.PublicKeyInfo({ schema: raw(subjectKey) })
    certificate.extensions = extensions.map(
      ({ oid, critical, value }) =>
        new pkijs.Extension({ extnID: oid, critical, extnValue: Uint8Array.from(value).buffer }),
    )
    await certificate.sign(signingKey, 'SHA-256')
    return certificate.toSchema(true).toBER(false)
  }
}

/** The same extensions as ours, already encoded: pkijs is spared that work. */
function decodeCertificateExtensions(authority: BenchAuthority, subjectKey: Uint8Array) {
  const tbs = createBuilder(authority, subjectKey)(1)
  return lintTbsCertificate(tbs, { issuer: authority.certificate, now }).decoded.extensions
}

/** Certificates a second on one thread, beside the raw signing rates and two libraries. */
export async function run(milliseconds = 1500): Promise<Row[]> {
  const authority = createAuthority('P-256')
  const build = createBuilder(authority, generateKeys('RSA-2048').publicKey)
  const linted = build(1)
  const context = { issuer: authority.certificate, now }
  const [building = 0, linting = 0] = await rates(
    [() => build(7), () => lintTbsCertificate(linted, context)],
    milliseconds,
  )
  return [
    { name: 'build alone', perSecond: building, ratio: null },
    { name: 'lint alone', perSecond: linting, ratio: null },
    ...(await measureAuthority('RSA-2048', milliseconds)),
    ...(await measureAuthority('P-256', milliseconds)),
  ]
}

if (import.meta.main) {
  for (const { name, perSecond, ratio } of await run()) {
    const share = ratio === null ? '' : `${(ratio * 100).toFixed(1)} %`
    process.stdout.write(
      `${name.padEnd(40)}${Math.round(perSecond).toString().padStart(9)}/s${share.padStart(10)}\n`,
    )
  }
}
