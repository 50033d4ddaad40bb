import type { CertificateRecord } from '../../src/domain/certificate.ts'
import type { Profile } from '../../src/domain/profile.ts'
import type { Request } from '../../src/domain/request.ts'
import type { Smartcard } from '../../src/domain/smartcard.ts'
import type { OrganisationFile } from '../../src/workflows/organisation/organisation-file.ts'
import type { Transaction } from '../../src/workflows/ports/store.ts'
import { startServer, type TestServer } from '../http/server.ts'

const domain = 'S-1-5-21-2127521184-1604012920-1887927527'
const serviceAccountSid = `${domain}-14134865`
const issuer = 'WIN-TRUR24L4CFS.corp.cmteam.com\\corp-WIN-TRUR24L4CFS-CA'

export const kim = '8f1590dc-d932-4b66-8e68-2e91c5880780'
const petra = '0378a33b-8650-4713-a727-efd233903643'
const administrator = '2c0f1ad6-2d3c-4e0b-9a43-5b8a3b1f6c11'
const smartcardTemplate = { uuid: 'a039b4d0-5ce8-4eff-8651-181c6576fda3', version: 46 }
const renewableTemplate = { uuid: '8f31803f-8afc-49bb-911d-402ec264b589', version: 8 }
const plainTemplate = { uuid: '1e3a31fe-699b-4a6b-945c-18b83c985bc1', version: 9 }
const card = {
  template: 'ContosoVirtualSmartCardLimitedRelease-KSP',
  answerToReset: '3b8d0180fba000000397425446590301c8',
}

type PolicyEntry = OrganisationFile['profileTemplates'][number]['policies'][number]

const selfService = (type: PolicyEntry['type'], more: Partial<PolicyEntry> = {}): PolicyEntry => ({
  type,
  selfServiceEnabled: true,
  ...more,
})

function certificateTemplate(
  commonName: string,
  oid: string,
): OrganisationFile['certificateTemplates'][number] {
  return {
    commonName,
    displayName: commonName,
    oid,
    majorVersion: 100,
    minorVersion: 1,
    validityDays: 365,
    keyUsage: ['digital-signature'],
    extendedKeyUsage: ['1.3.6.1.5.5.7.3.2'],
    subject: 'distinguished-name',
    subjectAlternativeNames: ['user-principal-name'],
    includeSecurityIdentifier: true,
    publishToDirectory: false,
    key: {
      algorithm: 'RSA',
      keySize: 2048,
      hashAlgorithm: 'SHA1',
      keyStorageProviders: ['Contoso Smart Card Key Storage Provider'],
      usages: ['decryption', 'signing'],
    },
    enrollers: ['Everybody'],
  }
}

const smartcard = {
  userPinOption: 'user-provided',
  defaultAdminKeyHex: '00'.repeat(24),
  diversifyAdminKey: true,
} as const

