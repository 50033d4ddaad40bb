import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { sign } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { assembleCertificate, decodeCertificate, encodeTbsCertificate } from '../../src/x509/certificate.ts'
import { derOctetString, encodeDer } from '../../src/x509/der/der-writer.ts'
import { encodeExtendedKeyUsage } from '../../src/x509/extensions/extended-key-usage.ts'
import { encodeKeyUsage } from '../../src/x509/extensions/key-usage.ts'
import { objectIdentifiers as oids } from '../../src/x509/object-identifier.ts'
import { encodeOcspRequest, ocspCertificateId } from '../../src/x509/ocsp/ocsp-request.ts'
import { verifyOcspResponse } from '../../src/x509/ocsp/ocsp-responder.ts'
import { decodeOcspResponse, type OcspBasicResponse } from '../../src/x509/ocsp/ocsp-response.ts'
import { encodePem } from '../../src/x509/pem.ts'
import { keyIdentifier } from '../../src/x509/public-key.ts'
import { runTool } from './external-tool.ts'
import { hex } from './refusal.ts'
import { ocspResponseOf } from './revocation-data.ts'
import {
  createTestAuthority,
  generateTestKey,
  now,
  type TestAuthority,
  type TestKey,
} from './test-authority.ts'

const authority = createTestAuthority('P-256', 'CN=Issuing,O=Contoso')
const rsaAuthority = createTestAuthority('RSA-2048', 'CN=RSA Issuing')
const key = generateTestKey('P-256')
const nonce = hex('000102030405060708090a0b0c0d0e0f')
const certificateOf = (by: TestAuthority, serial = 'a1020304') =>
  decodeCertificate(by.issue(key, { serialNumber: hex(serial), extensions: [] }))

test("openssl reads what we ask: SHA-1 of the issuer's name and key, the serial number, the nonce", () => {
  const request = encodeOcspRequest(ocspCertificateId(certificateOf(authority), authority.certificate), nonce)
  const printed = runTool('openssl', ['ocsp', '-reqin', 'request.der', '-req_text'], {
    'request.der': request,
  })
  assert.match(printed, /Hash Algorithm: sha1/)
  assert.match(printed, /Serial Number: A1020304/)
  assert.match(printed, /OCSP Nonce:\s+0410000102030405060708090A0B0C0D0E0F/)
  const own = runTool(
    'openssl',
    ['ocsp', '-issuer', 'issuer.pem', '-cert', 'certificate.pem', '-no_nonce', '-req_text'],
    {
      'issuer.pem': encodePem('CERTIFICATE', authority.certificate.der),
      'certificate.pem': encodePem('CERTIFICATE', certificateOf(authority).der),
    },
  )
  const hashes = own.match(/Issuer \w+ Hash: [0-9A-F]{40}/g) ?? []
  assert.equal(hashes.length, 2)
  for (const each of hashes) assert.ok(printed.includes(each), each)
})

for (const [kind, by] of [
  ['an EC key', authority],
  ['an RSA key', rsaAuthority],
] as const) {
  test(`reads what openssl answers with ${kind}: good, revoked and unknown`, () => {
    const books =
      'V\t490101000000Z\t\t01\tunknown\t/CN=a\nR\t490101000000Z\t260102030405Z,keyCompromise\t02\tunknown\t/CN=b\n'
    for (const [serial, status] of [
      ['01', 'good'],
      ['02', 'revoked'],
      ['03', 'unknown'],
    ] as const) {
      const certificate = certificateOf(by, serial)
      const response = answerOf(by, certificate, { signer: by.certificate.der, key: by.key, books })
      assert.equal(response.responses.length, 1)
      assert.equal(response.responses[0]?.status, status)
      assert.deepEqual(
        response.responses[0]?.revokedAt,
        status === 'revoked' ? new Date('2026-01-02T03:04:05Z') : null,
      )
      assert.deepEqual(response.responses[0]?.id, ocspCertificateId(certificate, by.certificate))
      assert.deepEqual(response.nonce, encodeDer(derOctetString(nonce)))
      assert.equal(
        response.responses[0]?.nextUpdate?.getTime(),
        (response.responses[0]?.thisUpdate.getTime() ?? 0) + 86_400_000,
      )
      assert.ok(verifyOcspResponse(response, by.certificate, now))
    }
  })
}

