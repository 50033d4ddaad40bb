import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  kerberosChannelBindings,
  tlsServerEndPointBindings,
} from '../../../src/identity/negotiate/tls-server-end-point.ts'
import { X509Error } from '../../../src/x509/x509-error.ts'

const hex = (octets: Uint8Array | null) => Buffer.from(octets ?? []).toString('hex')

/** A certificate that OpenSSL makes, in DER. */
function certificateOf(...options: readonly string[]): Buffer {
  const args = ['req', '-x509', '-nodes', '-keyout', '/dev/null', '-subj', '/CN=cardinal', ...options]
  const pem = execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  return new X509Certificate(pem).raw
}

/** Microsoft's blog openspecification, “NTLM and Channel Binding Hash (aka Extended Protection for Authentication)”. */
test('writes channel bindings as Windows does', () => {
  const hash = Buffer.from('EA05FEFECC6B0BD571DBBC5BAA3ED45386D0446835F7B74C85621B9983475F95', 'hex')
  const applicationData = Buffer.concat([Buffer.from('tls-server-end-point:'), hash])
  assert.equal(hex(kerberosChannelBindings(applicationData)), '6586e99d81c2fc984e47172fd4dd0310')
})

const rsa = ['-newkey', 'rsa:2048']
const p256 = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256']
const pss = ['-sigopt', 'rsa_padding_mode:pss']
const cases: readonly (readonly [what: string, digest: string, options: readonly string[]])[] = [
  ['RSA and MD5', 'sha256', [...rsa, '-md5']],
  ['RSA and SHA-1', 'sha256', [...rsa, '-sha1']],
  ['RSA and SHA-224', 'sha224', [...rsa, '-sha224']],
  ['RSA and SHA-256', 'sha256', [...rsa, '-sha256']],
  ['RSA and SHA-384', 'sha384', [...rsa, '-sha384']],
  ['RSA and SHA-512', 'sha512', [...rsa, '-sha512']],
  ['RSASSA-PSS and SHA-1', 'sha256', [...rsa, ...pss, '-sha1']],
  ['RSASSA-PSS and SHA-256', 'sha256', [...rsa, ...pss, '-sha256']],
  ['RSASSA-PSS and SHA-512', 'sha512', [...rsa, ...pss, '-sha512']],
  ['ECDSA and SHA-1', 'sha256', [...p256, '-sha1']],
  ['ECDSA and SHA-224', 'sha224', [...p256, '-sha224']],
  ['ECDSA and SHA-256', 'sha256', [...p256, '-sha256']],
  ['ECDSA and SHA-384', 'sha384', [...p256, '-sha384']],
  ['ECDSA and SHA-512', 'sha512', [...p256, '-sha512']],
]
for (const [what, digest, options] of cases) {
  test(`takes ${digest} of a certificate that is signed by ${what} (RFC 5929 §4.1)`, () => {
    const certificate = certificateOf(...options)
    const hash = createHash(digest).update(certificate).digest()
    const wanted = kerberosChannelBindings(Buffer.concat([Buffer.from('tls-server-end-point:'), hash]))
    assert.equal(hex(tlsServerEndPointBindings(certificate)), hex(wanted))
  })
}

test('knows no bindings to a certificate that is signed without a digest of its own', () => {
  assert.equal(tlsServerEndPointBindings(certificateOf('-newkey', 'ed25519')), null)
})

test('throws nothing but X509Error at what is no certificate', () => {
  const whole = certificateOf(...p256)
  for (let length = 0; length < whole.length; length++) {
    assert.throws(() => tlsServerEndPointBindings(whole.subarray(0, length)), X509Error)
  }
  const spoilt = fc.record({ at: fc.nat(whole.length - 1), to: fc.nat(255) }).map(({ at, to }) => {
    const certificate = Buffer.from(whole)
    certificate[at] = to
    return certificate
  })
  fc.assert(
    fc.property(fc.oneof(spoilt, fc.uint8Array({ maxLength: 200 })), certificate => {
      try {
        tlsServerEndPointBindings(certificate)
      } catch (error) {
        assert.ok(error instanceof X509Error)
      }
    }),
    { numRuns: 1000 },
  )
})