/** What the published samples give away of the organisations behind them. */
const organisation: OrganisationFile = {
  format: 'cardinal-organisation-1',
  organisation: {
    name: 'Contoso',
    domain: 'CORP',
    dnsName: 'corp.cmteam.com',
    domainSid: domain,
    serviceAccountSid,
  },
  users: [
    { account: 'kim', displayName: 'Kim', uuid: kim, sid: `${domain}-14995557` },
    { account: 'petra', displayName: 'Petra', uuid: petra },
    { account: 'Administrator', displayName: 'Administrator', uuid: administrator },
    { account: 'pavle', displayName: 'Pavle', uuid: '97CC3493-F556-4C9B-9D8B-982434201527' },
    { account: 'mona', displayName: 'Mona' },
  ],
  groups: [
    { name: 'A', sid: `${domain}-5094533`, members: [] },
    { name: 'B', sid: `${domain}-5094534`, members: [] },
    { name: 'C', sid: `${domain}-5219125`, members: [] },
    { name: 'Everybody', members: ['kim', 'petra', 'Administrator', 'pavle', 'mona'] },
  ],
  roles: [{ role: 'manager', trustees: ['mona'] }],
  userGrants: [],
  certificateTemplates: [
    certificateTemplate(card.template, '1.3.6.1.4.1.311.21.8.1.1'),
    certificateTemplate('User', '1.3.6.1.4.1.311.21.8.1.2'),
  ],
  profileTemplates: [
    {
      ...smartcardTemplate,
      name: 'Contoso Virtual Smart Card',
      description: '',
      certificateTemplates: [card.template],
      smartcard: { ...smartcard, isVirtualSmartcard: true },
      policies: [
        selfService('enroll', { authorizedInitiators: ['A', 'B', 'C'] }),
        selfService('renew'),
        selfService('unblock', { dataCollection: [{ name: 'Sample Data Item', role: 'subscriber' }] }),
        selfService('retire', {
          revocationSettings: { reason: 'cessation-of-operation', revokeOldCertificates: true },
        }),
      ],
      grants: [
        { trustee: 'kim', rights: ['read', 'enroll'] },
        { trustee: 'A', rights: ['manage'] },
      ],
    },
    {
      ...renewableTemplate,
      name: 'Contoso Recoverable',
      description: '',
      certificateTemplates: ['User'],
      policies: [selfService('renew'), selfService('revoke'), selfService('recover')],
      grants: [{ trustee: 'petra', rights: ['read', 'enroll'] }],
    },
    {
      ...plainTemplate,
      name: 'Contoso Plain',
      description: '',
      certificateTemplates: ['User'],
      policies: [selfService('renew'), selfService('revoke')],
      grants: [{ trustee: 'petra', rights: ['read', 'enroll'] }],
    },
    {
      uuid: '12bd5120-86a2-4ee1-8d05-131066871578',
      name: 'FIM CM Sample Profile Template',
      description: 'Description of the template goes here',
      certificateTemplates: ['User'],
      policies: [selfService('enroll')],
      grants: [{ trustee: 'Administrator', rights: ['read', 'enroll'] }],
    },
    {
      uuid: '2b7044cf-aa96-4911-b886-177947e9271b',
      name: 'FIM CM Sample Smart Card Logon Profile Template',
      description: 'Description of the template goes here',
      certificateTemplates: ['User'],
      smartcard,
      policies: [selfService('enroll')],
      grants: [{ trustee: 'Administrator', rights: ['read', 'enroll'] }],
    },
    {
      uuid: '97CD65FA-AF4B-4587-9309-0DD6BFD8B4E1',
      name: 'Virtual Smartcard VPN',
      description: '',
      certificateTemplates: ['User'],
      smartcard: { ...smartcard, isVirtualSmartcard: true },
      policies: [
        {
          type: 'enroll',
          authorizedInitiators: ['mona'],
          collectComments: true,
          collectRequestPriority: true,
          dataCollection: [
            { name: 'name', role: 'subscriber' },
            { name: 'city', role: 'subscriber' },
          ],
        },
      ],
      grants: [{ trustee: 'mona', rights: ['read'] }],
    },
  ],
}

/** The numbers that a published list of certificates names. */
export interface PublishedCertificate {
  readonly TemplateCommonName: string
  readonly SerialNumber: string
  readonly Thumbprint: string
  readonly NotBefore?: string
  readonly NotAfter?: string
}

/** Starts a server in which everything is there that the exchanges presume and do not make themselves. */
export async function startGoldenServer(published: {
  readonly onCard: readonly PublishedCertificate[]
  readonly ofAdministrator: readonly PublishedCertificate[]
}): Promise<TestServer> {
  const server = await startServer({}, organisation)
  await server.store.transactor.transaction(async transaction => {
    await insertCard(
      transaction,
      '438d1b30-f3b4-4bed-85fa-285e08605ba7',
      'd1ef6869-5517-42a0-8f05-16ca1a0b834d',
    )
    const crowded = await insertCard(
      transaction,
      '5badfea3-de31-4837-99f9-8249515a5473',
      'a1ef6869-5517-42a0-8f05-16ca1a0b834d',
    )
    await insertCertificates(transaction, published.onCard, { owner: kim, profile: crowded })
    const parent = softwareProfile('1c9e2606-fea2-4048-a6ac-b014e54c22df', renewableTemplate)
    for (const profile of [
      { ...parent, status: 'retired' } as const,
      softwareProfile('ff342953-c444-4dc7-b144-f5515d6460c6', plainTemplate),
      softwareProfile('5ad77b40-aa42-4533-9396-c9c59fd021a8', renewableTemplate),
      {
        ...softwareProfile('c0dd5c7d-ec35-4346-baca-3ad711e9722f', renewableTemplate),
        parentProfileUuid: parent.uuid,
      },
    ]) {
      await transaction.insertProfile(profile)
    }
    const own = { ...softwareProfile(crypto.randomUUID(), plainTemplate), assignedUserUuid: administrator }
    await transaction.insertProfile(own)
    await insertCertificates(transaction, published.ofAdministrator, {
      owner: administrator,
      profile: own.uuid,
    })
    await audit(transaction)
  })
  return server
}

