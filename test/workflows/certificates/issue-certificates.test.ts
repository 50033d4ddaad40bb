import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CertificateTemplate } from '../../../src/domain/certificate-template.ts'
import type { Request } from '../../../src/domain/request.ts'
import { issueCertificates } from '../../../src/workflows/certificates/issue-certificates.ts'
import type { OrganisationFile } from '../../../src/workflows/organisation/organisation-file.ts'
import { disableUser } from '../../../src/workflows/people/disable-user.ts'
import type { Caller } from '../../../src/workflows/ports/caller.ts'
import { completeRequest } from '../../../src/workflows/requests/complete-request.ts'
import { createRequest } from '../../../src/workflows/requests/create-request.ts'
import { type Certificate, decodeCertificate } from '../../../src/x509/certificate.ts'
import { verifyCertificateSignature } from '../../../src/x509/certificate-chain.ts'
import { decodeCmcFullResponse, verifyCmcFullResponse } from '../../../src/x509/cmc/cmc-response.ts'
import { findExtension } from '../../../src/x509/extension.ts'
import { decodeApplicationPolicies } from '../../../src/x509/extensions/certificate-policies.ts'
import { decodeCertificateTemplateInformation } from '../../../src/x509/extensions/certificate-template-information.ts'
import { decodeExtendedKeyUsage } from '../../../src/x509/extensions/extended-key-usage.ts'
import { decodeKeyUsage } from '../../../src/x509/extensions/key-usage.ts'
import { decodeSidExtension } from '../../../src/x509/extensions/sid-extension.ts'
import {
  decodeSubjectAlternativeName,
  encodeSubjectAlternativeName,
} from '../../../src/x509/extensions/subject-alternative-name.ts'
import { decodeSubjectKeyIdentifier } from '../../../src/x509/extensions/subject-key-identifier.ts'
import { decodeName, formatName, parseName } from '../../../src/x509/names/distinguished-name.ts'
import { objectIdentifiers } from '../../../src/x509/object-identifier.ts'
import { decodeSubjectPublicKeyInfo, keyIdentifier } from '../../../src/x509/public-key.ts'
import { openTestbed, type Testbed, type TestbedOptions } from '../../testbed/environment.ts'
import { certificationRequest, newEcKey, newRsaKey, publicKeyInfo, rsaKey } from '../certification-request.ts'
import {
  auditTrail,
  certificateOf,
  enrolledCard,
  enrollment,
  issue,
  issueOne,
  profileStatusOf,
  recordsOf,
  refused,
  requestOf,
  software,
  withAll,
  withTemplate,
  withUser,
} from '../stories.ts'

type TemplateEntry = OrganisationFile['certificateTemplates'][number]

/** The demo organisation with the certificate template of its software profile changed. */
function withUserTemplate(change: Partial<TemplateEntry>): (file: OrganisationFile) => OrganisationFile {
  return file => {
    const template = file.certificateTemplates.find(({ commonName }) => commonName === 'User')
    assert.ok(template)
    Object.assign(template, change)
    return file
  }
}

const elliptic = {
  algorithm: 'EC',
  keySize: 256,
  hashAlgorithm: 'SHA256',
  keyStorageProviders: [],
  usages: ['signing'],
} satisfies TemplateEntry['key']

interface OpenEnrollment {
  readonly testbed: Testbed
  readonly alice: Caller
  readonly request: Request
}

async function softwareEnrollment(
  t: Parameters<typeof openTestbed>[0],
  options: TestbedOptions = {},
  account = 'alice',
): Promise<OpenEnrollment> {
  const testbed = await openTestbed(t, options)
  const alice = await testbed.callerOf(account)
  return { testbed, alice, request: await createRequest(testbed, alice, enrollment(software)) }
}

async function certificateFor(
  t: Parameters<typeof openTestbed>[0],
  organisation: (file: OrganisationFile) => OrganisationFile,
  der = certificationRequest(),
): Promise<Certificate> {
  const { testbed, alice, request } = await softwareEnrollment(t, { organisation })
  return decodeCertificate(await issueOne(testbed, alice, request.uuid, der))
}

function extensionOf<Value>(
  { extensions }: Certificate,
  oid: string,
  decode: (value: Uint8Array) => Value,
): Value {
  const extension = findExtension(extensions, oid)
  assert.ok(extension)
  return decode(extension.value)
}

