import assert from 'node:assert/strict'
import { test } from 'node:test'
import './reflect-metadata.ts'
import * as peculiar from '@peculiar/x509'
import {
  assembleCertificateRevocationList,
  type CertificateRevocationListFields,
  decodeCertificateRevocationList,
  encodeTbsCertificateRevocationList,
  type RevokedCertificateEntry,
} from '../../src/x509/certificate-revocation-list.ts'
import { decodeDer } from '../../src/x509/der/der-reader.ts'
import { derConstructed, derInteger, derSequence, derTime, encodeDer } from '../../src/x509/der/der-writer.ts'
import { encodeExtensions } from '../../src/x509/extension.ts'
import { encodeCrlDistributionPoints } from '../../src/x509/extensions/crl-distribution-points.ts'
import { encodeCrlNumber } from '../../src/x509/extensions/crl-number.ts'
import { encodeKeyUsage } from '../../src/x509/extensions/key-usage.ts'
import { encodePem } from '../../src/x509/pem.ts'
import { keyIdentifier } from '../../src/x509/public-key.ts'
import { encodeSignatureAlgorithm } from '../../src/x509/signature-algorithm.ts'
import { verifySignature } from '../../src/x509/verify-signature.ts'
import { runTool } from './external-tool.ts'
import { assertRefused, hex } from './refusal.ts'
import { createTestAuthority, generateTestKey, nextYear, notBefore } from './test-authority.ts'

const authority = createTestAuthority('P-256', 'CN=Issuing')
const thisUpdate = new Date('2026-02-01T00:00:00Z')
// Far off, since openssl judges by the machine's clock.
const nextUpdate = new Date('2049-01-01T00:00:00Z')
const revocationDate = new Date('2026-01-15T08:00:00Z')

function fields(change: Partial<CertificateRevocationListFields> = {}): CertificateRevocationListFields {
  return {
    signatureAlgorithm: 'ecdsa-with-SHA256',
    issuer: authority.certificate.subject,
    thisUpdate,
    nextUpdate,
    entries: [],
    authorityKeyIdentifier: keyIdentifier(authority.key.publicKey),
    crlNumber: 7n,
    ...change,
  }
}

function build(change: Partial<CertificateRevocationListFields> = {}): Uint8Array {
  const tbs = encodeTbsCertificateRevocationList(fields(change))
  return assembleCertificateRevocationList(tbs, 'ecdsa-with-SHA256', authority.key.sign(tbs))
}

const entry = (
  serial: string,
  reason: RevokedCertificateEntry['reason'] = null,
): RevokedCertificateEntry => ({
  serialNumber: hex(serial),
  revocationDate,
  reason,
})

test('reads back what it writes', () => {
  const entries = [entry('01'), entry('a1b2c3d4e5f60708', 'keyCompromise'), entry('03', 'certificateHold')]
  const list = decodeCertificateRevocationList(build({ entries }))
  assert.deepEqual(list.entries, entries)
  assert.deepEqual([list.thisUpdate, list.nextUpdate], [thisUpdate, nextUpdate])
  assert.deepEqual([list.crlNumber, list.baseCrlNumber], [7n, null])
  assert.deepEqual(list.issuer, authority.certificate.subject)
  assert.ok(verifySignature(list.signatureAlgorithm, authority.key.publicKey, list.tbs, list.signature))
})

test('leaves out the reason unspecified (RFC 5280 §5.3.1)', () => {
  assert.deepEqual(
    encodeTbsCertificateRevocationList(fields({ entries: [entry('01', 'unspecified')] })),
    encodeTbsCertificateRevocationList(fields({ entries: [entry('01')] })),
  )
})

test('leaves out the list when nothing is revoked (RFC 5280 §5.1.2.6)', () => {
  const list = decodeCertificateRevocationList(build())
  assert.deepEqual(list.entries, [])
  const parts = decodeDer(encodeTbsCertificateRevocationList(fields()), reader =>
    reader.sequenceOf(part => part.any()[0]),
  )
  assert.deepEqual(parts, [0x02, 0x30, 0x30, 0x17, 0x17, 0xa0])
  assert.match(
    runTool('openssl', ['crl', '-inform', 'DER', '-in', 'crl', '-noout', '-text'], { crl: build() }),
    /No Revoked Certificates/,
  )
})

test('removeFromCRL belongs into a delta alone', () => {
  const entries = [entry('01', 'removeFromCRL')]
  assertRefused('malformed-crl', () => encodeTbsCertificateRevocationList(fields({ entries })))
  const delta = decodeCertificateRevocationList(build({ entries, baseCrlNumber: 5n }))
  assert.equal(delta.baseCrlNumber, 5n)
  assert.deepEqual(delta.entries, entries)
})

test('refuses serial numbers and updates that cannot be', () => {
  for (const serial of ['00', `01${'00'.repeat(20)}`]) {
    assertRefused('invalid-serial-number', () =>
      encodeTbsCertificateRevocationList(fields({ entries: [entry(serial)] })),
    )
  }
  assertRefused('malformed-crl', () => encodeTbsCertificateRevocationList(fields({ nextUpdate: thisUpdate })))
})

test('the longest entries fit', () => {
  const longest = {
    serialNumber: hex(`7f${'ff'.repeat(19)}`),
    revocationDate: new Date('2051-01-01T00:00:00Z'),
  }
  const entries: RevokedCertificateEntry[] = Array.from({ length: 50 }, () => ({
    ...longest,
    reason: 'superseded',
  }))
  assert.deepEqual(decodeCertificateRevocationList(build({ entries })).entries, entries)
})

