import assert from 'node:assert/strict'
import { webcrypto } from 'node:crypto'
import { test } from 'node:test'
import * as pkijs from 'pkijs'
import { decodeCertificate } from '../../../src/x509/certificate.ts'
import { verifyCertificateSignature } from '../../../src/x509/certificate-chain.ts'
import { decodeCertificationRequest } from '../../../src/x509/certification-request.ts'
import {
  decodeCmcFullResponse,
  encodeCmcFullResponse,
  verifyCmcFullResponse,
} from '../../../src/x509/cmc/cmc-response.ts'
import {
  decodeSignedData,
  encodeSignedData,
  verifySignedData,
} from '../../../src/x509/cmc/cms-signed-data.ts'
import { decodePkiResponse, encodePkiResponse } from '../../../src/x509/cmc/pki-response.ts'
import { compareEncodings } from '../../../src/x509/der/bytes.ts'
import { encodeKeyUsage } from '../../../src/x509/extensions/key-usage.ts'
import { formatName } from '../../../src/x509/names/distinguished-name.ts'
import { objectIdentifiers as oids } from '../../../src/x509/object-identifier.ts'
import { encodePem } from '../../../src/x509/pem.ts'
import { keyIdentifier } from '../../../src/x509/public-key.ts'
import { thumbprint } from '../../../src/x509/thumbprint.ts'
import { runTool } from '../external-tool.ts'
import { assertRefused, hex } from '../refusal.ts'
import { createTestAuthority, generateTestKey, now, type TestAuthority } from '../test-authority.ts'
import { readVector } from '../vector.ts'

const published = readVector('published-cmc-response.der')
const root = createTestAuthority('P-384', 'CN=Root')
const authorities: Readonly<Record<'RSA-2048' | 'P-256' | 'P-384', TestAuthority>> = {
  'RSA-2048': createTestAuthority('RSA-2048', 'CN=RSA', root),
  'P-256': createTestAuthority('P-256', 'CN=P256', root),
  'P-384': createTestAuthority('P-384', 'CN=P384', root),
}
const leafKey = generateTestKey('P-256')
const kinds = ['RSA-2048', 'P-256', 'P-384'] as const

function issueUnder(authority: TestAuthority): Uint8Array {
  return authority.issue(leafKey, { extensions: [encodeKeyUsage(['digitalSignature'])] })
}

function respond(authority: TestAuthority, certificate = issueUnder(authority)): Promise<Uint8Array> {
  return encodeCmcFullResponse({
    certificate,
    chain: [authority.certificate.der, root.certificate.der],
    signer: authority.certificate,
    sign: async bytes => authority.key.sign(bytes),
  })
}

test('reads the published response: status, chain, issued certificate, signer', () => {
  const response = decodeCmcFullResponse(published)
  assert.deepEqual([response.status, response.statusString, response.failInfo], ['success', 'Issued', null])
  const [rootCertificate, leaf, issuing] = response.certificates.map(decodeCertificate)
  assert.ok(rootCertificate && leaf && issuing)
  assert.equal(formatName(issuing.subjectName), 'CN=MSIT User CA 2,OU=Microsoft IT')
  assert.deepEqual(response.issuedCertificate, leaf.der)
  assert.deepEqual(response.signer, issuing)
  assert.equal(thumbprint(leaf.der), 'A5FE3C53F9F9E63B22A558861A8D1ACA37E9891F')
  assert.equal(verifyCertificateSignature(leaf, issuing), true)
  assert.equal(verifyCertificateSignature(issuing, rootCertificate), true)
})

test('verifies the signature of the published response, and only under its signer', () => {
  const response = decodeCmcFullResponse(published)
  assert.ok(response.signer)
  assert.equal(verifyCmcFullResponse(response, response.signer), true)
  assert.equal(response.signedData.signers[0]?.digestAlgorithm, 'sha1')
  const [other] = response.certificates.map(decodeCertificate)
  assert.ok(other)
  assert.equal(verifyCmcFullResponse(response, other), false)
})

test('the published response answers the published request', () => {
  const request = decodeCertificationRequest(readVector('published-client-request.der'))
  const issued = decodeCmcFullResponse(published).issuedCertificate
  assert.ok(issued)
  assert.deepEqual(
    keyIdentifier(decodeCertificate(issued).subjectPublicKeyInfo),
    keyIdentifier(request.subjectPublicKeyInfo),
  )
})

