import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import { generateKeyPair, type KeyAlgorithm } from '../../src/ca/key-pair.ts'
import { SoftwareSigner } from '../../src/ca/software-signer.ts'
import { SigningError, VerifyingSigner } from '../../src/ca/verifying-signer.ts'
import { decodeSubjectPublicKeyInfo } from '../../src/x509/public-key.ts'

const bytes = Buffer.from('what is to be signed')

const expectations: readonly [KeyAlgorithm, { size: number; signature: string; digest: string }][] = [
  ['RSA-2048', { size: 2048, signature: 'sha256WithRSAEncryption', digest: 'sha256' }],
  ['RSA-3072', { size: 3072, signature: 'sha256WithRSAEncryption', digest: 'sha256' }],
  ['EC-P256', { size: 256, signature: 'ecdsa-with-SHA256', digest: 'sha256' }],
  ['EC-P384', { size: 384, signature: 'ecdsa-with-SHA384', digest: 'sha384' }],
]

describe('software signer', () => {
  for (const [algorithm, { size, signature, digest }] of expectations) {
    test(`signs with a new ${algorithm} key by ${signature}`, async () => {
      const { privateKey } = await generateKeyPair(algorithm)
      const signer = new SoftwareSigner(privateKey)
      const publicKey = createPublicKey({
        key: Buffer.from(signer.subjectPublicKeyInfo),
        format: 'der',
        type: 'spki',
      })
      assert.equal(decodeSubjectPublicKeyInfo(signer.subjectPublicKeyInfo).keySize, size)
      assert.equal(signer.signatureAlgorithm, signature)
      assert.ok(verify(digest, bytes, publicKey, await signer.sign(bytes)))
    })
  }

  test('signs with a key from PKCS#8, and still after the bytes were wiped', async () => {
    const { privateKey } = await generateKeyPair('EC-P256')
    const pkcs8 = Uint8Array.from(privateKey.export({ format: 'der', type: 'pkcs8' }))
    const signer = SoftwareSigner.fromPkcs8(pkcs8)
    pkcs8.fill(0)
    assert.ok(verify('sha256', bytes, createPublicKey(privateKey), await signer.sign(bytes)))
  })

  test('lets the event loop go on while it signs', async () => {
    const { privateKey } = await generateKeyPair('RSA-3072')
    const signer = new SoftwareSigner(privateKey)
    const order: string[] = []
    const signed = signer.sign(bytes).then(() => order.push('signed'))
    order.push('called')
    await Promise.all([signed, new Promise(setImmediate).then(() => order.push('event loop'))])
    assert.deepEqual(order, ['called', 'event loop', 'signed'])
  })

  test('refuses keys that certificates of ours do not have', () => {
    for (const { privateKey } of [
      generateKeyPairSync('ed25519'),
      generateKeyPairSync('ec', { namedCurve: 'secp256k1' }),
    ]) {
      assert.throws(() => new SoftwareSigner(privateKey), { code: 'unsupported-key' })
    }
  })

  test('does not show its private key to whoever prints it', async () => {
    const { privateKey } = await generateKeyPair('EC-P256')
    const signer = new SoftwareSigner(privateKey)
    const shown = inspect(signer, { depth: 9, showHidden: true })
    assert.doesNotMatch(shown, /private/i)
    assert.deepEqual(Object.keys(JSON.parse(JSON.stringify(signer))), [
      'subjectPublicKeyInfo',
      'signatureAlgorithm',
    ])
  })
})

describe('verifying signer', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const software = new SoftwareSigner(privateKey)
  const publicKey = decodeSubjectPublicKeyInfo(software.subjectPublicKeyInfo)

  test('hands out a signature that verifies', async () => {
    const signer = new VerifyingSigner(software, publicKey)
    assert.equal(signer.signatureAlgorithm, software.signatureAlgorithm)
    assert.ok(verify('sha256', bytes, createPublicKey(privateKey), await signer.sign(bytes)))
  })

  test('refuses a signature over other bytes, an altered one, and what is none', async () => {
    const good = await software.sign(bytes)
    const altered = good.slice()
    altered[good.length - 1] = (altered[good.length - 1] ?? 0) ^ 1
    const bad = [await software.sign(Buffer.from('something else')), altered, new Uint8Array(0), bytes]
    for (const signature of bad) {
      const faulty = { ...publicFace(software), sign: async () => signature }
      await assert.rejects(new VerifyingSigner(faulty, publicKey).sign(bytes), SigningError)
    }
  })

  test('refuses a signer whose key is not the certificate’s', async () => {
    const other = new SoftwareSigner((await generateKeyPair('EC-P256')).privateKey)
    assert.throws(() => new VerifyingSigner(other, publicKey), SigningError)
  })

  test('refuses a signer whose algorithm does not go with its key', () => {
    const faulty = { ...publicFace(software), signatureAlgorithm: 'sha256WithRSAEncryption' as const }
    assert.throws(
      () => new VerifyingSigner({ ...faulty, sign: bytes => software.sign(bytes) }, publicKey),
      SigningError,
    )
  })
})

function publicFace({ subjectPublicKeyInfo, signatureAlgorithm }: SoftwareSigner) {
  return { subjectPublicKeyInfo, signatureAlgorithm }
}
