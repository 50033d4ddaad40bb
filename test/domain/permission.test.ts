import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CertificateTemplate } from '../../src/domain/certificate-template.ts'
import { type InitiationFacts, mayInitiate, maySee, type Principal } from '../../src/domain/permission.ts'
import type { Policy } from '../../src/domain/policy.ts'
import type { ProfileTemplate, SmartcardConfiguration } from '../../src/domain/profile-template.ts'
import { isRefusal } from '../../src/domain/refusal.ts'
import { type Role, rightsOfRoles, roles } from '../../src/domain/role.ts'

const policy: Policy = {
  enabled: true,
  selfServiceEnabled: true,
  approvalsNeeded: 0,
  authorizedInitiators: ['S-managers'],
  authorizedApprovers: [],
  authorizedEnrollmentAgents: [],
  enrollAgentRequired: false,
  collectComments: false,
  collectRequestPriority: false,
  defaultRequestPriority: 0,
  documents: [],
  oneTimePasswordPolicy: null,
  personalization: null,
  dataCollection: [],
  revocationSettings: null,
  reuseCard: false,
  cardRetirement: null,
}
const smartcard: SmartcardConfiguration = {
  isVirtualSmartcard: true,
  providerId: '',
  providerName: '',
  providerType: '',
  adminPinPolicy: null,
  userPinPolicy: { minimumLength: 6, maximumLength: 127 },
  userPinOption: 'user-provided',
  defaultAdminKeyHex: '',
  diversifyAdminKey: true,
  allowSmartcardReuse: true,
  cardInitializationData: null,
  cardInitializationType: 'None',
  certificateLabel: '',
  doNotInstallCaCertificates: false,
  eraseOnOverflow: false,
  initializeNewSmartcard: true,
  maxNumberOfCertificates: 0,
  smartcardPrintPolicy: null,
}
const template: ProfileTemplate = {
  uuid: 'template-uuid',
  version: 1,
  name: 'VPN',
  description: '',
  certificateTemplates: ['User'],
  smartcard,
  policies: { enroll: policy, unblock: policy, revoke: policy },
  grants: [
    { trustee: 'S-subscribers', rights: ['read', 'enroll'] },
    { trustee: 'S-managers', rights: ['read'] },
  ],
}
const certificateTemplate: CertificateTemplate = {
  commonName: 'User',
  displayName: 'User',
  oid: '1.3.6.1.4.1.311.21.8.1',
  majorVersion: 1,
  minorVersion: 0,
  validityDays: 365,
  keyUsage: ['digital-signature'],
  extendedKeyUsage: ['1.3.6.1.5.5.7.3.2'],
  subject: 'common-name',
  subjectAlternativeNames: [],
  includeSecurityIdentifier: true,
  publishToDirectory: false,
  key: {
    algorithm: 'RSA',
    keySize: 2048,
    hashAlgorithm: 'SHA256',
    keyStorageProviders: [],
    friendlyName: '',
    exportable: false,
    protection: 'no-consent',
    usages: ['signing'],
  },
  enrollers: ['S-subscribers'],
}
const principal = (uuid: string, sids: string[], held: Role[] = []): Principal => ({
  uuid,
  sid: `S-${uuid}`,
  sids: new Set([`S-${uuid}`, ...sids]),
  roles: new Set(held),
})
const alice = principal('alice', ['S-subscribers'], ['subscriber'])
const mona = principal('mona', ['S-managers'])
const grant = {
  trustee: 'S-managers',
  over: 'S-subscribers',
  rights: ['request-enroll', 'request-revoke'] as const,
}
const own: InitiationFacts = {
  type: 'enroll',
  caller: alice,
  target: alice,
  profileTemplate: template,
  certificateTemplates: [certificateTemplate],
  userGrants: [grant],
}
const managed: InitiationFacts = { ...own, caller: mona }

const withPolicy = (changes: Partial<Policy>): ProfileTemplate => ({
  ...template,
  policies: { enroll: { ...policy, ...changes } },
})

test('self-service enrollment with every permission in place', () => {
  assert.equal(mayInitiate(own), policy)
})

test('a manager starts an enrollment for a user', () => {
  assert.equal(mayInitiate(managed), policy)
})

