import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { connect, createSecureContext, type SecureContext } from 'node:tls'
import fc from 'fast-check'
import { CardinalError } from '../../src/domain/error.ts'
import { assembleCertificate } from '../../src/x509/certificate.ts'
import type { Extension } from '../../src/x509/extension.ts'
import { encodeBasicConstraints } from '../../src/x509/extensions/basic-constraints.ts'
import { encodeSidExtension } from '../../src/x509/extensions/sid-extension.ts'
import { encodeSubjectAlternativeName } from '../../src/x509/extensions/subject-alternative-name.ts'
import { objectIdentifiers } from '../../src/x509/object-identifier.ts'
import { encodePem } from '../../src/x509/pem.ts'
import { tlv } from '../testbed/kerberos/ticket.ts'
import { generateTestKey } from '../x509/test-authority.ts'
import { privateKeyPem, startServerOfSchemes } from './authorization/server-of-schemes.ts'

const server = await startServerOfSchemes()
after(() => server[Symbol.asyncDispose]())
const { app, company, authenticator, directory } = server
await app.listen({ host: '127.0.0.1', port: 0 })
const port = Number(new URL(server.url()).port)

const key = generateTestKey('P-256')
const alice = await directory.findUserByName('alice')
assert.ok(alice !== null)
/** Of nobody, so that no octet that is changed makes it somebody's. */
const stranger = encodeSidExtension(`${alice.sid.split('-').slice(0, -1).join('-')}-999999`)

const octets = (hex: string) => Buffer.from(hex, 'hex')
const text = (tag: number, value: string) => tlv(tag, Buffer.from(value, 'latin1'))
const extension = (oid: string, value: Uint8Array, critical = false): Extension => ({ oid, critical, value })
const sidOf = (value: Uint8Array) => extension(objectIdentifiers.sidExtension, value)
const namesOf = (value: Uint8Array) => extension(objectIdentifiers.subjectAlternativeName, value)

const sidType = octets('060a2b060104018237190201')
const upnType = octets('060a2b060104018237140203')
/** otherName of GeneralName (RFC 5280 §4.2.1.6). */
const otherName = (type: Buffer, value: Buffer) => tlv(0xa0, type, tlv(0xa0, value))
const sid = (value: Buffer) => sidOf(tlv(0x30, otherName(sidType, value)))
const names = (...values: Buffer[]) => namesOf(tlv(0x30, ...values.map(value => otherName(upnType, value))))

function nested(tag: number, depth: number): Buffer {
  let value: Buffer = octets('0500')
  for (let level = 0; level < depth; level++) value = tlv(tag, value)
  return value
}

