import assert from 'node:assert/strict'
import { constants, generateKeyPairSync, type KeyObject, sign, webcrypto } from 'node:crypto'
import { test } from 'node:test'
import './reflect-metadata.ts'
import * as peculiar from '@peculiar/x509'
import * as pkijs from 'pkijs'
import {
  assembleCertificationRequest,
  decodeCertificationRequest,
  encodeCertificationRequestInfo,
  verifyProofOfPossession,
} from '../../src/x509/certification-request.ts'
import {
  derBitString,
  derConstructed,
  derInteger,
  derNull,
  derSequence,
  derSetOf,
  encodeDer,
} from '../../src/x509/der/der-writer.ts'
import {
  clientInformationAttribute,
  enrollmentCspAttribute,
  osVersionAttribute,
} from '../../src/x509/enrollment-attributes.ts'
import { encodeKeyUsage } from '../../src/x509/extensions/key-usage.ts'
import { encodeSubjectKeyIdentifier } from '../../src/x509/extensions/subject-key-identifier.ts'
import { emptyName, encodeName, formatName, parseName } from '../../src/x509/names/distinguished-name.ts'
import { encodeObjectIdentifier, objectIdentifiers as oids } from '../../src/x509/object-identifier.ts'
import { encodePem } from '../../src/x509/pem.ts'
import { keyIdentifier } from '../../src/x509/public-key.ts'
import { runTool } from './external-tool.ts'
import { assertRefused, hex } from './refusal.ts'
import { generateTestKey, type KeyKind } from './test-authority.ts'
import { readVector } from './vector.ts'

const published = readVector('published-client-request.der')
const key = generateTestKey('P-256')
const rsaKeys = generateKeyPairSync('rsa', { modulusLength: 2048 })

function build(kind: KeyKind = 'P-256'): Uint8Array {
  const own = kind === 'P-256' ? key : generateTestKey(kind)
  const info = encodeCertificationRequestInfo({
    subject: parseName('CN=Alice,O=Contoso'),
    subjectPublicKeyInfo: own.publicKey.der,
    requestedExtensions: [encodeKeyUsage(['digitalSignature'])],
    attributes: [osVersionAttribute('10.0.22631.2')],
  })
  return assembleCertificationRequest(info, own.signatureAlgorithm, own.sign(info))
}

/** A request with any signature algorithm, given as DER. */
function buildWith(
  algorithm: Uint8Array,
  publicKey: KeyObject,
  makeSignature: (info: Uint8Array) => Uint8Array,
) {
  const info = encodeCertificationRequestInfo({
    subject: emptyName,
    subjectPublicKeyInfo: new Uint8Array(publicKey.export({ type: 'spki', format: 'der' })),
  })
  return encodeDer(derSequence([info, algorithm, derBitString(makeSignature(info))]))
}

test('reads the published client’s request', () => {
  const request = decodeCertificationRequest(published)
  assert.deepEqual(request.subject, emptyName)
  assert.equal(request.subjectPublicKeyInfo.algorithm, 'RSA')
  assert.equal(request.subjectPublicKeyInfo.keySize, 2048)
  assert.equal(request.signatureAlgorithm, 'sha1WithRSAEncryption')
  assert.deepEqual(
    request.attributes.map(({ type }) => type),
    [oids.osVersion, oids.extensionRequest, oids.requestClientInformation, oids.enrollmentCsp],
  )
  assert.deepEqual(request.requestedExtensions, [
    encodeSubjectKeyIdentifier(hex('6E06B3A559EE62E51D8D214FDBBCF4F89045FE49')),
  ])
  assert.equal(verifyProofOfPossession(request), true)
})

