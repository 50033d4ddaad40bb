import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findCertificationPath } from '../../../src/identity/client-certificate/certification-path.ts'
import {
  createRevocationCheck,
  type RevocationRequirement,
} from '../../../src/identity/client-certificate/revocation-check.ts'
import { type Certificate, decodeCertificate } from '../../../src/x509/certificate.ts'
import { contextConstructed, contextPrimitive, derTag } from '../../../src/x509/der/der-tag.ts'
import {
  type DerPart,
  derConstructed,
  derNamedBits,
  derPrimitive,
  derSequence,
  encodeDer,
} from '../../../src/x509/der/der-writer.ts'
import type { Extension } from '../../../src/x509/extension.ts'
import { encodeAuthorityInformationAccess } from '../../../src/x509/extensions/authority-information-access.ts'
import { encodeBasicConstraints } from '../../../src/x509/extensions/basic-constraints.ts'
import { encodeCrlDistributionPoints } from '../../../src/x509/extensions/crl-distribution-points.ts'
import { encodeKeyUsage, type KeyUsage } from '../../../src/x509/extensions/key-usage.ts'
import { encodeName, parseName } from '../../../src/x509/names/distinguished-name.ts'
import { encodeGeneralNames } from '../../../src/x509/names/general-name.ts'
import { objectIdentifiers as oids } from '../../../src/x509/object-identifier.ts'
import { ocspCertificateId } from '../../../src/x509/ocsp/ocsp-request.ts'
import type { SignatureAlgorithm } from '../../../src/x509/signature-algorithm.ts'
import { type ListOptions, listOf, type OcspOptions, ocspResponseOf } from '../../x509/revocation-data.ts'
import { createTestAuthority, generateTestKey } from '../../x509/test-authority.ts'
import { createClockFake } from '../clock-fake.ts'

const authority = createTestAuthority('P-256', 'CN=Company Issuing')
const sameName = createTestAuthority('P-256', 'CN=Company Issuing')
const key = generateTestKey('P-256')
const listUrl = 'http://pki.contoso.com/issuing.crl'
const ocspUrl = 'http://ocsp.contoso.com/'
const minute = 60_000
const hour = 60 * minute
const start = createClockFake().now()
const at = (milliseconds: number) => new Date(start.getTime() + milliseconds)

const withList = encodeCrlDistributionPoints([listUrl])
const withOcsp = encodeAuthorityInformationAccess({ caIssuers: [], ocsp: [ocspUrl] })
const current = { thisUpdate: at(-hour), nextUpdate: at(24 * hour) }
const issue = (...extensions: readonly Extension[]) => decodeCertificate(authority.issue(key, { extensions }))

/** What is fetched where; null where nothing is. */
type Network = Readonly<Record<string, (ocspRequest: Uint8Array | null) => Uint8Array | null>>

function setUp(
  certificate: Certificate,
  network: Network,
  requirement: RevocationRequirement = 'require',
  issuer: Certificate = authority.certificate,
) {
  const clock = createClockFake()
  const fetched: string[] = []
  const check = createRevocationCheck({
    requirement,
    clock,
    randomness: { bytes: length => new Uint8Array(length).fill(7) },
    fetch: async (url, ocspRequest) => {
      fetched.push(url)
      return network[url]?.(ocspRequest) ?? null
    },
  })
  const path = findCertificationPath(certificate, [issuer], clock.now())
  assert.ok(path !== null)
  return { clock, fetched, check: () => check(path) }
}

function lists(options: Partial<ListOptions>, by = authority): Network {
  return { [listUrl]: () => listOf(by, { ...current, ...options }) }
}

const revoked = { entries: [{ serialNumber: issue().serialNumber, revocationDate: at(-hour), reason: null }] }

test('finds a certificate in the list of its issuer, though it has the sign octet and the entry has it not', async () => {
  const { check } = setUp(
    issue(withList),
    lists({
      entries: [
        {
          ...revoked.entries[0],
          serialNumber: issue().serialNumber.subarray(1),
          revocationDate: at(-hour),
          reason: 'keyCompromise',
        },
      ],
    }),
  )
  assert.equal(issue().serialNumber[0], 0)
  await assert.rejects(check, { reason: 'revoked-certificate' })
})

test('holds as long as the list, and an hour at most', async () => {
  const short = setUp(issue(withList), lists({ nextUpdate: at(30 * minute) }))
  assert.deepEqual(await short.check(), at(30 * minute))
  const long = setUp(issue(withList), lists({}))
  assert.deepEqual(await long.check(), at(hour))
})

test('fetches a list again once it is an hour old or out of date', async () => {
  const { check, clock, fetched } = setUp(issue(withList), lists({ nextUpdate: at(90 * minute) }))
  await check()
  clock.advance(59 * 60)
  await check()
  assert.equal(fetched.length, 1)
  clock.advance(60)
  await check()
  assert.equal(fetched.length, 2)
  clock.advance(31 * 60)
  await assert.rejects(check, { reason: 'revocation-unknown' })
  assert.equal(fetched.length, 3)
})

