import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { CardError } from '../../../../src/card/card-error.ts'
import {
  encodeCertificateFile,
  readCertificateFile,
} from '../../../../src/card/gids/host/certificate-file.ts'

suite('a certificate file', () => {
  test('is the version of the compression, the length of the certificate, and a ZLIB stream', () => {
    const certificate = Buffer.alloc(0x1234, 'certificate')
    const file = Buffer.from(encodeCertificateFile(certificate))
    assert.equal(file.subarray(0, 4).toString('hex'), '01003412')
    assert.deepEqual(file.subarray(4), deflateSync(certificate))
  })

  test('gives back every certificate', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 3000 }), certificate => {
        assert.deepEqual(readCertificateFile(encodeCertificateFile(certificate)), certificate)
      }),
    )
  })

  test('may hold the certificate as it is', () => {
    const certificate = Uint8Array.of(0x30, 0x03, 0x02, 0x01, 0x05)
    assert.deepEqual(readCertificateFile(certificate), certificate)
  })

  test('holds no certificate that is empty, or longer than its header can tell', () => {
    assert.throws(() => encodeCertificateFile(new Uint8Array(0)), { code: 'invalid-certificate' })
    assert.throws(() => encodeCertificateFile(new Uint8Array(0x10000)), { code: 'card-full' })
    encodeCertificateFile(new Uint8Array(0xffff))
  })

  test('that is damaged is refused, and unpacks to no more than it says', () => {
    const bomb = Buffer.concat([Buffer.from('01000100', 'hex'), deflateSync(Buffer.alloc(10_000_000))])
    const short = Buffer.concat([Buffer.from('01000500', 'hex'), deflateSync(Buffer.alloc(4))])
    const unknown = Buffer.concat([Buffer.from('02000400', 'hex'), deflateSync(Buffer.alloc(4))])
    for (const file of [bomb, short, unknown, Buffer.of(), Buffer.of(1), Buffer.from('01000000', 'hex')]) {
      assert.throws(() => readCertificateFile(file), { code: 'unexpected-answer' })
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), bytes => {
        try {
          readCertificateFile(bytes)
        } catch (error) {
          assert.ok(error instanceof CardError)
        }
      }),
    )
  })
})