test('writes the published client’s attributes to the byte', () => {
  const request = decodeCertificationRequest(published)
  const info = encodeCertificationRequestInfo({
    subject: emptyName,
    subjectPublicKeyInfo: request.subjectPublicKeyInfo.der,
    requestedExtensions: [encodeSubjectKeyIdentifier(keyIdentifier(request.subjectPublicKeyInfo))],
    attributes: [
      osVersionAttribute('6.3.9600.2'),
      clientInformationAttribute({
        clientId: 5,
        machineName: 'Jimaco.redmond.corp.microsoft.com',
        userName: 'REDMOND\\v-jibran',
        processName: 'FIMCMModernApp.exe',
      }),
      enrollmentCspAttribute({ keySpec: 0, providerName: 'Microsoft Smart Card Key Storage Provider' }),
    ],
  })
  assert.deepEqual(info, request.info)
  assert.deepEqual(assembleCertificationRequest(info, 'sha1WithRSAEncryption', request.signature), published)
})

test('a changed octet breaks the proof of possession', () => {
  const request = decodeCertificationRequest(build())
  assert.equal(verifyProofOfPossession(request), true)
  const info = request.info.slice()
  info[info.length - 1] = (info[info.length - 1] ?? 0) ^ 1
  assert.equal(verifyProofOfPossession({ ...request, info }), false)
  assert.equal(verifyProofOfPossession({ ...request, signature: hex('3006020101020101') }), false)
  assert.equal(verifyProofOfPossession({ ...request, signature: new Uint8Array(0) }), false)
})

test('another key’s signature proves nothing', () => {
  const request = decodeCertificationRequest(build())
  const other = generateTestKey('P-256')
  assert.equal(verifyProofOfPossession({ ...request, signature: other.sign(request.info) }), false)
  const rsa = decodeCertificationRequest(published)
  assert.equal(verifyProofOfPossession({ ...rsa, subjectPublicKeyInfo: key.publicKey }), false)
})

for (const digest of ['sha1', 'sha256', 'sha384', 'sha512'] as const) {
  const number = digest.slice(3)
  const suffix = { sha1: 'Sha1', sha256: 'Sha256', sha384: 'Sha384', sha512: 'Sha512' }[digest]

  test(`takes RSA with SHA-${number}`, () => {
    const oid = {
      sha1: oids.sha1WithRSAEncryption,
      sha256: oids.sha256WithRSAEncryption,
      sha384: oids.sha384WithRSAEncryption,
      sha512: oids.sha512WithRSAEncryption,
    }[digest]
    const algorithm = encodeDer(derSequence([encodeObjectIdentifier(oid), derNull]))
    const der = buildWith(algorithm, rsaKeys.publicKey, info => sign(digest, info, rsaKeys.privateKey))
    const request = decodeCertificationRequest(der)
    assert.equal(request.signatureAlgorithm, `${digest}WithRSAEncryption`)
    assert.equal(verifyProofOfPossession(request), true)
  })

  test(`takes ECDSA with SHA-${number}`, () => {
    const oid = {
      Sha1: oids.ecdsaWithSha1,
      Sha256: oids.ecdsaWithSha256,
      Sha384: oids.ecdsaWithSha384,
      Sha512: oids.ecdsaWithSha512,
    }[suffix]
    const keys = generateKeyPairSync('ec', { namedCurve: 'P-384' })
    const algorithm = encodeDer(derSequence([encodeObjectIdentifier(oid ?? '')]))
    const request = decodeCertificationRequest(
      buildWith(algorithm, keys.publicKey, info => sign(digest, info, keys.privateKey)),
    )
    assert.equal(request.signatureAlgorithm, `ecdsa-with-SHA${number}`)
    assert.equal(verifyProofOfPossession(request), true)
  })

  test(`takes RSASSA-PSS with SHA-${number}`, () => {
    const saltLength = { sha1: 20, sha256: 32, sha384: 48, sha512: 64 }[digest]
    const algorithm = pssAlgorithm(oids[digest], oids[digest], saltLength)
    const request = decodeCertificationRequest(
      buildWith(algorithm, rsaKeys.publicKey, pssSigner(digest, saltLength)),
    )
    assert.equal(request.signatureAlgorithm, `RSASSA-PSS-SHA${number}`)
    assert.equal(verifyProofOfPossession(request), true)
    assert.equal(verifyProofOfPossession({ ...request, info: hex('00') }), false)
  })
}

