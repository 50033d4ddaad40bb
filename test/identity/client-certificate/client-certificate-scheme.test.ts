import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createLocalDirectory } from '../../../src/directory/local-directory.ts'
import type { DirectoryUser } from '../../../src/domain/directory-user.ts'
import {
  type ClientCertificateSchemeOptions,
  createClientCertificateScheme,
} from '../../../src/identity/client-certificate/client-certificate-scheme.ts'
import { SignInRefusal } from '../../../src/identity/sign-in-refusal.ts'
import { type CertificateFields, decodeCertificate } from '../../../src/x509/certificate.ts'
import { encodeBasicConstraints } from '../../../src/x509/extensions/basic-constraints.ts'
import { encodeCrlDistributionPoints } from '../../../src/x509/extensions/crl-distribution-points.ts'
import { encodeKeyUsage } from '../../../src/x509/extensions/key-usage.ts'
import { encodeSidExtension } from '../../../src/x509/extensions/sid-extension.ts'
import { encodeSubjectAlternativeName } from '../../../src/x509/extensions/subject-alternative-name.ts'
import { listOf } from '../../x509/revocation-data.ts'
import { createTestAuthority, generateTestKey, type TestAuthority } from '../../x509/test-authority.ts'
import { alice } from '../alice.ts'
import { createClockFake } from '../clock-fake.ts'
import { directoryReader } from '../directory-reader.ts'

const own = createTestAuthority('P-256', 'CN=Cardinal Issuing CA')
const company = createTestAuthority('P-256', 'CN=Company Issuing')
const key = generateTestKey('P-256')
const listUrl = 'http://pki.contoso.com/issuing.crl'
const start = createClockFake().now()
const at = (seconds: number) => new Date(start.getTime() + seconds * 1000)
const names = encodeSubjectAlternativeName(
  [
    { type: 'userPrincipalName', value: 'alice@contoso.com' },
    { type: 'rfc822Name', value: 'alice@contoso.com' },
  ],
  false,
)
const extensions = [encodeSidExtension(alice.sid), encodeCrlDistributionPoints([listUrl]), names]
const issue = (fields: Partial<CertificateFields> = {}, by: TestAuthority = company) =>
  by.issue(key, { extensions, ...fields })

function setUp(
  options: Partial<ClientCertificateSchemeOptions> & { readonly user?: Partial<DirectoryUser> } = {},
) {
  const clock = createClockFake()
  const fetched: string[] = []
  const users = new Map([[alice.uuid, { ...alice, ...options.user }]])
  const scheme = createClientCertificateScheme({
    clock,
    authority: { uuid: 'ca', certificate: own.certificate },
    reader: {
      findCertificateBySerialNumber: async () => null,
      findProfile: async () => null,
      findSmartcard: async () => null,
    },
    directory: createLocalDirectory(directoryReader(users)),
    authorities: [company.certificate],
    mapping: { kinds: ['security-identifier'], thumbprints: new Map() },
    revocation: {
      requirement: 'require',
      randomness: { bytes: length => new Uint8Array(length) },
      fetch: async url => {
        fetched.push(url)
        return listOf(company, { thisUpdate: at(-60), nextUpdate: at(1200) })
      },
    },
    ...options,
  })
  return {
    clock,
    fetched,
    users,
    signIn: (der: Uint8Array, fault: string | null = null) => scheme.identify({ der, fault }),
  }
}

test('says who it is and by which scheme', async () => {
  assert.deepEqual(await setUp().signIn(issue()), { user: alice, scheme: 'client-certificate' })
})

const faults: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'expired-certificate',
  CERT_NOT_YET_VALID: 'not-yet-valid-certificate',
  INVALID_PURPOSE: 'wrong-purpose',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'untrusted-issuer',
  SELF_SIGNED_CERT_IN_CHAIN: 'untrusted-issuer',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'untrusted-issuer',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'untrusted-issuer',
  CERT_SIGNATURE_FAILURE: 'invalid-chain',
}
for (const [fault, reason] of Object.entries(faults)) {
  test(`refuses what the TLS library refuses: ${fault}`, async () => {
    await assert.rejects(setUp().signIn(issue(), fault), { name: 'SignInRefusal', reason })
  })
}