test('asks once for all who ask at the same time', async () => {
  const { check, fetched } = setUp(issue(withList), lists({}))
  await Promise.all([check(), check(), check()])
  assert.deepEqual(fetched, [listUrl])
})

test('asks in vain once in ten seconds', async () => {
  const { check, clock, fetched } = setUp(issue(withOcsp, withList), {})
  await assert.rejects(check, { reason: 'revocation-unknown' })
  await assert.rejects(check, { reason: 'revocation-unknown' })
  assert.deepEqual(fetched, [ocspUrl, listUrl])
  clock.advance(10)
  await assert.rejects(check, { reason: 'revocation-unknown' })
  assert.equal(fetched.length, 4)
})

test('asks nobody where revocation is off, and takes silence for good where it is preferred', async () => {
  const off = setUp(issue(withList), lists(revoked), 'off')
  await off.check()
  assert.deepEqual(off.fetched, [])
  const preferred = setUp(issue(withList), {}, 'prefer')
  await preferred.check()
  assert.deepEqual(preferred.fetched, [listUrl])
  await assert.rejects(setUp(issue(withList), lists(revoked), 'prefer').check, {
    reason: 'revoked-certificate',
  })
})

const pointOf = (...parts: Parameters<typeof derSequence>[0]): Extension => ({
  oid: oids.issuingDistributionPoint,
  critical: true,
  value: encodeDer(derSequence(parts)),
})
const flag = (number: number) => derPrimitive(contextPrimitive(number), Uint8Array.of(0xff))
const named = (value: string) =>
  derConstructed(contextConstructed(0), [
    encodeGeneralNames([{ type: 'uniformResourceIdentifier', value }], contextConstructed(0)),
  ])

const usableLists: Readonly<Record<string, Partial<ListOptions>>> = {
  'a list of users’ certificates': { extensions: [pointOf(flag(1))] },
  'a list of just this point': { extensions: [pointOf(named(listUrl))] },
  'a list of a clock that is a little ahead': { thisUpdate: at(4 * minute) },
}
for (const [what, options] of Object.entries(usableLists)) {
  test(`takes ${what}`, async () => {
    await setUp(issue(withList), lists(options)).check()
    await assert.rejects(setUp(issue(withList), lists({ ...options, ...revoked })).check, {
      reason: 'revoked-certificate',
    })
  })
}

const unusableLists: Readonly<Record<string, Network>> = {
  'a list that is out of date': lists({ nextUpdate: at(-1000) }),
  'a list of tomorrow': lists({ thisUpdate: at(6 * minute) }),
  'a delta list': lists({ baseCrlNumber: 1n }),
  'a list by another key of the same name': lists({}, sameName),
  'a list of authorities’ certificates': lists({ extensions: [pointOf(flag(2))] }),
  'a list of attribute certificates': lists({ extensions: [pointOf(flag(5))] }),
  'an indirect list': lists({ extensions: [pointOf(flag(4))] }),
  'a list for some reasons': lists({ extensions: [pointOf(derNamedBits([1], contextPrimitive(3)))] }),
  'a list of another point': lists({ extensions: [pointOf(named('http://pki.contoso.com/other.crl'))] }),
  'a list that says false where that is the default': lists({
    extensions: [pointOf(derPrimitive(contextPrimitive(1), Uint8Array.of(0)))],
  }),
  'no list': { [listUrl]: () => Uint8Array.of(derTag.sequence, 0) },
}
for (const [what, network] of Object.entries(unusableLists)) {
  test(`takes no word from ${what}`, async () => {
    await assert.rejects(setUp(issue(withList), network).check, { reason: 'revocation-unknown' })
  })
}

test('takes no word from a list by SHA-1', async () => {
  const rsa = createTestAuthority('RSA-2048', 'CN=RSA Issuing')
  const certificate = decodeCertificate(rsa.issue(key, { extensions: [withList] }))
  const check = (signatureAlgorithm: SignatureAlgorithm) =>
    setUp(certificate, lists({ signatureAlgorithm }, rsa), 'require', rsa.certificate).check()
  await check('sha256WithRSAEncryption')
  await assert.rejects(check('sha1WithRSAEncryption'), { reason: 'revocation-unknown' })
})

test('takes no word from a list by a key that is not for signing lists', async () => {
  const root = createTestAuthority('P-256', 'CN=Company Root')
  const check = (...usages: readonly KeyUsage[]) => {
    const extensions = [encodeBasicConstraints({ ca: true, pathLength: null }), encodeKeyUsage(usages)]
    const issuer = root.issue(authority.key, { subject: authority.certificate.subject, extensions })
    return setUp(issue(withList), lists({}), 'require', decodeCertificate(issuer)).check()
  }
  await check('keyCertSign', 'cRLSign')
  await assert.rejects(check('keyCertSign'), { reason: 'revocation-unknown' })
})