function pssAlgorithm(digest: string, maskDigest: string, saltLength: number): Uint8Array {
  const identifier = (oid: string) => derSequence([encodeObjectIdentifier(oid), derNull])
  const mask = derSequence([encodeObjectIdentifier(oids.maskGenerationFunction1), identifier(maskDigest)])
  const parameters = derSequence([
    derConstructed(0xa0, [identifier(digest)]),
    derConstructed(0xa1, [mask]),
    derConstructed(0xa2, [derInteger(saltLength)]),
  ])
  return encodeDer(derSequence([encodeObjectIdentifier(oids.rsassaPss), parameters]))
}

function pssSigner(digest: string, saltLength: number) {
  return (info: Uint8Array) =>
    sign(digest, info, { key: rsaKeys.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength })
}

test('takes RSASSA-PSS with all parameters at their defaults', () => {
  const algorithm = encodeDer(derSequence([encodeObjectIdentifier(oids.rsassaPss), derSequence([])]))
  const request = decodeCertificationRequest(buildWith(algorithm, rsaKeys.publicKey, pssSigner('sha1', 20)))
  assert.equal(verifyProofOfPossession(request), true)
})

test('refuses unusual parameters of RSASSA-PSS and unknown algorithms', () => {
  for (const algorithm of [
    pssAlgorithm(oids.sha256, oids.sha1, 32),
    pssAlgorithm(oids.sha256, oids.sha256, 20),
    pssAlgorithm('1.2.840.113549.2.5', '1.2.840.113549.2.5', 16),
    encodeDer(derSequence([encodeObjectIdentifier('1.2.840.113549.1.1.4'), derNull])),
    encodeDer(derSequence([encodeObjectIdentifier(oids.sha256WithRSAEncryption)])),
    encodeDer(derSequence([encodeObjectIdentifier(oids.ecdsaWithSha256), derNull])),
  ]) {
    const der = buildWith(algorithm, rsaKeys.publicKey, () => new Uint8Array(256))
    assertRefused('unsupported-algorithm', () => decodeCertificationRequest(der))
  }
})

function infoWith(attributes: readonly Uint8Array[], version = 0): Uint8Array {
  const info = encodeDer(
    derSequence([
      derInteger(version),
      encodeName(emptyName),
      key.publicKey.der,
      derConstructed(0xa0, attributes),
    ]),
  )
  return assembleCertificationRequest(info, key.signatureAlgorithm, key.sign(info))
}

test('keeps attributes that it does not understand', () => {
  const unknown = encodeDer(
    derSequence([encodeObjectIdentifier('1.2.3.4'), derSetOf([derSequence([derNull])])]),
  )
  const request = decodeCertificationRequest(infoWith([unknown]))
  assert.deepEqual(request.attributes, [{ type: '1.2.3.4', values: [hex('30020500')] }])
  assert.equal(verifyProofOfPossession(request), true)
})