test('refuses a certificate that expires on an open connection, whoever issued it', async () => {
  const { clock, signIn } = setUp()
  const short = issue({ notAfter: at(100) })
  const ownShort = issue({ notAfter: at(100) }, own)
  await signIn(short)
  await assert.rejects(signIn(ownShort), { reason: 'unknown-certificate' })
  clock.advance(100)
  await signIn(short)
  clock.advance(1)
  await assert.rejects(signIn(short), { reason: 'expired-certificate' })
  await assert.rejects(signIn(ownShort), { reason: 'expired-certificate' })
  await assert.rejects(signIn(issue({ notBefore: at(102) })), { reason: 'not-yet-valid-certificate' })
})

test('refuses a certificate of our authority that is not in the books', async () => {
  await assert.rejects(setUp().signIn(issue({}, own)), { reason: 'unknown-certificate' })
})

test('refuses a disabled user, also between two calls', async () => {
  await assert.rejects(setUp({ user: { enabled: false } }).signIn(issue()), { reason: 'disabled-account' })
  const { signIn, users } = setUp()
  await signIn(issue())
  users.set(alice.uuid, { ...alice, enabled: false })
  await assert.rejects(signIn(issue()), { reason: 'disabled-account' })
})

test('refuses an issuer that is not listed, is none, has expired, or only bears the name', async () => {
  const cases: Readonly<Record<string, TestAuthority>> = {
    'is not listed': createTestAuthority('P-256', 'CN=Another'),
    'only bears the name': createTestAuthority('P-256', 'CN=Company Issuing'),
  }
  for (const [what, by] of Object.entries(cases)) {
    await assert.rejects(setUp().signIn(issue({}, by)), { reason: 'unlisted-issuer' }, what)
  }
  const noAuthority = createTestAuthority('P-256', 'CN=No Authority')
  const listed = decodeCertificate(
    company.issue(noAuthority.key, { subject: noAuthority.certificate.subject, extensions: [] }),
  )
  await assert.rejects(setUp({ authorities: [company.certificate, listed] }).signIn(issue({}, noAuthority)), {
    reason: 'unlisted-issuer',
  })
  const forListsAlone = company.issue(noAuthority.key, {
    subject: noAuthority.certificate.subject,
    extensions: [encodeBasicConstraints({ ca: true, pathLength: null }), encodeKeyUsage(['cRLSign'])],
  })
  const authorities = [decodeCertificate(forListsAlone)]
  await assert.rejects(setUp({ authorities }).signIn(issue({}, noAuthority)), { reason: 'unlisted-issuer' })
  const { clock, signIn } = setUp()
  clock.advance(31 * 365 * 86_400)
  const late = issue({ notBefore: at(30 * 365 * 86_400), notAfter: at(40 * 365 * 86_400) })
  await assert.rejects(signIn(late), { reason: 'unlisted-issuer' })
})

test('takes a revocation list’s word for a minute at most', async () => {
  const lists = { current: () => listOf(company, { thisUpdate: at(-60), nextUpdate: at(30) }) }
  const fetched: string[] = []
  const { clock, signIn } = setUp({
    revocation: {
      requirement: 'require',
      randomness: { bytes: length => new Uint8Array(length) },
      fetch: async url => {
        fetched.push(url)
        return lists.current()
      },
    },
  })
  const certificate = issue()
  await signIn(certificate)
  clock.advance(29)
  await signIn(certificate)
  assert.equal(fetched.length, 1)
  clock.advance(2)
  await assert.rejects(signIn(certificate), { reason: 'revocation-unknown' })
})