test('an initiator may use the policy for themselves where self-service is off', () => {
  const facts = {
    ...own,
    profileTemplate: withPolicy({ selfServiceEnabled: false, authorizedInitiators: ['S-subscribers'] }),
  }
  assert(!isRefusal(mayInitiate(facts)))
})

test('what issues nothing needs no right on the certificate template', () => {
  const facts: InitiationFacts = {
    ...managed,
    type: 'revoke',
    certificateTemplates: [{ ...certificateTemplate, enrollers: [] }],
  }
  assert(!isRefusal(mayInitiate(facts)))
})

test('a role brings its rights over everybody', () => {
  const manager = principal('mona', ['S-managers'], ['manager'])
  assert(!isRefusal(mayInitiate({ ...managed, caller: manager, userGrants: [] })))
})

// Each takes one permission away from an otherwise permitted initiation; the refusal names that permission.
const refusals: [string, InitiationFacts, string, RegExp][] = [
  ['no policy', { ...own, type: 'renew' }, 'PolicyForbids', /policy renew: enabled/],
  [
    'a disabled policy',
    { ...own, profileTemplate: withPolicy({ enabled: false }) },
    'PolicyForbids',
    /enabled/,
  ],
  [
    'no self-service',
    { ...own, profileTemplate: withPolicy({ selfServiceEnabled: false }) },
    'PolicyForbids',
    /selfServiceEnabled/,
  ],
  [
    'no Read on the profile template',
    { ...own, profileTemplate: { ...template, grants: [] } },
    'NotPermitted',
    /template-uuid: read/,
  ],
  [
    'no Enroll on the profile template',
    { ...own, profileTemplate: { ...template, grants: [{ trustee: 'S-subscribers', rights: ['read'] }] } },
    'NotPermitted',
    /template-uuid: enroll/,
  ],
  [
    'no Enroll on the certificate template',
    { ...own, certificateTemplates: [{ ...certificateTemplate, enrollers: [] }] },
    'NotPermitted',
    /certificate template User: enroll/,
  ],
  [
    'not an initiator',
    { ...managed, profileTemplate: withPolicy({ authorizedInitiators: [] }) },
    'NotPermitted',
    /authorizedInitiators/,
  ],
  ['no right over the target', { ...managed, userGrants: [] }, 'NotPermitted', /right request-enroll/],
  [
    'a right over others only',
    { ...managed, userGrants: [{ ...grant, over: 'S-guests' }] },
    'NotPermitted',
    /right request-enroll/,
  ],
  [
    'another right over the target',
    { ...managed, userGrants: [{ ...grant, rights: ['request-revoke'] }] },
    'NotPermitted',
    /right request-enroll/,
  ],
  [
    'a target that may not enroll',
    {
      ...managed,
      target: principal('guest', ['S-subscribers-not']),
      userGrants: [{ ...grant, over: 'S-guest' }],
    },
    'NotPermitted',
    /certificate template User: enroll/,
  ],
  [
    'unblocking a software profile',
    { ...own, type: 'unblock', profileTemplate: { ...template, smartcard: null } },
    'PolicyForbids',
    /smart card/,
  ],
]
for (const [what, facts, code, rule] of refusals) {
  test(`refuses with ${what}, and says which rule`, () => {
    const result = mayInitiate(facts)
    assert(isRefusal(result))
    assert.equal(result.code, code)
    assert.match(result.rule ?? '', rule)
  })
}

test('each role brings its rights', () => {
  const table = Object.fromEntries(roles.map(role => [role, [...rightsOfRoles(new Set([role]))].join(' ')]))
  assert.deepEqual(table, {
    administrator: 'audit',
    manager: 'request-enroll request-recover request-renew request-revoke request-unblock',
    'help-desk': 'request-unblock request-recover',
    'enrollment-agent': 'enrollment-agent',
    auditor: 'audit',
    subscriber: '',
  })
})

test('own things are visible, and everything to managers, administrators and auditors', () => {
  assert(maySee(alice, ['alice']))
  assert(!maySee(alice, ['bob']))
  const seers = roles.filter(role => maySee(principal('x', [], [role]), ['bob']))
  assert.deepEqual(seers, ['administrator', 'manager', 'auditor'])
})
