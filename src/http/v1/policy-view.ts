import { type Static, Type } from 'typebox'
import type { RequestRight } from '../../domain/access-control.ts'
import type { DataCollectionItem } from '../../domain/data-collection.ts'
import type { OneTimePasswordPolicy, Policy, RevocationSettings } from '../../domain/policy.ts'
import type { RequestType } from '../../domain/request.ts'
import { nullableObject, nullableString, numberIn, shownWord } from '../schemas.ts'
import {
  dataCollectionRoleNames,
  dataCollectionTypeNames,
  revocationReasonNumbers,
  validationTypeNames,
} from './numbers.ts'
import { securityDescriptorView } from './security-descriptor.ts'

const itemSchema = Type.Object(
  {
    Name: Type.String(),
    Description: Type.String(),
    Role: shownWord(Object.values(dataCollectionRoleNames)),
    Type: shownWord(Object.values(dataCollectionTypeNames)),
    Required: Type.Boolean(),
    Storage: Type.String(),
    Validation: Type.Object({ Type: shownWord(Object.values(validationTypeNames)), Data: Type.String() }),
  },
  { title: 'DataCollectionItemView' },
)

const oneTimePasswordSchema = nullableObject(
  {
    Distribution: Type.Array(Type.Object({ DistributionType: Type.String() })),
    SecretProviderType: Type.String(),
    SecretProviderData: Type.String(),
  },
  'OneTimePasswordPolicyView',
)

const revocationSettingsSchema = nullableObject(
  {
    AllowSpecifyDelay: Type.Boolean(),
    AllowSpecifyReason: Type.Boolean(),
    DisableOldCardOrProfile: Type.Boolean(),
    EffectiveRevocationDelay: Type.Integer(),
    PublishBaseCrl: Type.Boolean(),
    PublishDeltaCrl: Type.Boolean(),
    Reason: numberIn(revocationReasonNumbers),
    RevokeOldCertificates: Type.Boolean(),
  },
  'RevocationSettingsView',
)

const optionalFlag = Type.Optional(Type.Boolean())

/** Microsoft.Clm.Shared.ProfileTemplates.ProfileTemplatePolicy, and behind it what single request types add. */
export const policySchema = Type.Object(
  {
    ApprovalsNeeded: Type.Integer(),
    AuthorizedApprover: Type.String(),
    AuthorizedEnrollmentAgent: Type.String(),
    AuthorizedInitiator: Type.String(),
    CollectComments: Type.Boolean(),
    CollectRequestPriority: Type.Boolean(),
    DefaultRequestPriority: Type.Integer(),
    Documents: Type.Array(Type.String()),
    Enabled: Type.Boolean(),
    EnrollAgentRequired: Type.Boolean(),
    OneTimePasswordPolicy: oneTimePasswordSchema,
    Personalization: nullableString,
    PolicyDataCollection: Type.Array(itemSchema),
    SelfServiceEnabled: Type.Boolean(),
    DataCollection: Type.Array(itemSchema),
    BlockAdminPin: optionalFlag,
    BlockUserPin: optionalFlag,
    ResetAdminPin: optionalFlag,
    ResetUserPin: optionalFlag,
    EraseCard: optionalFlag,
    RevocationSettings: Type.Optional(revocationSettingsSchema),
    RevocationSettingsForDuplicates: Type.Optional(revocationSettingsSchema),
    ReissueArchivedCertificates: optionalFlag,
    ReuseCard: optionalFlag,
  },
  { title: 'PolicyView' },
)
type PolicyView = Static<typeof policySchema>

/** The published name of the questions is PolicyDataCollection; the published walkthrough reads DataCollection. */
export function policyView(type: RequestType, policy: Policy): PolicyView {
  const items = policy.dataCollection.map(itemView)
  return {
    ApprovalsNeeded: policy.approvalsNeeded,
    AuthorizedApprover: trusteesView(policy.authorizedApprovers, ['approve']),
    AuthorizedEnrollmentAgent: trusteesView(policy.authorizedEnrollmentAgents, [
      'execute',
      'cancel',
      'write',
    ]),
    AuthorizedInitiator: trusteesView(policy.authorizedInitiators, ['cancel', 'write']),
    CollectComments: policy.collectComments,
    CollectRequestPriority: policy.collectRequestPriority,
    DefaultRequestPriority: policy.defaultRequestPriority,
    Documents: [...policy.documents],
    Enabled: policy.enabled,
    EnrollAgentRequired: policy.enrollAgentRequired,
    OneTimePasswordPolicy: oneTimePasswordView(policy.oneTimePasswordPolicy),
    Personalization: policy.personalization,
    PolicyDataCollection: items,
    SelfServiceEnabled: policy.selfServiceEnabled,
    DataCollection: items,
    ...extraProperties(type, policy),
  }
}

/** A descriptor of those trustees alone, each with the rights that the policy gives them over its requests. */
function trusteesView(trustees: readonly string[], rights: readonly RequestRight[]): string {
  return securityDescriptorView(
    null,
    trustees.map(trustee => ({ effect: 'allow', rights, trustee })),
  )
}

function itemView(item: DataCollectionItem): Static<typeof itemSchema> {
  return {
    Name: item.name,
    Description: item.description,
    Role: dataCollectionRoleNames[item.role],
    Type: dataCollectionTypeNames[item.type],
    Required: item.required,
    Storage: item.storage,
    Validation: { Type: validationTypeNames[item.validation.type], Data: item.validation.data },
  }
}

function oneTimePasswordView(policy: OneTimePasswordPolicy | null): PolicyView['OneTimePasswordPolicy'] {
  if (policy === null) return null
  return {
    Distribution: policy.distribution.map(({ distributionType }) => ({ DistributionType: distributionType })),
    SecretProviderType: policy.secretProviderType,
    SecretProviderData: policy.secretProviderData,
  }
}

function extraProperties(type: RequestType, policy: Policy): Partial<PolicyView> {
  switch (type) {
    case 'retire':
      return {
        BlockAdminPin: policy.cardRetirement?.blockAdminPin ?? false,
        BlockUserPin: policy.cardRetirement?.blockUserPin ?? false,
        ResetAdminPin: policy.cardRetirement?.resetAdminPin ?? false,
        ResetUserPin: policy.cardRetirement?.resetUserPin ?? false,
        EraseCard: policy.cardRetirement?.eraseCard ?? false,
        RevocationSettings: revocationSettingsView(policy.revocationSettings),
      }
    case 'revoke':
      return { RevocationSettings: revocationSettingsView(policy.revocationSettings) }
    case 'recover':
      return {
        RevocationSettings: revocationSettingsView(policy.revocationSettings),
        RevocationSettingsForDuplicates: null,
        ReissueArchivedCertificates: false,
      }
    case 'renew':
      return { ReuseCard: policy.reuseCard }
    default:
      return {}
  }
}

function revocationSettingsView(
  settings: RevocationSettings | null,
): Static<typeof revocationSettingsSchema> {
  if (settings === null) return null
  return {
    AllowSpecifyDelay: settings.allowSpecifyDelay,
    AllowSpecifyReason: settings.allowSpecifyReason,
    DisableOldCardOrProfile: settings.disableOldCardOrProfile,
    EffectiveRevocationDelay: settings.effectiveRevocationDelay,
    PublishBaseCrl: settings.publishBaseCrl,
    PublishDeltaCrl: settings.publishDeltaCrl,
    Reason: revocationReasonNumbers[settings.reason],
    RevokeOldCertificates: settings.revokeOldCertificates,
  }
}