test('takes the word of whom the issuer certified for it, by name and by key', () => {
  const delegate = generateTestKey('P-256')
  const signer = delegateCertificate(authority, delegate)
  for (const options of [[], ['-resp_key_id']]) {
    const response = answerOf(authority, certificateOf(authority), { signer, key: delegate, options })
    assert.equal(response.responderId.by, options.length === 0 ? 'name' : 'key')
    assert.ok(verifyOcspResponse(response, authority.certificate, now))
  }
})

test('takes nobody else’s word', () => {
  const delegate = generateTestKey('P-256')
  const other = createTestAuthority('P-256', 'CN=Issuing,O=Contoso')
  const purposes = (...names: readonly string[]) => [encodeExtendedKeyUsage(names)]
  const signers: Readonly<Record<string, Uint8Array>> = {
    'certified by another key of the same name': delegateCertificate(other, delegate),
    'certified for other purposes': authority.issue(delegate, {
      extensions: purposes(oids.clientAuthentication),
    }),
    'certified for any purpose': authority.issue(delegate, {
      extensions: purposes(oids.anyExtendedKeyUsage),
    }),
    'certified for no purpose': authority.issue(delegate, { extensions: [] }),
    'not to sign': authority.issue(delegate, {
      extensions: [...purposes(oids.ocspSigning), encodeKeyUsage(['keyEncipherment'])],
    }),
    expired: authority.issue(delegate, {
      notAfter: new Date('2026-01-02T00:00:00Z'),
      extensions: purposes(oids.ocspSigning),
    }),
  }
  for (const [what, signer] of Object.entries(signers)) {
    const response = answerOf(authority, certificateOf(authority), { signer, key: delegate })
    assert.equal(verifyOcspResponse(response, authority.certificate, now), false, what)
  }
})

test('takes no word that was changed, and none signed by SHA-1', () => {
  const signer = { signer: authority.certificate.der, key: authority.key }
  const response = answerOf(authority, certificateOf(authority), signer)
  const changed = Uint8Array.from(response.tbs)
  changed[changed.length - 1] = (changed[changed.length - 1] ?? 0) ^ 1
  assert.equal(verifyOcspResponse({ ...response, tbs: changed }, authority.certificate, now), false)
  const weak = answerOf(rsaAuthority, certificateOf(rsaAuthority), {
    signer: rsaAuthority.certificate.der,
    key: rsaAuthority.key,
    options: ['-rmd', 'sha1'],
  })
  assert.equal(weak.signatureAlgorithm, 'sha1WithRSAEncryption')
  assert.equal(verifyOcspResponse(weak, rsaAuthority.certificate, now), false)
})

test('takes no word of whom the issuer certified by SHA-1', () => {
  const delegate = generateTestKey('P-256')
  for (const [algorithm, isTaken] of [
    ['sha256WithRSAEncryption', true],
    ['sha1WithRSAEncryption', false],
  ] as const) {
    const plain = decodeCertificate(delegateCertificate(rsaAuthority, delegate))
    const tbs = encodeTbsCertificate({
      ...plain,
      subjectPublicKeyInfo: plain.subjectPublicKeyInfo.der,
      signatureAlgorithm: algorithm,
    })
    const digest = algorithm === 'sha1WithRSAEncryption' ? 'sha1' : 'sha256'
    const signature = new Uint8Array(sign(digest, tbs, rsaAuthority.key.privateKey))
    const signer = assembleCertificate(tbs, algorithm, signature)
    const response = answerOf(rsaAuthority, certificateOf(rsaAuthority), { signer, key: delegate })
    assert.equal(verifyOcspResponse(response, rsaAuthority.certificate, now), isTaken, algorithm)
  }
})