const hostile: Readonly<Record<string, readonly Extension[]>> = {
  'no octet': [sidOf(Buffer.alloc(0))],
  'an identifier of no end': [sidOf(octets('30800000'))],
  'an identifier longer than it is': [sidOf(octets('3084ffffffff00'))],
  'an identifier with octets behind it': [sidOf(Buffer.concat([stranger.value, octets('00')]))],
  'an identifier with a NUL': [sid(text(0x04, `${alice.sid}\0`))],
  'an identifier with a filter': [sid(text(0x04, `${alice.sid})(objectClass=*`))],
  'an identifier in capitals': [sid(text(0x04, alice.sid.toLowerCase()))],
  'an identifier with a space': [sid(text(0x04, ` ${alice.sid}`))],
  'an identifier with leading zeros': [sid(text(0x04, alice.sid.replace('S-1-5-', 'S-1-05-')))],
  'an identifier of another string type': [sid(text(0x0c, alice.sid))],
  'an identifier of many octets': [sid(text(0x04, `S-1-5-${'1'.repeat(30_000)}`))],
  'two identifiers in one': [
    sidOf(tlv(0x30, otherName(sidType, text(0x04, alice.sid)), otherName(sidType, text(0x04, alice.sid)))),
  ],
  'the identifier as an extension twice': [stranger, encodeSidExtension(alice.sid)],
  'the same extension twice': [encodeSidExtension(alice.sid), encodeSidExtension(alice.sid)],
  'a sequence within a sequence, deep': [sidOf(nested(0x30, 2000))],
  'an identifier that is nested': [sid(nested(0xa0, 2000))],
  'no names': [namesOf(octets('3000'))],
  'a principal name with a NUL': [names(text(0x0c, 'alice@contoso.com\0.fabrikam.com'))],
  'a principal name of another string type': [names(text(0x04, 'alice@contoso.com'))],
  'a principal name that is no UTF-8': [names(octets('0c03fffe80'))],
  'a principal name in UTF-8 that is too long': [names(octets('0c02c0af'))],
  'a principal name of nothing': [names(octets('0c00'))],
  'a principal name of many octets': [names(text(0x0c, `${'x'.repeat(60_000)}@contoso.com`))],
  'the principal names of two people': [
    names(text(0x0c, 'alice@contoso.com'), text(0x0c, 'bob@contoso.com')),
  ],
  'thousands of principal names': [
    names(...Array.from({ length: 2000 }, (_, index) => text(0x0c, `u${index}@contoso.com`))),
  ],
  'thousands of names': [
    namesOf(tlv(0x30, ...Array.from({ length: 5000 }, (_, index) => text(0x82, `h${index}.contoso.com`)))),
  ],
  'names of every tag': [
    namesOf(tlv(0x30, ...Array.from({ length: 31 }, (_, tag) => tlv(0x80 | tag, octets('00'))))),
  ],
  'a directory name, deep': [namesOf(tlv(0x30, tlv(0xa4, nested(0x30, 1000))))],
  'an address with a filter': [namesOf(tlv(0x30, text(0x81, '*)(mail=*')))],
  'an identifier of nobody before a name of somebody': [stranger, names(text(0x0c, 'alice@contoso.com'))],
  'a spoilt identifier before a name of somebody': [
    sidOf(octets('30')),
    names(text(0x0c, 'alice@contoso.com')),
  ],
  'something critical that nobody knows': [
    encodeSidExtension(alice.sid),
    extension('1.2.3.4.5', octets('0500'), true),
  ],
  'a thousand extensions': Array.from({ length: 1000 }, (_, index) =>
    extension(`1.2.3.4.${index}`, octets('0500')),
  ),
  'an extension of 60 kB': [extension('1.2.3.4', Buffer.alloc(60_000, 0x30))],
  'a key usage without bits': [
    encodeSidExtension(alice.sid),
    extension('2.5.29.15', octets('03020700'), true),
  ],
  'a spoilt key usage': [encodeSidExtension(alice.sid), extension('2.5.29.15', octets('0500'), true)],
  'a purpose that is another': [
    encodeSidExtension(alice.sid),
    extension('2.5.29.37', octets('300a06082b06010505070301')),
  ],
  'spoilt constraints': [
    encodeSidExtension(alice.sid),
    extension('2.5.29.19', octets('30050101ff0500'), true),
  ],
  'an authority that signs for itself': [stranger, encodeBasicConstraints({ ca: true, pathLength: 0 })],
  'revocation lists in files': [
    stranger,
    extension('2.5.29.31', tlv(0x30, tlv(0x30, tlv(0xa0, tlv(0xa0, text(0x86, 'file:///etc/passwd')))))),
  ],
}

function certificate(extensions: readonly Extension[]): Uint8Array {
  const [notBefore, notAfter] = [new Date(Date.now() - 3_600_000), new Date(Date.now() + 3_600_000)]
  return company.issue(key, { notBefore, notAfter, extensions })
}

/** What TLS has said nothing against. */
async function signIn(der: Uint8Array): Promise<string> {
  const shown = {
    authorization: null,
    sessionToken: null,
    clientCertificate: { der, fault: null },
    address: '',
    correlationId: '',
  }
  try {
    return (await authenticator.signIn(shown)).signedIn.user.accountName
  } catch (error) {
    if (error instanceof CardinalError) return error.code
    throw error
  }
}

