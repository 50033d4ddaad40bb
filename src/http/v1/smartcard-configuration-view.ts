import { type Static, Type } from 'typebox'
import type { SmartcardConfiguration } from '../../domain/profile-template.ts'
import { nullableString, numberIn } from '../schemas.ts'
import { userPinOptionNumbers } from './numbers.ts'

/** The smart card settings of a profile template. */
export const smartcardConfigurationSchema = Type.Object(
  {
    AdminPinPolicy: nullableString,
    AllowSmartcardReuse: Type.Boolean(),
    CardInitializationData: nullableString,
    CardInitializationType: Type.String(),
    CertificateLabel: Type.String(),
    DefaultAdminKeyHex: Type.String(),
    DiversifyAdminKey: Type.Boolean(),
    DoNotInstallCaCertificates: Type.Boolean(),
    EraseOnOverflow: Type.Boolean(),
    InitializeNewSmartcard: Type.Boolean(),
    MaxNumberOfCertificates: Type.Integer(),
    ProviderId: Type.String(),
    ProviderName: Type.String(),
    ProviderType: Type.String(),
    SmartcardPrintPolicy: nullableString,
    UserPinOption: numberIn(userPinOptionNumbers),
    UserPinPolicy: Type.Object({ MinimumLength: Type.Integer(), MaximumLength: Type.Integer() }),
    IsVirtualSmartcard: Type.Boolean(),
  },
  { title: 'SmartcardConfigurationView' },
)

export function smartcardConfigurationView(
  configuration: SmartcardConfiguration,
): Static<typeof smartcardConfigurationSchema> {
  return {
    AdminPinPolicy: configuration.adminPinPolicy,
    AllowSmartcardReuse: configuration.allowSmartcardReuse,
    CardInitializationData: configuration.cardInitializationData,
    CardInitializationType: configuration.cardInitializationType,
    CertificateLabel: configuration.certificateLabel,
    DefaultAdminKeyHex: configuration.defaultAdminKeyHex,
    DiversifyAdminKey: configuration.diversifyAdminKey,
    DoNotInstallCaCertificates: configuration.doNotInstallCaCertificates,
    EraseOnOverflow: configuration.eraseOnOverflow,
    InitializeNewSmartcard: configuration.initializeNewSmartcard,
    MaxNumberOfCertificates: configuration.maxNumberOfCertificates,
    ProviderId: configuration.providerId,
    ProviderName: configuration.providerName,
    ProviderType: configuration.providerType,
    SmartcardPrintPolicy: configuration.smartcardPrintPolicy,
    UserPinOption: userPinOptionNumbers[configuration.userPinOption],
    UserPinPolicy: {
      MinimumLength: configuration.userPinPolicy.minimumLength,
      MaximumLength: configuration.userPinPolicy.maximumLength,
    },
    IsVirtualSmartcard: configuration.isVirtualSmartcard,
  }
}