test('does not ask at points for some reasons alone, or of another issuer', async () => {
  const others: Readonly<Record<string, DerPart>> = {
    reasons: derNamedBits([1], contextPrimitive(1)),
    issuer: encodeGeneralNames(
      [{ type: 'directoryName', value: encodeName(parseName('CN=Another')) }],
      contextConstructed(2),
    ),
  }
  for (const [what, part] of Object.entries(others)) {
    const value = encodeDer(derSequence([derSequence([named(listUrl), part])]))
    const { check, fetched } = setUp(issue({ ...withList, value }), lists({}))
    await assert.rejects(check, { reason: 'revocation-unknown' }, what)
    assert.deepEqual(fetched, [], what)
  }
})

test('asks no more than three addresses of lists and two of responders, all by plain HTTP', async () => {
  const urls = [
    'https://a/',
    'ldap://b/',
    'ftp://c/',
    'http://user:secret@d/',
    'http://1/',
    'http://2/',
    'http://3/',
    'http://4/',
  ]
  const certificate = issue(
    encodeCrlDistributionPoints(urls),
    encodeAuthorityInformationAccess({ caIssuers: ['http://issuer/'], ocsp: urls.map(url => `${url}ocsp`) }),
  )
  const { check, fetched } = setUp(certificate, {})
  await assert.rejects(check, { reason: 'revocation-unknown' })
  assert.deepEqual(fetched, ['http://1/ocsp', 'http://2/ocsp', 'http://1/', 'http://2/', 'http://3/'])
})

const asked = issue(withOcsp)
const id = ocspCertificateId(asked, authority.certificate)
const nonce = new Uint8Array(16).fill(7)

function answers(options: Partial<OcspOptions>, by = authority): Network {
  return { [ocspUrl]: () => ocspResponseOf(by, { id, status: 'good', nonce, ...current, ...options }) }
}

const usableAnswers: Readonly<Record<string, readonly [Partial<OcspOptions>, until: Date]>> = {
  'an answer for a day': [{}, at(hour)],
  'an answer for some minutes': [{ nextUpdate: at(2 * minute) }, at(2 * minute)],
}
for (const [what, [options, until]] of Object.entries(usableAnswers)) {
  test(`takes ${what}`, async () => assert.deepEqual(await setUp(asked, answers(options)).check(), until))
}

test('takes an answer without our nonce that was signed ahead', async () => {
  const signedAhead = { [ocspUrl]: () => ocspResponseOf(authority, { id, status: 'good', ...current }) }
  await setUp(asked, signedAhead).check()
})

test('asks on each check where the responder promises nothing', async () => {
  const ofThisMoment = {
    [ocspUrl]: () => ocspResponseOf(authority, { id, status: 'good', nonce, thisUpdate: start }),
  }
  const { check, fetched } = setUp(asked, ofThisMoment)
  assert.deepEqual(await check(), start)
  await check()
  assert.equal(fetched.length, 2)
})

const unusableAnswers: Readonly<Record<string, Network>> = {
  'an answer that is out of date': answers({ nextUpdate: at(-1000) }),
  'an answer of tomorrow': answers({ thisUpdate: at(6 * minute) }),
  'an old answer that promises nothing': {
    [ocspUrl]: () => ocspResponseOf(authority, { id, status: 'good', nonce, thisUpdate: at(-6 * minute) }),
  },
  'an answer to somebody else’s question': answers({ nonce: new Uint8Array(16).fill(8) }),
  'an answer about another certificate': answers({ id: { ...id, serialNumber: Uint8Array.of(1) } }),
  'an answer about another issuer’s certificate': answers({
    id: { ...id, issuerKeyHash: new Uint8Array(20) },
  }),
  'a responder that does not know it': answers({ status: 'unknown' }),
  'another key of the same name': answers({}, sameName),
}
for (const [what, network] of Object.entries(unusableAnswers)) {
  test(`takes no word from ${what}`, async () => {
    await assert.rejects(setUp(asked, network).check, { reason: 'revocation-unknown' })
  })
}

test('asks about every certificate of the path below the highest', async () => {
  const root = createTestAuthority('P-256', 'CN=Company Root')
  const between = createTestAuthority('P-256', 'CN=Between', root)
  const leaf = decodeCertificate(between.issue(key, { extensions: [withList] }))
  const path = findCertificationPath(leaf, [between.certificate, root.certificate], start)
  assert.equal(path?.length, 3)
  const network: Network = { [listUrl]: () => listOf(between, current) }
  const check = createRevocationCheck({
    requirement: 'require',
    clock: createClockFake(),
    randomness: { bytes: length => new Uint8Array(length) },
    fetch: async url => network[url]?.(null) ?? null,
  })
  assert.ok(path !== null)
  await assert.rejects(check(path), { reason: 'revocation-unknown', message: /CN=Between/ })
})