test('asks for a revocation list again where the clock was set back', async () => {
  const { clock, fetched, signIn } = setUp()
  const certificate = issue()
  clock.advance(60)
  await signIn(certificate)
  clock.advance(-30)
  await signIn(certificate)
  assert.deepEqual(fetched, [listUrl, listUrl])
})

test('refuses a certificate that carries none of the kinds, and one whose extension is malformed', async () => {
  const bare = encodeCrlDistributionPoints([listUrl])
  await assert.rejects(setUp().signIn(issue({ extensions: [bare] })), { reason: 'no-mapping' })
  const malformed = { ...encodeSidExtension(alice.sid), value: Uint8Array.of(4, 1, 65) }
  await assert.rejects(setUp().signIn(issue({ extensions: [bare, malformed] })), {
    reason: 'unreadable-certificate',
  })
})

test('refuses a certificate with names of two users', async () => {
  const bob = {
    ...alice,
    uuid: 'bob',
    sid: `${alice.sid}1`,
    accountName: 'bob',
    userPrincipalName: 'bob@contoso.com',
  }
  const both = encodeSubjectAlternativeName(
    [
      { type: 'userPrincipalName', value: 'alice@contoso.com' },
      { type: 'userPrincipalName', value: 'bob@contoso.com' },
    ],
    false,
  )
  const mapping = { kinds: ['user-principal-name'], thumbprints: new Map() } as const
  const { signIn, users } = setUp({ mapping })
  const certificate = issue({ extensions: [encodeCrlDistributionPoints([listUrl]), both] })
  assert.equal((await signIn(certificate)).user.uuid, alice.uuid)
  users.set(bob.uuid, bob)
  await assert.rejects(signIn(certificate), { reason: 'ambiguous-mapping' })
})

test('a mail address must be the principal name too, which is how the directory finds users', async () => {
  const mapping = { kinds: ['mail'], thumbprints: new Map() } as const
  const mail = 'alice@contoso.com'
  assert.equal((await setUp({ mapping, user: { mail } }).signIn(issue())).user.uuid, alice.uuid)
  for (const other of [null, 'a.adams@contoso.com']) {
    await assert.rejects(setUp({ mapping, user: { mail: other } }).signIn(issue()), {
      reason: 'unknown-user',
    })
  }
  // As where the account's name with the domain's behind it was looked up, which need not be the principal name.
  for (const userPrincipalName of [null, 'a.adams@contoso.com']) {
    const user = { mail, accountName: mail, userPrincipalName }
    await assert.rejects(setUp({ mapping, user }).signIn(issue()), { reason: 'unknown-user' })
  }
})

test('a failure of the directory is no refusal', async () => {
  const failing = {
    findUser: () => Promise.reject(new Error('down')),
    findUserBySid: () => Promise.reject(new Error('down')),
    findUserByName: () => Promise.reject(new Error('down')),
  }
  await assert.rejects(setUp({ directory: failing }).signIn(issue()), { name: 'Error', message: 'down' })
})

test('any other octets than those that were signed are refused', async () => {
  const der = issue({ extensions: [...extensions, encodeBasicConstraints({ ca: false, pathLength: null })] })
  const mapping = {
    kinds: ['security-identifier', 'user-principal-name', 'mail', 'thumbprint'],
    thumbprints: new Map(),
  } as const
  const revocation = {
    requirement: 'off',
    randomness: { bytes: () => new Uint8Array() },
    fetch: async () => null,
  } as const
  const { signIn } = setUp({ mapping, revocation })
  const flipped = fc
    .tuple(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }))
    .map(([position, bits]) => der.map((octet, index) => (index === position ? octet ^ bits : octet)))
  const cut = fc.nat(der.length - 1).map(length => der.slice(0, length))
  await fc.assert(
    fc.asyncProperty(fc.oneof(flipped, cut, fc.uint8Array({ maxLength: 200 })), async octets => {
      await assert.rejects(
        signIn(octets),
        error => error instanceof SignInRefusal && error.message.length < 1000,
      )
    }),
    { numRuns: 1000 },
  )
})