test('takes no word that names another signer than it has', () => {
  const id = ocspCertificateId(certificateOf(authority), authority.certificate)
  const good = { id, status: 'good', thisUpdate: now } as const
  for (const [keyHash, isTaken] of [
    [keyIdentifier(authority.key.publicKey), true],
    [keyIdentifier(key.publicKey), false],
  ] as const) {
    const response = decodeOcspResponse(ocspResponseOf(authority, { ...good, keyHash }))
    assert.ok(typeof response === 'object')
    assert.equal(verifyOcspResponse(response, authority.certificate, now), isTaken)
  }
  const delegate = generateTestKey('P-256')
  const signer = delegateCertificate(authority, delegate)
  const delegated = answerOf(authority, certificateOf(authority), { signer, key: delegate })
  const responderId = { by: 'key', value: keyIdentifier(key.publicKey) } as const
  assert.equal(verifyOcspResponse({ ...delegated, responderId }, authority.certificate, now), false)
})

test('reads why a responder says nothing', () => {
  assert.equal(decodeOcspResponse(hex('30030a0106')), 'unauthorized')
  assert.equal(decodeOcspResponse(hex('30030a0103')), 'tryLater')
})

const malformed: readonly [what: string, der: string, code: string][] = [
  ['a status that is not used', '30030a0104', 'malformed-ocsp'],
  ['success without a response', '30030a0100', 'malformed-ocsp'],
  ['an error with a response', '300f0a0106a00a300806032a03040401 30'.replace(' ', ''), 'malformed-ocsp'],
  ['a response of another type', '300e0a0100a009300706032a03040400', 'malformed-ocsp'],
  ['data after the end', '30030a010600', 'der-trailing-data'],
]
for (const [what, der, code] of malformed) {
  test(`refuses ${what}`, () => assert.throws(() => decodeOcspResponse(hex(der)), { code }))
}

interface Signer {
  readonly signer: Uint8Array
  readonly key: TestKey
  readonly books?: string
  readonly options?: readonly string[]
}

function delegateCertificate(by: TestAuthority, delegate: TestKey): Uint8Array {
  return by.issue(delegate, {
    extensions: [encodeExtendedKeyUsage([oids.ocspSigning]), encodeKeyUsage(['digitalSignature'])],
  })
}

/** What openssl's responder answers to a request of ours. */
function answerOf(
  by: TestAuthority,
  certificate: ReturnType<typeof decodeCertificate>,
  { signer, key: signingKey, books = '', options = [] }: Signer,
): OcspBasicResponse {
  const folder = mkdtempSync(join(tmpdir(), 'ocsp-test-'))
  try {
    const files: Record<string, string | Uint8Array> = {
      'request.der': encodeOcspRequest(ocspCertificateId(certificate, by.certificate), nonce),
      'index.txt': books,
      'ca.pem': encodePem('CERTIFICATE', by.certificate.der),
      'signer.pem': encodePem('CERTIFICATE', signer),
      'signer.key': signingKey.privateKey.export({ type: 'pkcs8', format: 'pem' }),
    }
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
    const signing = ['-CA', 'ca.pem', '-rsigner', 'signer.pem', '-rkey', 'signer.key', '-ndays', '1']
    const exchange = ['-reqin', 'request.der', '-respout', 'response.der']
    const run = spawnSync('openssl', ['ocsp', '-index', 'index.txt', ...signing, ...exchange, ...options], {
      cwd: folder,
      encoding: 'utf8',
    })
    assert.equal(run.status, 0, run.stderr)
    const response = decodeOcspResponse(new Uint8Array(readFileSync(join(folder, 'response.der'))))
    assert.ok(typeof response === 'object')
    return response
  } finally {
    rmSync(folder, { recursive: true })
  }
}