const subjectOf = ({ subject }: Certificate) => formatName(decodeName(subject))
const lastByteFlipped = (der: Uint8Array) => der.with(-1, (der.at(-1) ?? 0) ^ 1)

const badRequests: readonly {
  readonly name: string
  readonly der: () => Uint8Array
  readonly reason: RegExp
  readonly key?: TemplateEntry['key']
}[] = [
  {
    name: 'a key of another algorithm',
    der: () => certificationRequest({ key: newEcKey() }),
    reason: /The key is EC; the certificate template asks for RSA/,
  },
  {
    name: 'an RSA key that is too short',
    der: () => certificationRequest({ key: newRsaKey(1024) }),
    reason: /1024 bits; the certificate template asks for 2048/,
  },
  {
    name: 'a key on another curve',
    der: () => certificationRequest({ key: newEcKey('P-384') }),
    reason: /384 bits; the certificate template asks for 256/,
    key: elliptic,
  },
  {
    name: 'a key on a curve that nobody asks for',
    der: () => certificationRequest({ key: newEcKey('P-521') }),
    reason: /key or the algorithm is not taken/,
    key: elliptic,
  },
  {
    name: 'a weak key (public exponent 3)',
    der: () => certificationRequest({ key: newRsaKey(2048, 3) }),
    reason: /weak: exponent-too-small/,
  },
]

for (const { name, der, reason, key } of badRequests) {
  test(`${name} is refused with the reason, and the request goes on`, async t => {
    const options = key === undefined ? {} : { organisation: withUserTemplate({ key }) }
    const { testbed, alice, request } = await softwareEnrollment(t, options)
    const [answer, ...others] = await issue(testbed, alice, request.uuid, der())
    assert.deepEqual(others, [])
    assert.equal(answer?.certificateTemplate, 'User')
    assert.equal(answer.response, null)
    assert.match(answer.error ?? '', reason)
    assert.deepEqual(await recordsOf(testbed, request.uuid), [])
    assert.ok((await auditTrail(testbed, request.uuid)).includes('certificate-refused'))
    await refused(completeRequest(testbed, alice, request.uuid), 'CertificatesMissing')

    const good = certificationRequest(key === undefined ? {} : { key: newEcKey() })
    await issueOne(testbed, alice, request.uuid, good)
    assert.equal((await completeRequest(testbed, alice, request.uuid)).status, 'completed')
  })
}

test('whoever repeats what is refused fills no audit record, and is served again later', async t => {
  const { testbed, alice, request } = await softwareEnrollment(t, { secrets: { burst: 2, perMinute: 1 } })
  const weak = certificationRequest({ key: newRsaKey(2048, 3) })
  const refusals = async () =>
    (await auditTrail(testbed, request.uuid)).filter(action => action === 'certificate-refused').length
  for (let n = 0; n < 2; n++) await issue(testbed, alice, request.uuid, weak)
  for (let n = 0; n < 10; n++) await refused(issue(testbed, alice, request.uuid, weak), 'TooManyRequests')
  assert.equal(await refusals(), 2)
  // Of several requests too.
  const other = await createRequest(testbed, alice, enrollment(software))
  await refused(issue(testbed, alice, other.uuid, weak), 'TooManyRequests')

  testbed.clock.advance(60_000)
  await issue(testbed, alice, request.uuid, weak)
  assert.equal(await refusals(), 3)
  await issueOne(testbed, alice, request.uuid)
})

test('whoever repeats what is refused for somebody disabled fills no audit record', async t => {
  const { testbed, alice, request } = await softwareEnrollment(t, { secrets: { burst: 2, perMinute: 1 } })
  await disableUser({ ...testbed, operator: 'root' }, 'alice')
  const attempt = () => issue(testbed, alice, request.uuid, certificationRequest())
  for (let n = 0; n < 2; n++) await refused(attempt(), 'UserStateForbids')
  await refused(attempt(), 'TooManyRequests')
})

