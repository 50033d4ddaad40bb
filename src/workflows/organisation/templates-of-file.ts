import type { CertificateTemplate } from '../../domain/certificate-template.ts'
import type { CardRetirement, Policy, RevocationSettings } from '../../domain/policy.ts'
import type { ProfileTemplate, SmartcardConfiguration } from '../../domain/profile-template.ts'
import type { RequestType } from '../../domain/request.ts'
import type { OrganisationFile } from './organisation-file.ts'
import type { TrusteeNames } from './trustee-names.ts'

type CertificateTemplateEntry = OrganisationFile['certificateTemplates'][number]
type ProfileTemplateEntry = OrganisationFile['profileTemplates'][number]
type PolicyEntry = ProfileTemplateEntry['policies'][number]

/** A certificate template of an organisation file, with what it leaves out. */
export function readCertificateTemplate(
  entry: CertificateTemplateEntry,
  names: TrusteeNames,
): CertificateTemplate {
  return {
    ...entry,
    publishToDirectory: entry.publishToDirectory ?? false,
    key: {
      ...entry.key,
      friendlyName: entry.key.friendlyName ?? '',
      exportable: entry.key.exportable ?? false,
      protection: entry.key.protection ?? 'no-consent',
    },
    enrollers: entry.enrollers.map(name => names.sidOf(name)),
  }
}

/** A profile template of an organisation file, with what it leaves out; version 1 unless it says otherwise. */
export function readProfileTemplate(entry: ProfileTemplateEntry, names: TrusteeNames): ProfileTemplate {
  const policies: Partial<Record<RequestType, Policy>> = {}
  for (const policy of entry.policies) policies[policy.type] = readPolicy(policy, names)
  return {
    uuid: entry.uuid.toLowerCase(),
    version: entry.version ?? 1,
    name: entry.name,
    description: entry.description,
    certificateTemplates: entry.certificateTemplates,
    smartcard: entry.smartcard === undefined ? null : readSmartcard(entry.smartcard),
    policies,
    grants: entry.grants.map(grant => ({ trustee: names.sidOf(grant.trustee), rights: grant.rights })),
  }
}

function readSmartcard(entry: NonNullable<ProfileTemplateEntry['smartcard']>): SmartcardConfiguration {
  return {
    isVirtualSmartcard: entry.isVirtualSmartcard ?? false,
    providerId: entry.providerId ?? '',
    providerName: entry.providerName ?? 'Microsoft Base Smart Card Crypto Provider',
    providerType: entry.providerType ?? 'MSBaseCSP',
    adminPinPolicy: null,
    userPinPolicy: entry.userPinPolicy ?? { minimumLength: 6, maximumLength: 127 },
    userPinOption: entry.userPinOption,
    defaultAdminKeyHex: entry.defaultAdminKeyHex.toLowerCase(),
    diversifyAdminKey: entry.diversifyAdminKey,
    allowSmartcardReuse: entry.allowSmartcardReuse ?? true,
    cardInitializationData: null,
    cardInitializationType: 'None',
    certificateLabel: entry.certificateLabel ?? '',
    doNotInstallCaCertificates: entry.doNotInstallCaCertificates ?? false,
    eraseOnOverflow: entry.eraseOnOverflow ?? false,
    initializeNewSmartcard: entry.initializeNewSmartcard ?? true,
    maxNumberOfCertificates: entry.maxNumberOfCertificates ?? 0,
    smartcardPrintPolicy: null,
  }
}

function readPolicy(entry: PolicyEntry, names: TrusteeNames): Policy {
  const sids = (trustees: readonly string[] | undefined) => (trustees ?? []).map(name => names.sidOf(name))
  return {
    enabled: entry.enabled ?? true,
    selfServiceEnabled: entry.selfServiceEnabled ?? false,
    approvalsNeeded: entry.approvalsNeeded ?? 0,
    authorizedInitiators: sids(entry.authorizedInitiators),
    authorizedApprovers: sids(entry.authorizedApprovers),
    authorizedEnrollmentAgents: sids(entry.authorizedEnrollmentAgents),
    enrollAgentRequired: entry.enrollAgentRequired ?? false,
    collectComments: entry.collectComments ?? false,
    collectRequestPriority: entry.collectRequestPriority ?? false,
    defaultRequestPriority: entry.defaultRequestPriority ?? 0,
    documents: entry.documents ?? [],
    oneTimePasswordPolicy: null,
    personalization: null,
    dataCollection: (entry.dataCollection ?? []).map(item => ({
      name: item.name,
      description: item.description ?? '',
      role: item.role,
      type: item.type ?? 'string',
      required: item.required ?? false,
      storage: item.storage ?? 'Request',
      validation: item.validation ?? { type: 'none', data: '' },
    })),
    revocationSettings:
      entry.revocationSettings === undefined ? null : readRevocation(entry.revocationSettings),
    reuseCard: entry.reuseCard ?? false,
    cardRetirement: entry.cardRetirement === undefined ? null : readCardRetirement(entry.cardRetirement),
  }
}

function readRevocation(entry: NonNullable<PolicyEntry['revocationSettings']>): RevocationSettings {
  return {
    allowSpecifyDelay: entry.allowSpecifyDelay ?? false,
    allowSpecifyReason: entry.allowSpecifyReason ?? false,
    disableOldCardOrProfile: entry.disableOldCardOrProfile ?? false,
    effectiveRevocationDelay: entry.effectiveRevocationDelay ?? 0,
    publishBaseCrl: entry.publishBaseCrl ?? false,
    publishDeltaCrl: entry.publishDeltaCrl ?? false,
    reason: entry.reason,
    revokeOldCertificates: entry.revokeOldCertificates ?? false,
  }
}

function readCardRetirement(entry: NonNullable<PolicyEntry['cardRetirement']>): CardRetirement {
  return {
    blockAdminPin: entry.blockAdminPin ?? false,
    blockUserPin: entry.blockUserPin ?? false,
    resetAdminPin: entry.resetAdminPin ?? false,
    resetUserPin: entry.resetUserPin ?? false,
    eraseCard: entry.eraseCard ?? false,
  }
}
