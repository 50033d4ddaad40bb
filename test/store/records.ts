import { randomUUID } from 'node:crypto'
import type { ApiToken } from '../../src/domain/api-token.ts'
import type { AuditRecord } from '../../src/domain/audit-record.ts'
import type { CertificateRecord } from '../../src/domain/certificate.ts'
import type { CertificateTemplate } from '../../src/domain/certificate-template.ts'
import type { DirectoryUser } from '../../src/domain/directory-user.ts'
import type { Profile } from '../../src/domain/profile.ts'
import type { ProfileTemplate } from '../../src/domain/profile-template.ts'
import type { Request } from '../../src/domain/request.ts'
import type { Session } from '../../src/domain/session.ts'
import type { PhysicalCard, Smartcard } from '../../src/domain/smartcard.ts'

/** Records with every field set to something that a mapping could lose, for tests to change. */

export const someTime = new Date('2026-03-04T05:06:07.089Z')

let serial = 0

export function sampleAudit(changes: Partial<AuditRecord> = {}): AuditRecord {
  return {
    at: someTime,
    action: 'request-created',
    actorUuid: randomUUID(),
    requestUuid: randomUUID(),
    subject: 'a subject',
    facts: { text: 'ä', number: 1.5, yes: true, no: false, nothing: null },
    correlationId: randomUUID(),
    ...changes,
  }
}

export function sampleUser(changes: Partial<DirectoryUser> = {}): DirectoryUser {
  const number = ++serial
  return {
    uuid: randomUUID(),
    sid: `S-1-5-21-1-2-3-${number}`,
    domain: 'CONTOSO',
    accountName: `User${number}`,
    displayName: 'Ünal Ørsted 名',
    userPrincipalName: `User${number}@Contoso.example`,
    mail: `user${number}@contoso.example`,
    distinguishedName: `CN=User${number},OU=People,DC=contoso,DC=example`,
    enabled: true,
    ...changes,
  }
}

export function sampleProfileTemplate(changes: Partial<ProfileTemplate> = {}): ProfileTemplate {
  return {
    uuid: randomUUID(),
    version: 1,
    name: 'Virtual Smartcard VPN',
    description: 'For the VPN',
    certificateTemplates: ['SmartcardLogon', 'Vpn'],
    smartcard: null,
    policies: {},
    grants: [{ trustee: 'S-1-1-0', rights: ['read', 'enroll'] }],
    ...changes,
  }
}

export function sampleCertificateTemplate(changes: Partial<CertificateTemplate> = {}): CertificateTemplate {
  return {
    commonName: 'SmartcardLogon',
    displayName: 'Smart card logon',
    oid: '1.3.6.1.4.1.311.21.8.1',
    majorVersion: 100,
    minorVersion: 3,
    validityDays: 365,
    keyUsage: ['digital-signature'],
    extendedKeyUsage: ['1.3.6.1.5.5.7.3.2'],
    subject: 'distinguished-name',
    subjectAlternativeNames: ['user-principal-name'],
    includeSecurityIdentifier: true,
    publishToDirectory: true,
    key: {
      algorithm: 'RSA',
      keySize: 2048,
      hashAlgorithm: 'SHA256',
      keyStorageProviders: ['Microsoft Base Smart Card Crypto Provider'],
      friendlyName: '',
      exportable: false,
      protection: 'no-consent',
      usages: ['signing'],
    },
    enrollers: ['S-1-1-0'],
    ...changes,
  }
}

export function sampleRequest(template: ProfileTemplate, changes: Partial<Request> = {}): Request {
  return {
    uuid: randomUUID(),
    type: 'enroll',
    status: 'pending',
    profileTemplateUuid: template.uuid,
    profileTemplateVersion: template.version,
    isSmartcard: true,
    isEnrollmentAgentRequired: false,
    originatorUuid: randomUUID(),
    targetUuid: randomUUID(),
    submitted: someTime,
    completed: null,
    newProfileUuid: null,
    oldProfileUuid: randomUUID(),
    newSmartcardUuid: null,
    oldSmartcardUuid: randomUUID(),
    priority: 7,
    comment: 'please "soon" \\ \n',
    dataCollection: [{ name: 'Request Reason', value: 'new hire', role: 'subscriber' }],
    approvalsNeeded: 1,
    ownerSid: 'S-1-5-18',
    accessControl: [{ effect: 'deny', rights: ['approve'], trustee: 'S-1-5-21-1-2-3-4' }],
    ...changes,
  }
}