test('writes and reads a hundred thousand entries', () => {
  const entries = Array.from({ length: 100_000 }, (_, index): RevokedCertificateEntry => {
    const serialNumber = new Uint8Array(16).fill(0x40)
    new DataView(serialNumber.buffer).setUint32(12, index)
    return {
      serialNumber,
      revocationDate: new Date(revocationDate.getTime() + (index % 500) * 1000),
      reason: 'superseded',
    }
  })
  const list = decodeCertificateRevocationList(build({ entries }))
  assert.equal(list.entries.length, 100_000)
  assert.deepEqual(list.entries[99_999], entries[99_999])
})

function listWith(parts: readonly (Uint8Array | ReturnType<typeof derSequence>)[]): Uint8Array {
  const tbs = encodeDer(derSequence(parts))
  return assembleCertificateRevocationList(tbs, 'ecdsa-with-SHA256', authority.key.sign(tbs))
}

test('refuses critical extensions that it does not understand, and extensions of version 1', () => {
  const algorithm = encodeSignatureAlgorithm('ecdsa-with-SHA256')
  const issuer = authority.certificate.subject
  const critical = encodeKeyUsage(['cRLSign'])
  const entryWith = derSequence([derInteger(1), derTime(revocationDate), encodeExtensions([critical])])
  const extensions = (...list: Parameters<typeof encodeExtensions>[0]) =>
    derConstructed(0xa0, [encodeExtensions(list)])
  const head = [derInteger(1), algorithm, issuer, derTime(thisUpdate), derTime(nextUpdate)]
  assert.equal(
    decodeCertificateRevocationList(listWith([...head, extensions(encodeCrlNumber(1n))])).crlNumber,
    1n,
  )
  assertRefused('malformed-crl', () =>
    decodeCertificateRevocationList(listWith([...head, extensions(critical)])),
  )
  assertRefused('malformed-crl', () =>
    decodeCertificateRevocationList(listWith([...head, derSequence([entryWith])])),
  )
  assertRefused('malformed-crl', () =>
    decodeCertificateRevocationList(
      listWith([...head, extensions(encodeCrlNumber(1n), encodeCrlNumber(2n))]),
    ),
  )
  assertRefused('malformed-crl', () =>
    decodeCertificateRevocationList(listWith([...head.slice(1), extensions(encodeCrlNumber(1n))])),
  )
  assertRefused('malformed-crl', () => decodeCertificateRevocationList(listWith([...head, derSequence([])])))
  assertRefused('malformed-crl', () =>
    decodeCertificateRevocationList(listWith([derInteger(2), ...head.slice(1)])),
  )
})

test('openssl reads the list, and refuses what it revokes', () => {
  const key = generateTestKey('P-256')
  const usages = [encodeKeyUsage(['digitalSignature']), encodeCrlDistributionPoints(['http://pki/a.crl'])]
  const good = authority.issue(key, { serialNumber: hex('0111111111111111'), extensions: usages })
  const revoked = authority.issue(key, { serialNumber: hex('0122222222222222'), extensions: usages })
  const crl = build({ entries: [entry('0122222222222222', 'keyCompromise'), entry('03', 'certificateHold')] })
  const files = {
    'ca.pem': encodePem('CERTIFICATE', authority.certificate.der),
    'crl.pem': encodePem('X509 CRL', crl),
    'good.pem': encodePem('CERTIFICATE', good),
    'revoked.pem': encodePem('CERTIFICATE', revoked),
  }
  const text = runTool('openssl', ['crl', '-in', 'crl.pem', '-noout', '-text', '-CAfile', 'ca.pem'], files)
  assert.match(text, /verify OK/)
  assert.match(text, /Version 2/)
  assert.match(text, /CRL Number:\s+7/)
  assert.match(text, /Key Compromise/)
  assert.match(text, /Certificate Hold/)
  const at = String(nextYear.getTime() / 1000 - 86400)
  const verify = ['verify', '-attime', at, '-crl_check', '-CAfile', 'ca.pem', '-CRLfile', 'crl.pem']
  assert.match(runTool('openssl', [...verify, 'good.pem'], files), /good\.pem: OK/)
  assert.throws(() => runTool('openssl', [...verify, 'revoked.pem'], files), /certificate revoked/)
})

test('@peculiar/x509 reads the list', () => {
  const theirs = new peculiar.X509Crl(build({ entries: [entry('0122', 'superseded')] }))
  assert.equal(theirs.entries[0]?.serialNumber, '0122')
  assert.equal(theirs.entries[0]?.reason, peculiar.X509CrlReason.superseded)
  assert.equal(theirs.nextUpdate?.getTime(), nextUpdate.getTime())
})

test('reads a list of openssl', () => {
  const script = [
    'mkdir -p demo && touch index.txt && echo 05 > crlnumber',
    'printf "[ca]\\ndefault_ca=d\\n[d]\\ndatabase=index.txt\\ncrlnumber=crlnumber\\ndefault_md=sha256\\n" > c.cnf',
    'printf "R\\t300101000000Z\\t260101000000Z,keyCompromise\\t1234\\tunknown\\t/CN=x\\n" > index.txt',
    'openssl ca -config c.cnf -gencrl -crldays 30 -keyfile key.pem -cert ca.pem -out crl.pem 2>/dev/null',
    'openssl crl -in crl.pem -outform DER | base64',
  ].join(' && ')
  const output = runTool('sh', ['-c', script], {
    'key.pem': authority.key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    'ca.pem': encodePem('CERTIFICATE', authority.certificate.der),
  })
  const list = decodeCertificateRevocationList(new Uint8Array(Buffer.from(output, 'base64')))
  assert.equal(list.crlNumber, 5n)
  assert.deepEqual(list.entries, [
    { serialNumber: hex('1234'), revocationDate: notBefore, reason: 'keyCompromise' },
  ])
  assert.ok(verifySignature(list.signatureAlgorithm, authority.key.publicKey, list.tbs, list.signature))
})