test('writes the published PKIResponse to the byte for the same certificate', () => {
  const { signedData } = decodeCmcFullResponse(published)
  const content = encodePkiResponse({
    status: 'success',
    statusString: 'Issued',
    failInfo: null,
    issuedCertificateHash: hex('A5FE3C53F9F9E63B22A558861A8D1ACA37E9891F'),
  })
  assert.deepEqual(content, signedData.content)
})

/** What openssl shows of a message's structure, without lengths, values, certificates and the insides of names. */
function shape(der: Uint8Array): string[] {
  const lines = runTool('openssl', ['asn1parse', '-inform', 'DER', '-in', 'message'], { message: der }).split(
    '\n',
  )
  const elements = lines.flatMap(line => {
    const [, depth, kind, value] = /d=(\d+) .*?(?:cons|prim): (.*?)\s*(?::(.*))?$/.exec(line) ?? []
    return kind === undefined
      ? []
      : [{ depth: Number(depth), kind, text: kind === 'OBJECT' ? `${kind} ${value}` : kind }]
  })
  const isPart = (depth: number, kind: string) => (element: { depth: number; kind: string }) =>
    element.depth === depth && element.kind === kind
  const certificates = elements.findIndex(isPart(3, 'cont [ 0 ]'))
  const signers = elements.findLastIndex(isPart(3, 'SET'))
  const name = elements.findIndex((element, index) => index > signers && isPart(6, 'SEQUENCE')(element))
  const serialNumber = elements.findIndex((element, index) => index > name && isPart(6, 'INTEGER')(element))
  return elements
    .filter(
      (_, index) => index <= certificates || (index >= signers && (index <= name || index >= serialNumber)),
    )
    .map(({ depth, text }) => `${depth} ${text}`)
}

test('has the published response’s shape field for field, with SHA-256 for SHA-1', async () => {
  const ours = shape(await respond(authorities['RSA-2048']))
  const theirs = shape(published).map(line => line.replace(/OBJECT sha1$/, 'OBJECT sha256'))
  assert.ok(theirs.length > 25)
  assert.deepEqual(ours, theirs)
})

for (const kind of kinds) {
  test(`a response under ${kind} reads back and verifies`, async () => {
    const authority = authorities[kind]
    const certificate = issueUnder(authority)
    const response = decodeCmcFullResponse(await respond(authority, certificate))
    assert.deepEqual([response.status, response.statusString], ['success', 'Issued'])
    assert.deepEqual(response.issuedCertificate, certificate)
    assert.deepEqual(response.signer?.der, authority.certificate.der)
    assert.equal(response.certificates.length, 3)
    assert.deepEqual(response.certificates, response.certificates.toSorted(compareEncodings))
    assert.equal(verifyCmcFullResponse(response, authority.certificate), true)
    assert.equal(verifyCmcFullResponse(response, root.certificate), false)
    assert.equal(response.signedData.signers[0]?.digestAlgorithm, kind === 'P-384' ? 'sha384' : 'sha256')
  })

  test(`openssl verifies a response under ${kind}`, async () => {
    const output = runTool(
      'openssl',
      [
        'cms',
        '-verify',
        '-inform',
        'DER',
        '-in',
        'response',
        '-CAfile',
        'root.pem',
        '-purpose',
        'any',
        '-out',
        'content',
      ],
      {
        response: await respond(authorities[kind]),
        'root.pem': encodePem('CERTIFICATE', root.certificate.der),
      },
    )
    assert.match(output, /[Vv]erification successful/)
  })

  test(`pkijs verifies a response under ${kind}`, async () => {
    pkijs.setEngine('node', new pkijs.CryptoEngine({ name: 'node', crypto: webcrypto }))
    const info = pkijs.ContentInfo.fromBER(Uint8Array.from(await respond(authorities[kind])).buffer)
    const signedData = new pkijs.SignedData({ schema: info.content })
    assert.equal(signedData.version, 3)
    assert.equal(await signedData.verify({ signer: 0, checkChain: false }), true)
  })
}