export function sampleProfile(template: ProfileTemplate, changes: Partial<Profile> = {}): Profile {
  return {
    uuid: randomUUID(),
    status: 'new',
    flags: ['primary'],
    assignedUserUuid: randomUUID(),
    smartcardUuid: null,
    profileTemplateUuid: template.uuid,
    profileTemplateVersion: template.version,
    parentProfileUuid: randomUUID(),
    primaryProfileUuid: null,
    comment: 'a profile',
    ...changes,
  }
}

export function sampleSmartcard(profile: Profile, changes: Partial<Smartcard> = {}): Smartcard {
  return {
    uuid: randomUUID(),
    cardId: randomUUID(),
    status: 'assigned',
    flags: ['primary', 'reused'],
    assignedUserUuid: profile.assignedUserUuid,
    profileUuid: profile.uuid,
    profileTemplateUuid: profile.profileTemplateUuid,
    profileTemplateVersion: profile.profileTemplateVersion,
    parentSmartcardUuid: randomUUID(),
    primarySmartcardUuid: null,
    permanentSmartcardUuid: null,
    comment: 'a card',
    middleware: 'MSBaseCSP',
    answerToReset: '3b8d0180fba000000397425446590301c8',
    ...changes,
  }
}

export function sampleCertificate(
  request: Request,
  profile: Profile,
  changes: Partial<CertificateRecord> = {},
): CertificateRecord {
  return {
    uuid: randomUUID(),
    serialNumber: randomUUID().replaceAll('-', '').toUpperCase(),
    state: 'prepared',
    requestUuid: request.uuid,
    profileUuid: profile.uuid,
    ownerUuid: profile.assignedUserUuid,
    certificateTemplate: 'SmartcardLogon',
    certificationAuthorityUuid: randomUUID(),
    certificationRequestHash: 'ab'.repeat(32),
    tbsCertificate: Uint8Array.of(0x30, 0x00, 0xff),
    certificate: null,
    thumbprint: null,
    notBefore: someTime,
    notAfter: new Date('2027-03-04T05:06:07.000Z'),
    issuerName: 'ca.contoso.example\\Issuing CA',
    requesterName: 'CONTOSO\\alice',
    revokedAt: null,
    revocationReason: null,
    ...changes,
  }
}

export function sampleSession(changes: Partial<Session> = {}): Session {
  return {
    uuid: randomUUID(),
    tokenHash: randomUUID(),
    offered: { tokenHash: randomUUID(), at: new Date('2026-03-04T05:11:07.089Z') },
    previousTokenHash: randomUUID(),
    renewedAt: new Date('2026-03-04T05:07:07.089Z'),
    userUuid: randomUUID(),
    scheme: 'negotiate',
    address: '192.0.2.1',
    begunAt: someTime,
    lastSeenAt: new Date('2026-03-04T05:12:07.089Z'),
    ...changes,
  }
}

export function sampleApiToken(changes: Partial<ApiToken> = {}): ApiToken {
  return {
    uuid: randomUUID(),
    tokenHash: randomUUID(),
    userUuid: randomUUID(),
    name: 'nightly report',
    scopes: ['read', 'card-secret'],
    createdAt: someTime,
    expiresAt: new Date('2026-04-04T05:06:07.089Z'),
    lastUsedAt: null,
    ...changes,
  }
}

export function samplePhysicalCard(cardId: string, masterKeyVersion: number): PhysicalCard {
  return {
    cardId,
    masterKeyVersion,
    adminKeyType: 'PIV-AES-192',
    unblockingKeyGeneration: 3,
  }
}