test('refuses what a request must not be', () => {
  const attribute = (type: string, ...values: Uint8Array[]) =>
    encodeDer(derSequence([encodeObjectIdentifier(type), derSetOf(values)]))
  const extensions = hex('300b 3009 0603550403 0402ffff')
  const twice = hex('30163009060355040304020000 3009060355040304020000')
  assertRefused('malformed-request', () => decodeCertificationRequest(infoWith([], 1)))
  assertRefused('malformed-request', () => decodeCertificationRequest(infoWith([attribute('1.2.3')])))
  assertRefused('malformed-request', () =>
    decodeCertificationRequest(infoWith([attribute(oids.extensionRequest, extensions, extensions)])),
  )
  assertRefused('malformed-request', () =>
    decodeCertificationRequest(
      infoWith(
        [
          attribute(oids.microsoftExtensionRequest, extensions),
          attribute(oids.extensionRequest, extensions),
        ].sort((left, right) => left.length - right.length),
      ),
    ),
  )
  assertRefused('malformed-request', () =>
    decodeCertificationRequest(infoWith([attribute(oids.extensionRequest, twice)])),
  )
  assertRefused('der-set-order', () =>
    decodeCertificationRequest(infoWith([attribute('1.2.4', derNull), attribute('1.2.3', derNull)])),
  )
  assertRefused('der-too-large', () => decodeCertificationRequest(new Uint8Array(65537)))
  assertRefused('der-truncated', () => decodeCertificationRequest(published.subarray(0, 500)))
  assertRefused('der-trailing-data', () => decodeCertificationRequest(Uint8Array.of(...published, 0)))
})

test('openssl reads and verifies our requests', () => {
  for (const kind of ['RSA-2048', 'P-256', 'P-384'] as const) {
    const output = runTool(
      'openssl',
      ['req', '-inform', 'DER', '-in', 'request', '-verify', '-noout', '-subject', '-text'],
      { request: build(kind) },
    )
    assert.match(output, /verify OK/)
    assert.match(output, /subject=O ?= ?Contoso, CN ?= ?Alice/)
    assert.match(output, /Digital Signature/)
  }
})

test('@peculiar/x509 and pkijs read and verify our requests', async () => {
  peculiar.cryptoProvider.set(webcrypto)
  const theirs = new peculiar.Pkcs10CertificateRequest(build())
  assert.equal(theirs.subject, 'O=Contoso, CN=Alice')
  assert.equal(await theirs.verify(), true)
  pkijs.setEngine('node', new pkijs.CryptoEngine({ name: 'node', crypto: webcrypto }))
  assert.equal(await pkijs.CertificationRequest.fromBER(Uint8Array.from(build()).buffer).verify(), true)
})

test('reads and verifies the requests of openssl and @peculiar/x509', async () => {
  const pem = rsaKeys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const args = [
    'req',
    '-new',
    '-key',
    'key.pem',
    '-subj',
    '/C=DE/O=Contoso/CN=Zoë',
    '-utf8',
    '-outform',
    'DER',
  ]
  const script = `openssl ${args.map(arg => `'${arg}'`).join(' ')} -out request && base64 request`
  const output = runTool('sh', ['-c', script], { 'key.pem': pem })
  const request = decodeCertificationRequest(new Uint8Array(Buffer.from(output, 'base64')))
  assert.equal(formatName(request.subject), 'CN=Zoë,O=Contoso,C=DE')
  assert.equal(verifyProofOfPossession(request), true)

  peculiar.cryptoProvider.set(webcrypto)
  const algorithm = { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' }
  const theirs = await peculiar.Pkcs10CertificateRequestGenerator.create({
    name: 'CN=Test, DC=contoso',
    keys: await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']),
    signingAlgorithm: algorithm,
    extensions: [new peculiar.SubjectAlternativeNameExtension([{ type: 'dns', value: 'contoso.com' }])],
  })
  const own = decodeCertificationRequest(new Uint8Array(theirs.rawData))
  assert.equal(own.signatureAlgorithm, 'ecdsa-with-SHA384')
  assert.equal(verifyProofOfPossession(own), true)
  assert.deepEqual(
    own.requestedExtensions.map(({ oid }) => oid),
    [oids.subjectAlternativeName],
  )
})

test('certtool reads our request', () => {
  const output = runTool('certtool', ['--crq-info', '--infile', 'request.pem'], {
    'request.pem': encodePem('NEW CERTIFICATE REQUEST', build()),
  })
  assert.match(output, /Subject: CN=Alice,O=Contoso/)
  assert.match(output, /Self signature: verified/)
})