/** Signs nothing: gives a request the certificates that it asks for, so that it can be completed. */
export async function issueFor(server: TestServer, requestUuid: string): Promise<void> {
  await server.store.transactor.transaction(async transaction => {
    const request = await transaction.findRequest(requestUuid)
    if (request === null || request.newProfileUuid === null) throw new Error('The request is not executing.')
    await transaction.insertCertificate({
      ...certificate({ TemplateCommonName: card.template, SerialNumber: '5A01', Thumbprint: '00' }),
      requestUuid,
      profileUuid: request.newProfileUuid,
      ownerUuid: request.targetUuid,
    })
    await audit(transaction)
  })
}

function softwareProfile(uuid: string, template: { uuid: string; version: number }): Profile {
  return {
    uuid,
    status: 'active',
    flags: ['primary'],
    assignedUserUuid: petra,
    smartcardUuid: null,
    profileTemplateUuid: template.uuid,
    profileTemplateVersion: template.version,
    parentProfileUuid: null,
    primaryProfileUuid: null,
    comment: '',
  }
}

/** An active card of Kim. Returns the uuid of its profile. */
async function insertCard(transaction: Transaction, uuid: string, cardId: string): Promise<string> {
  const profile: Profile = {
    ...softwareProfile(crypto.randomUUID(), smartcardTemplate),
    assignedUserUuid: kim,
    smartcardUuid: uuid,
  }
  const smartcard: Smartcard = {
    uuid,
    cardId,
    status: 'active',
    flags: ['primary'],
    assignedUserUuid: kim,
    profileUuid: profile.uuid,
    profileTemplateUuid: smartcardTemplate.uuid,
    profileTemplateVersion: smartcardTemplate.version,
    parentSmartcardUuid: null,
    primarySmartcardUuid: null,
    permanentSmartcardUuid: null,
    comment: '',
    middleware: 'MSBaseCSP',
    answerToReset: card.answerToReset,
  }
  await transaction.lockPhysicalCard(cardId)
  await transaction.insertProfile(profile)
  await transaction.insertSmartcard(smartcard)
  return profile.uuid
}

/** Each by a request of its own, the last one of the list first: lists show the newest first. */
async function insertCertificates(
  transaction: Transaction,
  published: readonly PublishedCertificate[],
  of: { readonly owner: string; readonly profile: string },
): Promise<void> {
  for (const one of published.toReversed()) {
    const request = completedRequest(of.owner)
    await transaction.insertRequest(request)
    await transaction.insertCertificate({
      ...certificate(one),
      requestUuid: request.uuid,
      profileUuid: of.profile,
      ownerUuid: of.owner,
    })
  }
}

function completedRequest(owner: string): Request {
  return {
    uuid: crypto.randomUUID(),
    type: 'enroll',
    status: 'completed',
    profileTemplateUuid: plainTemplate.uuid,
    profileTemplateVersion: plainTemplate.version,
    isSmartcard: false,
    isEnrollmentAgentRequired: false,
    originatorUuid: owner,
    targetUuid: owner,
    submitted: new Date(0),
    completed: new Date(0),
    newProfileUuid: null,
    oldProfileUuid: null,
    newSmartcardUuid: null,
    oldSmartcardUuid: null,
    priority: 0,
    comment: '',
    dataCollection: [],
    approvalsNeeded: 0,
    ownerSid: serviceAccountSid,
    accessControl: [],
  }
}

function certificate(
  published: PublishedCertificate,
): Omit<CertificateRecord, 'requestUuid' | 'profileUuid' | 'ownerUuid'> {
  return {
    uuid: crypto.randomUUID(),
    serialNumber: published.SerialNumber,
    state: 'issued',
    certificateTemplate: published.TemplateCommonName,
    certificationAuthorityUuid: '5f0f63c3-6d0c-4a3c-9c53-3ef1b8d9c0b1',
    certificationRequestHash: published.SerialNumber,
    tbsCertificate: Uint8Array.of(),
    certificate: Uint8Array.of(0x30, 0x00),
    thumbprint: published.Thumbprint,
    notBefore: new Date(`${published.NotBefore ?? '2015-07-01T00:00:00'}Z`),
    notAfter: new Date(`${published.NotAfter ?? '2016-07-01T00:00:00'}Z`),
    issuerName: issuer,
    requesterName: 'CORP\\Administrator',
    revokedAt: null,
    revocationReason: null,
  }
}

/** A transaction that wrote must say so. */
async function audit(transaction: Transaction): Promise<void> {
  await transaction.audit({
    at: new Date(0),
    action: 'organisation-imported',
    actorUuid: null,
    requestUuid: null,
    subject: 'golden state',
    facts: {},
    correlationId: null,
  })
}
