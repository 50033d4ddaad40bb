import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { HashAlgorithm } from '../../src/card/smart-card.ts'
import { makeCertificationRequest } from '../../src/client/certification-request.ts'
import { cardEnrollmentKey, generateSoftwareKey, keyPairAlgorithm } from '../../src/client/enrollment-key.ts'
import { decodeBase64Lines } from '../../src/x509/base64-lines.ts'
import { decodeCertificationRequest } from '../../src/x509/certification-request.ts'
import { createVirtualSmartCard } from '../testbed/object-card/virtual-smart-card.ts'
import { description } from './contract-client.ts'

const providers = ['Contoso Smart Card Key Storage Provider']
const known = readFileSync(
  new URL('../vectors/client/known-client-certification-request.der', import.meta.url),
)

function openssl(der: Uint8Array, ...commandLine: string[]): string {
  const { status, stdout, stderr } = spawnSync('openssl', commandLine, { input: der })
  assert.equal(status, 0, String(stderr))
  return `${stdout}${stderr}`
}

/** Depth, tag and, for object identifiers, the value of every element: the shape without the content. */
function shape(der: Uint8Array): string[] {
  return openssl(der, 'asn1parse', '-inform', 'DER')
    .trimEnd()
    .split('\n')
    .map(line => {
      const [, depth, tag] = /d=(\d+).*?(?:cons|prim): ([^:]*?) *(?::|$)/.exec(line) ?? assert.fail(line)
      const oid = tag === 'OBJECT' ? line.slice(line.lastIndexOf(':')) : ''
      return `${depth} ${tag}${oid}`
    })
}

async function softwareRequest(options: { name: string; size: number; hash: string }): Promise<Uint8Array> {
  const key = await generateSoftwareKey(
    keyPairAlgorithm({ KeyAlgorithmName: options.name, KeySize: options.size }),
  )
  const text = await makeCertificationRequest(
    key,
    { HashAlgorithmName: options.hash, KeyStorageProviderNames: providers },
    description,
  )
  return decodeBase64Lines(text)
}

test("has the shape of the known client's, element by element", async () => {
  const ours = await softwareRequest({ name: 'RSA', size: 2048, hash: 'SHA1' })
  assert.deepEqual(shape(ours), shape(known))
})

test('tells openssl an empty subject, a valid signature and the four attributes', async () => {
  const text = openssl(
    await softwareRequest({ name: 'RSA', size: 2048, hash: 'SHA1' }),
    ...['req', '-inform', 'DER', '-verify', '-noout', '-text'],
  )
  assert.match(text, /verify OK/)
  assert.match(text, /Subject: *\n/)
  assert.match(text, /1\.3\.6\.1\.4\.1\.311\.13\.2\.3 *:6\.3\.9600\.2/)
  assert.match(text, /1\.3\.6\.1\.4\.1\.311\.21\.20/)
  assert.match(text, /1\.3\.6\.1\.4\.1\.311\.13\.2\.2/)
  assert.match(text, /Requested Extensions:\s+X509v3 Subject Key Identifier: /)
  assert.match(text, /sha1WithRSAEncryption/)
})

test('tells who made it, and for which provider', async () => {
  const der = await softwareRequest({ name: 'ECDSA_P256', size: 256, hash: 'SHA256' })
  const latin = Buffer.from(der).toString('latin1')
  for (const word of ['client.contoso.com', 'CONTOSO\\alice', 'test']) assert.ok(latin.includes(word), word)
  // BMPString: two bytes a character, the higher one first.
  const provider = Buffer.from(providers[0] ?? '', 'utf16le').swap16()
  assert.ok(Buffer.from(der).includes(provider))
})

for (const [name, size, hash, algorithm] of [
  ['RSA', 2048, 'SHA256', 'sha256WithRSAEncryption'],
  ['RSA', 2048, '', 'sha1WithRSAEncryption'],
  ['RSA', 1024, 'SHA-512', 'sha512WithRSAEncryption'],
  ['ECDSA_P256', 256, 'SHA1', 'ecdsa-with-SHA256'],
  ['ECDSA_P384', 384, 'sha384', 'ecdsa-with-SHA384'],
] as const) {
  test(`signs by ${algorithm} where ${name}, ${size} bits and ${hash || 'no hash'} are asked for`, async () => {
    const der = await softwareRequest({ name, size, hash })
    assert.equal(decodeCertificationRequest(der).signatureAlgorithm, algorithm)
    assert.match(openssl(der, 'req', '-inform', 'DER', '-verify', '-noout'), /verify OK/)
  })
}

test('makes RSA keys never smaller than asked, and of at least 2048 bits', () => {
  const size = (KeySize: number) => keyPairAlgorithm({ KeyAlgorithmName: 'RSA', KeySize })
  assert.deepEqual(size(1024), { algorithm: 'RSA', keySize: 2048 })
  assert.deepEqual(size(2049), { algorithm: 'RSA', keySize: 3072 })
  assert.deepEqual(size(4096), { algorithm: 'RSA', keySize: 4096 })
})

test('refuses keys and hashes that it cannot make', async () => {
  for (const [KeyAlgorithmName, KeySize] of [
    ['RSA', 8192],
    ['ECDSA_P521', 521],
    ['DSA', 2048],
  ] as const) {
    assert.throws(() => keyPairAlgorithm({ KeyAlgorithmName, KeySize }), { code: 'unsupported-options' })
  }
  await assert.rejects(softwareRequest({ name: 'ECDSA_P256', size: 256, hash: 'MD5' }), {
    code: 'unsupported-options',
    message: /MD5/,
  })
})

test('is signed on the card, which must have verified the PIN', async () => {
  const card = createVirtualSmartCard({ cardId: randomUUID(), adminKey: new Uint8Array(24), randomBytes })
  await card.verifyPin('12345678')
  const key = await card.generateKeyPair({ algorithm: 'EC', curve: 'P-256' })
  const signed: HashAlgorithm[] = []
  const enrollmentKey = cardEnrollmentKey(card, key)
  const watched = {
    ...enrollmentKey,
    sign: (hash: HashAlgorithm, data: Uint8Array) => {
      signed.push(hash)
      return enrollmentKey.sign(hash, data)
    },
  }
  const options = { HashAlgorithmName: 'SHA256', KeyStorageProviderNames: [] }
  const request = decodeCertificationRequest(
    decodeBase64Lines(await makeCertificationRequest(watched, options, description)),
  )
  assert.deepEqual(Buffer.from(request.subjectPublicKeyInfo.der), Buffer.from(key.publicKey))
  assert.deepEqual(signed, ['SHA-256'])
  await card.disconnect()
  await assert.rejects(makeCertificationRequest(enrollmentKey, options, description), {
    code: 'security-status-not-satisfied',
  })
})

test('comes in lines of 64 columns that end in CR LF', async () => {
  const key = await generateSoftwareKey({ algorithm: 'EC', curve: 'P-256' })
  const text = await makeCertificationRequest(
    key,
    { HashAlgorithmName: 'SHA256', KeyStorageProviderNames: providers },
    description,
  )
  assert.match(text, /^(?:[\w+/]{64}\r\n)+[\w+/=]{1,64}\r\n$/)
})