const call = 'GET /CertificateManagement/api/v2.0/session HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'

/** The status that comes back over TLS; null where the handshake failed, or our own library takes no such certificate. */
async function statusOverTls(der: Uint8Array): Promise<number | 'no connection' | 'not sent'> {
  const secureContext = contextFor(der)
  if (secureContext === null) return 'not sent'
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, secureContext })
  const parts: Buffer[] = []
  const closed = Promise.withResolvers<void>()
  const timer = setTimeout(() => closed.reject(new Error('The server does not answer.')), 10_000)
  socket.on('error', () => undefined)
  socket.on('data', part => parts.push(part))
  socket.on('close', () => closed.resolve())
  socket.write(call)
  await closed.promise.finally(() => {
    clearTimeout(timer)
    socket.destroy()
  })
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(Buffer.concat(parts).toString('latin1'))?.[1]
  return status === undefined ? 'no connection' : Number(status)
}

function contextFor(der: Uint8Array): SecureContext | null {
  try {
    return createSecureContext({ cert: encodePem('CERTIFICATE', der), key: privateKeyPem(key) })
  } catch {
    return null
  }
}

/** Alice's security identifier stands beside something that OpenSSL answers for, or that says nothing of a person. */
const judgedByTls: ReadonlySet<string> = new Set([
  'something critical that nobody knows',
  'a key usage without bits',
  'a spoilt key usage',
  'a purpose that is another',
  'spoilt constraints',
])

let sent = 0
for (const [what, extensions] of Object.entries(hostile)) {
  test(`lets nobody in by a certificate with ${what}`, async () => {
    const der = certificate(extensions)
    if (!judgedByTls.has(what)) assert.equal(await signIn(der), 'NotSignedIn')
    const status = await statusOverTls(der)
    if (typeof status === 'number') {
      sent += 1
      assert.equal(status, 401)
    }
  })
}

test('was shown most of them over TLS', () => assert.ok(sent > 30, String(sent)))

test('lets in whoever is in a certificate that is as it should be', async () => {
  const good = certificate([encodeSidExtension(alice.sid)])
  assert.deepEqual([await signIn(good), await statusOverTls(good)], ['alice', 200])
})

const strangers = certificate([
  stranger,
  encodeSubjectAlternativeName([{ type: 'userPrincipalName', value: 'stranger@contoso.com' }], false),
])
/** Certificate ::= SEQUENCE { tbsCertificate, … } (RFC 5280 §4.1), both with lengths of two octets. */
const tbs = Buffer.from(strangers.subarray(4, 8 + Buffer.from(strangers).readUInt16BE(6)))
test('lets nobody in by a certificate whose octets were changed before it was signed', async () => {
  const at = fc.nat(tbs.length - 1)
  const changed = fc.oneof(
    fc
      .array(fc.tuple(at, fc.nat(255)), { minLength: 1, maxLength: 3 })
      .map(changes =>
        changes.reduce((copy, [where, octet]) => copy.fill(octet, where, where + 1), Buffer.from(tbs)),
      ),
    at.map(length => tbs.subarray(0, length)),
  )
  const resigned = assembleCertificate(tbs, company.key.signatureAlgorithm, company.key.sign(tbs))
  assert.equal(await statusOverTls(resigned), 401)
  await fc.assert(
    fc.asyncProperty(changed, fc.integer({ min: 0, max: 9 }), async (spoilt, one) => {
      const der = assembleCertificate(spoilt, company.key.signatureAlgorithm, company.key.sign(spoilt))
      assert.equal(await signIn(der), 'NotSignedIn')
      if (one === 0) assert.ok([401, 'no connection', 'not sent'].includes(await statusOverTls(der)))
    }),
    { numRuns: 800 },
  )
})