const malformedRequests: readonly { name: string; der: () => Uint8Array; reason: RegExp }[] = [
  {
    name: 'a signature that was tampered with',
    der: () => lastByteFlipped(certificationRequest()),
    reason: /possession/,
  },
  {
    name: 'a signature by another key',
    der: () => certificationRequest({ signer: newRsaKey() }),
    reason: /possession/,
  },
  { name: 'no bytes', der: () => new Uint8Array(), reason: /Not a PKCS#10 request/ },
  { name: 'bytes that are no DER', der: () => Buffer.from('Hello, CA'), reason: /Not a PKCS#10 request/ },
  {
    name: 'a request that is cut off',
    der: () => certificationRequest().subarray(0, 300),
    reason: /Not a PKCS#10 request/,
  },
  {
    name: 'bytes after the request',
    der: () => Uint8Array.of(...certificationRequest(), 0),
    reason: /Not a PKCS#10 request/,
  },
]

for (const { name, der, reason } of malformedRequests) {
  test(`${name} makes the call malformed, names which it was, and changes nothing`, async t => {
    const { testbed, alice, request } = await softwareEnrollment(t)
    const before = await auditTrail(testbed, request.uuid)
    const named = new RegExp(`^certificaterequests\\[0\\]: .*${reason.source}`)
    await refused(issue(testbed, alice, request.uuid, der()), 'InvalidParameter', named)
    assert.deepEqual(await auditTrail(testbed, request.uuid), before)
    assert.equal((await requestOf(testbed, request.uuid)).status, 'approved')
    await issueOne(testbed, alice, request.uuid, certificationRequest())
  })
}

test('of several certification requests each is judged by itself, and surplus ones are refused', async t => {
  const organisation = withTemplate(software, template => {
    template.certificateTemplates.push('SmartcardLogon')
  })
  const { testbed, alice, request } = await softwareEnrollment(t, { organisation })
  const answers = await issue(
    testbed,
    alice,
    request.uuid,
    certificationRequest({ key: newRsaKey(2048, 3) }),
    certificationRequest(),
    certificationRequest(),
  )
  assert.deepEqual(
    answers.map(({ certificateTemplate, response }) => [certificateTemplate, response !== null]),
    [
      ['User', false],
      ['SmartcardLogon', true],
      ['', false],
    ],
  )
  assert.match(answers[2]?.error ?? '', /2 certificate requests only/)
  await refused(completeRequest(testbed, alice, request.uuid), 'CertificatesMissing', /: User\.$/)
  const [first, second] = await issue(
    testbed,
    alice,
    request.uuid,
    certificationRequest(),
    certificationRequest(),
  )
  assert.equal(first?.error, null)
  // A signature by RSASSA-PKCS1-v1_5 is the same each time, so this is the request that was served before.
  assert.equal(second?.error, null)
  assert.equal((await completeRequest(testbed, alice, request.uuid)).status, 'completed')
  assert.equal((await recordsOf(testbed, request.uuid)).length, 2)
})

test('no certification request at all is refused', async t => {
  const { testbed, alice, request } = await softwareEnrollment(t)
  await refused(issue(testbed, alice, request.uuid), 'InvalidParameter', /certificaterequests/)
  assert.equal((await requestOf(testbed, request.uuid)).status, 'approved')
})

test('the same certification request again gets the same certificate, another one none', async t => {
  const { testbed, alice, request } = await softwareEnrollment(t)
  const der = certificationRequest()
  const certificate = await issueOne(testbed, alice, request.uuid, der)
  assert.deepEqual(await issueOne(testbed, alice, request.uuid, der), certificate)
  const [other] = await issue(testbed, alice, request.uuid, certificationRequest({ key: newRsaKey() }))
  assert.equal(other?.response, null)
  assert.match(other.error ?? '', /already has its certificate/)
  const records = await recordsOf(testbed, request.uuid)
  assert.deepEqual(
    records.map(({ state, certificate: kept }) => ({ state, kept })),
    [{ state: 'issued', kept: certificate }],
  )
})

test('a request that was never approved, or issues nothing, gets no certificate', async t => {
  const testbed = await openTestbed(t)
  const alice = await testbed.callerOf('alice')
  const { smartcard } = await enrolledCard(testbed, 'alice')
  const unblock = await createRequest(testbed, alice, {
    ...enrollment(software),
    type: 'unblock',
    smartcardUuid: smartcard.uuid,
  })
  await refused(issue(testbed, alice, unblock.uuid, certificationRequest()), 'PolicyForbids', /unblock/)
})

test('a software enrollment makes a profile without a card', async t => {
  const { testbed, alice, request } = await softwareEnrollment(t)
  await issueOne(testbed, alice, request.uuid)
  const { newProfileUuid, newSmartcardUuid, status } = await requestOf(testbed, request.uuid)
  assert.equal(status, 'executing')
  assert.equal(newSmartcardUuid, null)
  assert.equal(await profileStatusOf(testbed, newProfileUuid), 'new')
  await completeRequest(testbed, alice, request.uuid)
  assert.equal(await profileStatusOf(testbed, newProfileUuid), 'active')
})

test('the answer is a CMC response that the issuing authority signed, chain included', async t => {
  const { testbed, alice, request } = await softwareEnrollment(t)
  const [answer] = await issue(testbed, alice, request.uuid, certificationRequest())
  assert.ok(answer?.response)
  const response = decodeCmcFullResponse(answer.response)
  assert.ok(verifyCmcFullResponse(response, testbed.certificationAuthority.certificate))
  const leaf = certificateOf([answer])
  const expected = [leaf, ...testbed.certificationAuthority.chain].map(hex)
  assert.deepEqual(response.certificates.map(hex).sort(), expected.sort())
  assert.ok(verifyCertificateSignature(decodeCertificate(leaf), testbed.certificationAuthority.certificate))
})

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

test('a certificate says what its template and the directory say', async t => {
  const { testbed, alice, request } = await softwareEnrollment(t)
  const certificate = decodeCertificate(await issueOne(testbed, alice, request.uuid))
  const template = await testbed.store.reader.findCertificateTemplate('User')
  assert.ok(template)

  assert.equal(subjectOf(certificate), 'CN=Alice Adams,CN=Users,DC=contoso,DC=com')
  assert.deepEqual(certificate.subjectPublicKeyInfo.der, publicKeyInfo(rsaKey))
  assert.deepEqual(
    extensionOf(certificate, objectIdentifiers.subjectAlternativeName, decodeSubjectAlternativeName),
    [
      { type: 'userPrincipalName', value: 'alice@contoso.com' },
      { type: 'rfc822Name', value: 'alice@contoso.com' },
    ],
  )
  assert.equal(extensionOf(certificate, objectIdentifiers.sidExtension, decodeSidExtension), alice.user.sid)
  assert.deepEqual(
    extensionOf(certificate, objectIdentifiers.extendedKeyUsage, decodeExtendedKeyUsage),
    template.extendedKeyUsage,
  )
  assert.deepEqual(
    extensionOf(certificate, objectIdentifiers.applicationPolicies, decodeApplicationPolicies),
    template.extendedKeyUsage,
  )
  assert.deepEqual(extensionOf(certificate, objectIdentifiers.keyUsage, decodeKeyUsage), [
    'digitalSignature',
    'nonRepudiation',
    'keyEncipherment',
  ])
  const information = decodeCertificateTemplateInformation
  assert.deepEqual(extensionOf(certificate, objectIdentifiers.certificateTemplateInformation, information), {
    oid: template.oid,
    majorVersion: 100,
    minorVersion: 1,
  })
  assert.deepEqual(
    extensionOf(certificate, objectIdentifiers.subjectKeyIdentifier, decodeSubjectKeyIdentifier),
    keyIdentifier(decodeSubjectPublicKeyInfo(publicKeyInfo(rsaKey))),
  )
  assert.ok(findExtension(certificate.extensions, objectIdentifiers.crlDistributionPoints))
})

test('a certificate is valid from five minutes ago for the days of its template', async t => {
  const { testbed, alice, request } = await softwareEnrollment(t)
  const now = testbed.clock.now().getTime()
  const { notBefore, notAfter } = decodeCertificate(await issueOne(testbed, alice, request.uuid))
  assert.equal(notBefore.getTime(), now - 5 * 60_000)
  assert.equal(notAfter.getTime(), now - 5 * 60_000 + 365 * 86_400_000)
})

test('no certificate outlives the authority', async t => {
  const { testbed, alice, request } = await softwareEnrollment(t, { issuingLifetimeDays: 100 })
  const { notAfter } = decodeCertificate(await issueOne(testbed, alice, request.uuid))
  assert.deepEqual(notAfter, testbed.certificationAuthority.certificate.notAfter)
})

test('serial numbers are 16 octets, positive, and no two alike', async t => {
  const testbed = await openTestbed(t)
  const serialNumbers = new Set<string>()
  for (let count = 0; count < 5; count++) {
    const { certificate } = await enrolledCard(testbed, 'alice')
    const { serialNumber } = decodeCertificate(certificate)
    assert.equal(serialNumber.length, 16)
    assert.equal((serialNumber[0] ?? 0) & 0xc0, 0x40)
    serialNumbers.add(hex(serialNumber))
  }
  assert.equal(serialNumbers.size, 5)
})

test('a serial number that was given out before is drawn again', async t => {
  const { testbed, alice, request } = await softwareEnrollment(t)
  const draws = [new Uint8Array(16), new Uint8Array(16), new Uint8Array(16).fill(1)]
  const randomness = {
    ...testbed.randomness,
    bytes: (length: number) => draws.shift() ?? testbed.randomness.bytes(length),
  }
  const second = await createRequest(testbed, alice, enrollment(software))
  const loaded = { ...testbed, randomness }
  await issueOne(loaded, alice, request.uuid)
  await issueOne(loaded, alice, second.uuid)
  const [record] = await recordsOf(testbed, second.uuid)
  assert.equal(record?.serialNumber, `41${'01'.repeat(15)}`)
})

const wished = {
  subject: parseName('CN=Domain Admin,DC=contoso,DC=com'),
  requestedExtensions: [
    encodeSubjectAlternativeName([{ type: 'userPrincipalName', value: 'admin@contoso.com' }], false),
  ],
}

for (const subject of ['distinguished-name', 'common-name', 'empty', 'request'] as const) {
  const expected: Readonly<Record<CertificateTemplate['subject'], string>> = {
    'distinguished-name': 'CN=Alice Adams,CN=Users,DC=contoso,DC=com',
    'common-name': 'CN=Alice Adams',
    empty: '',
    request: 'CN=Domain Admin,DC=contoso,DC=com',
  }

  test(`a template whose subject is ${subject} names its subject so, and takes no names from the client`, async t => {
    const certificate = await certificateFor(t, withUserTemplate({ subject }), certificationRequest(wished))
    assert.equal(subjectOf(certificate), expected[subject])
    const names = findExtension(certificate.extensions, objectIdentifiers.subjectAlternativeName)
    assert.ok(names)
    assert.equal(names.critical, subject === 'empty')
    assert.ok(!Buffer.from(names.value).includes('admin@'))
  })
}

test('a template without alternative names or security identifier leaves both out', async t => {
  const organisation = withUserTemplate({ subjectAlternativeNames: [], includeSecurityIdentifier: false })
  const { extensions } = await certificateFor(t, organisation, certificationRequest(wished))
  assert.equal(findExtension(extensions, objectIdentifiers.subjectAlternativeName), null)
  assert.equal(findExtension(extensions, objectIdentifiers.sidExtension), null)
})

test('a key on a curve gets no key usage that it cannot have', async t => {
  const certificate = await certificateFor(
    t,
    withUserTemplate({ key: elliptic, keyUsage: ['digital-signature', 'key-encipherment', 'key-agreement'] }),
    certificationRequest({ key: newEcKey() }),
  )
  assert.deepEqual(extensionOf(certificate, objectIdentifiers.keyUsage, decodeKeyUsage), [
    'digitalSignature',
    'keyAgreement',
  ])
})

for (const { lacks, entry, reason } of [
  { lacks: 'a mail address', entry: { mail: undefined }, reason: /no mail address for carl/ },
  {
    lacks: 'a sound distinguished name',
    entry: { distinguishedName: 'no name' },
    reason: /distinguished name of carl/,
  },
  {
    lacks: 'a mail address that mail knows',
    entry: { mail: 'not a mail address' },
    reason: /mail|rfc822|name/i,
  },
]) {
  test(`a user without ${lacks} is refused with the reason`, async t => {
    const organisation = withUser('carl', { group: 'Subscribers' })
    const testbed = await openTestbed(t, {
      organisation: withAll(organisation, file => {
        const user = file.users.find(({ account }) => account === 'carl')
        assert.ok(user)
        if ('mail' in entry && entry.mail === undefined) delete user.mail
        else Object.assign(user, entry)
        return file
      }),
    })
    const carl = await testbed.callerOf('carl')
    const request = await createRequest(testbed, carl, enrollment(software))
    const [answer] = await issue(testbed, carl, request.uuid, certificationRequest())
    assert.equal(answer?.response, null)
    assert.match(answer.error ?? '', reason)
    assert.deepEqual(await recordsOf(testbed, request.uuid), [])
  })
}

test('nothing is issued before the certification authority is valid, or after it was', async t => {
  const { testbed, alice, request } = await softwareEnrollment(t)
  const { certificationAuthority, clock } = testbed
  const { notBefore, notAfter } = certificationAuthority.certificate
  const der = certificationRequest()
  const before = await auditTrail(testbed, request.uuid)
  const bob = await testbed.callerOf('bob')
  for (const now of [new Date(notBefore.getTime() - 1), new Date(notAfter.getTime() + 1), new Date(0)]) {
    clock.set(now)
    const times = [notBefore, notAfter, now].map(time => time.toISOString())
    const refusal = issue(testbed, alice, request.uuid, der)
    await refused(
      refusal,
      'ServiceUnavailable',
      new RegExp(`valid from ${times[0]} to ${times[1]}, and the clock of the server says ${times[2]}:`),
    )
    await refusal.catch((error: Error) =>
      assert.ok(error.message.includes(certificationAuthority.issuerName)),
    )
    await refused(issue(testbed, bob, request.uuid, der), 'NotPermitted')
  }
  assert.deepEqual(await recordsOf(testbed, request.uuid), [])
  assert.deepEqual(await auditTrail(testbed, request.uuid), before)
  assert.equal((await requestOf(testbed, request.uuid)).status, 'approved')
})

test('certificates are issued from the first moment of the certification authority to close to its last', async t => {
  for (const [edge, offset] of [
    ['notBefore', 0],
    ['notAfter', -1_000],
  ] as const) {
    const { testbed, alice, request } = await softwareEnrollment(t)
    testbed.clock.set(new Date(testbed.certificationAuthority.certificate[edge].getTime() + offset))
    await issueOne(testbed, alice, request.uuid)
  }
})

test('a target that was disabled since the request was made gets no certificate', async t => {
  const { testbed, alice, request } = await softwareEnrollment(t)
  const directory = {
    ...testbed.directory,
    findUserNow: async () => ({ ...alice.user, enabled: false }),
  }
  await refused(
    issue({ ...testbed, directory }, alice, request.uuid, certificationRequest()),
    'UserStateForbids',
    /CONTOSO\\alice is disabled or expired/,
  )
  assert.equal((await requestOf(testbed, request.uuid)).status, 'approved')
})

test('the record of a certificate says whose it is and how it came about', async t => {
  const { testbed, alice, request } = await softwareEnrollment(t)
  const certificate = await issueOne(testbed, alice, request.uuid)
  const [record] = await recordsOf(testbed, request.uuid)
  assert.ok(record)
  assert.equal(record.requesterName, 'CONTOSO\\alice')
  assert.equal(record.issuerName, 'ca1.contoso.com\\Contoso Issuing CA')
  assert.equal(record.ownerUuid, alice.user.uuid)
  assert.equal(record.certificateTemplate, 'User')
  assert.equal(record.serialNumber, hex(decodeCertificate(certificate).serialNumber).toUpperCase())
  assert.deepEqual(await auditTrail(testbed, request.uuid), [
    'request-created',
    'request-executing',
    'certificate-prepared',
    'certificate-issued',
  ])
})

test('an authority that cannot sign fails the request, and takes back what it assigned', async t => {
  const { testbed, alice, request } = await softwareEnrollment(t)
  const certificationAuthority = {
    ...testbed.certificationAuthority,
    sign: async () => {
      throw new Error('The signer is gone.')
    },
  }
  const broken = { ...testbed, certificationAuthority }
  await refused(issue(broken, alice, request.uuid, certificationRequest()), 'CertificationAuthorityFailed')
  const { status, newProfileUuid } = await requestOf(testbed, request.uuid)
  assert.equal(status, 'failed')
  assert.equal(await profileStatusOf(testbed, newProfileUuid), 'retired')
  const [record] = await recordsOf(testbed, request.uuid)
  assert.equal(record?.state, 'failed')
  assert.deepEqual((await auditTrail(testbed, request.uuid)).slice(-2), [
    'certificate-failed',
    'request-failed',
  ])
  await refused(issue(testbed, alice, request.uuid, certificationRequest()), 'RequestStateForbids', /failed/)
})

test('what the client remarks stands in the audit record of each certificate, cut to a bound', async t => {
  const { testbed, alice, request } = await softwareEnrollment(t)
  const comments = 'x'.repeat(300)
  const submission = { certificationRequests: [certificationRequest()], pfxPassword: '', comments }
  await issueCertificates(testbed, alice, request.uuid, submission)
  const records = await testbed.store.reader.listAuditRecordsOfRequest(request.uuid)
  const prepared = records.find(({ action }) => action === 'certificate-prepared')
  assert.equal(prepared?.facts['comments'], 'x'.repeat(256))
})
