import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createExpectedChannelBindings } from '../../../src/cli/server/expected-channel-bindings.ts'
import { UsageError } from '../../../src/cli/usage-error.ts'
import { tlsServerEndPointBindings } from '../../../src/identity/negotiate/tls-server-end-point.ts'
import { encodePem } from '../../../src/x509/pem.ts'
import { createTestAuthority, farEnd, generateTestKey } from '../../x509/test-authority.ts'

const authority = createTestAuthority('P-256', 'CN=Company Issuing')
const issue = () => authority.issue(generateTestKey('P-256'), { extensions: [], notAfter: farEnd })
const [own, proxy, renewed] = [issue(), issue(), issue()]
/** As servers keep it: the certificate, and those that vouch for it behind. */
const chainOf = (certificate: Uint8Array) =>
  encodePem('CERTIFICATE', certificate) + encodePem('CERTIFICATE', authority.certificate.der)

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'channel-bindings-'))
})
after(() => rm(folder, { recursive: true }))

test('are those of the server and of the proxies, of the first certificate of each file', async () => {
  const file = join(folder, 'proxy.pem')
  await writeFile(file, `what openssl says of it\n${chainOf(proxy)}`)
  const certificateFiles = [file]
  const expected = await createExpectedChannelBindings({
    servedCertificates: chainOf(own),
    certificateFiles,
  })
  assert.deepEqual(await expected(), [tlsServerEndPointBindings(own), tlsServerEndPointBindings(proxy)])
  const behindProxy = await createExpectedChannelBindings({ servedCertificates: null, certificateFiles })
  assert.deepEqual(await behindProxy(), [tlsServerEndPointBindings(proxy)])
  await writeFile(file, chainOf(renewed))
  assert.deepEqual(await expected(), [tlsServerEndPointBindings(own), tlsServerEndPointBindings(renewed)])
})

for (const [what, content, reason] of [
  ['no certificate', 'secret=1', /there is none in PEM form/],
  ['a key', encodePem('PRIVATE KEY', Uint8Array.of(1, 2, 3)), /there is none in PEM form/],
  ['half a certificate', chainOf(own).slice(0, 200), /BEGIN and END/],
  ['what is no certificate', encodePem('CERTIFICATE', Uint8Array.of(0x30, 0)), /byte 2/],
] as const) {
  test(`are refused from a file with ${what}, which is named`, async () => {
    const file = join(folder, 'wrong.pem')
    await writeFile(file, content)
    const creating = createExpectedChannelBindings({ servedCertificates: null, certificateFiles: [file] })
    await assert.rejects(creating, (error: unknown) => {
      assert.ok(error instanceof UsageError)
      assert.match(error.message, /^Tickets cannot be bound to the certificate of .*wrong\.pem: /)
      assert.match(error.message, reason)
      assert.doesNotMatch(error.message, /secret=1/)
      return true
    })
  })
}