test('openssl prints the structure of contract: version 3, PKIResponse, three certificates', async () => {
  const output = runTool('openssl', ['cms', '-cmsout', '-print', '-inform', 'DER', '-in', 'response'], {
    response: await respond(authorities['RSA-2048']),
  })
  assert.match(output, /version: 3/)
  assert.match(output, /eContentType: id-cct-PKIResponse/)
  assert.equal(output.match(/d\.certificate:/g)?.length, 3)
  assert.match(output, /signatureAlgorithm:\s+algorithm: rsaEncryption/)
})

test('a change in content, attributes or signature breaks the verification', async () => {
  const authority = authorities['P-256']
  const message = decodeSignedData(await respond(authority))
  const [signer] = message.signers
  assert.ok(signer)
  assert.equal(verifySignedData(message, authority.certificate), true)
  assert.equal(verifySignedData({ ...message, content: hex('00') }, authority.certificate), false)
  assert.equal(verifySignedData({ ...message, contentType: oids.signedData }, authority.certificate), false)
  assert.equal(verifySignedData({ ...message, signers: [] }, authority.certificate), false)
  assert.equal(verifySignedData({ ...message, signers: [signer, signer] }, authority.certificate), false)
  for (const change of [
    { signature: authority.key.sign(hex('00')) },
    { signedBytes: hex('3100') },
    { signedAttributes: [] },
    { signedAttributes: [...signer.signedAttributes, ...signer.signedAttributes] },
    { serialNumber: hex('01') },
    { key: 'RSA' as const },
  ]) {
    assert.equal(
      verifySignedData({ ...message, signers: [{ ...signer, ...change }] }, authority.certificate),
      false,
    )
  }
})

test('refuses a signature algorithm that contradicts the digest', async () => {
  const text = Buffer.from(await respond(authorities['P-256'])).toString('hex')
  const ecdsaWithSha256 = '2a8648ce3d040302'
  const at = text.lastIndexOf(ecdsaWithSha256)
  const changed = hex(`${text.slice(0, at)}2a8648ce3d040303${text.slice(at + ecdsaWithSha256.length)}`)
  assertRefused('unsupported-algorithm', () => decodeCmcFullResponse(changed))
})

test('the signing time is signed when it is given', async () => {
  const authority = authorities['P-256']
  const der = await encodeSignedData({
    contentType: oids.pkiResponse,
    content: hex('0500'),
    certificates: [authority.certificate.der],
    signer: authority.certificate,
    signingTime: now,
    sign: async bytes => authority.key.sign(bytes),
  })
  const message = decodeSignedData(der)
  assert.ok(message.signers[0]?.signedAttributes.some(({ type }) => type === oids.signingTime))
  assert.equal(verifySignedData(message, authority.certificate), true)
})

test('a signer that fails is passed on', async () => {
  const authority = authorities['P-256']
  const failing = encodeCmcFullResponse({
    certificate: issueUnder(authority),
    chain: [],
    signer: authority.certificate,
    sign: () => Promise.reject(new Error('key gone')),
  })
  await assert.rejects(failing, /key gone/)
})

test('reads refusals', () => {
  for (const response of [
    { status: 'failed', statusString: 'Denied', failInfo: 'badRequest', issuedCertificateHash: null },
    { status: 'failed', statusString: null, failInfo: 'popFailed', issuedCertificateHash: null },
    { status: 'pending', statusString: null, failInfo: null, issuedCertificateHash: null },
  ] as const) {
    assert.deepEqual(decodePkiResponse(encodePkiResponse(response)), response)
  }
})

test('refuses what is no PKI response', async () => {
  const authority = authorities['P-256']
  const wrap = (contentType: string, content: Uint8Array) =>
    encodeSignedData({
      contentType,
      content,
      certificates: [],
      signer: authority.certificate,
      sign: async bytes => authority.key.sign(bytes),
    })
  const missing = encodePkiResponse({
    status: 'success',
    statusString: 'Issued',
    failInfo: null,
    issuedCertificateHash: new Uint8Array(20),
  })
  const other = await wrap('1.2.3.4', missing)
  const withoutIssued = await wrap(oids.pkiResponse, missing)
  const empty = await wrap(oids.pkiResponse, hex('3006300030003000'))
  assertRefused('malformed-cmc', () => decodeCmcFullResponse(other))
  assertRefused('malformed-cmc', () => decodeCmcFullResponse(withoutIssued))
  assertRefused('malformed-cmc', () => decodeCmcFullResponse(empty))
  assertRefused('malformed-cms', () => decodeCmcFullResponse(hex('300406022a03')))
})
