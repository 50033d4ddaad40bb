// Written by scripts/write-client-types.ts from the OpenAPI document of the server; a change here is lost.
import type { Shape } from '../shape.ts'

export const profileTemplateView: Shape = {
  object: {
    Name: 'text',
    Description: 'text',
    Uuid: 'text',
    IsSmartcardProfileTemplate: 'flag',
    IsVirtualSmartcardProfileTemplate: 'flag',
  },
}

export const dataCollectionItemView: Shape = {
  object: {
    Name: 'text',
    Description: 'text',
    Role: 'text',
    Type: 'text',
    Required: 'flag',
    Storage: 'text',
    Validation: { object: { Type: 'text', Data: 'text' } },
  },
}

export const revocationSettingsView: Shape = {
  object: {
    AllowSpecifyDelay: 'flag',
    AllowSpecifyReason: 'flag',
    DisableOldCardOrProfile: 'flag',
    EffectiveRevocationDelay: 'wholeNumber',
    PublishBaseCrl: 'flag',
    PublishDeltaCrl: 'flag',
    Reason: 'wholeNumber',
    RevokeOldCertificates: 'flag',
  },
}

export const policyView: Shape = {
  object: {
    ApprovalsNeeded: 'wholeNumber',
    AuthorizedApprover: 'text',
    AuthorizedEnrollmentAgent: 'text',
    AuthorizedInitiator: 'text',
    CollectComments: 'flag',
    CollectRequestPriority: 'flag',
    DefaultRequestPriority: 'wholeNumber',
    Documents: { array: 'text' },
    Enabled: 'flag',
    EnrollAgentRequired: 'flag',
    OneTimePasswordPolicy: {
      nullable: {
        object: {
          Distribution: { array: { object: { DistributionType: 'text' } } },
          SecretProviderType: 'text',
          SecretProviderData: 'text',
        },
      },
    },
    Personalization: { nullable: 'text' },
    PolicyDataCollection: { array: dataCollectionItemView },
    SelfServiceEnabled: 'flag',
    DataCollection: { array: dataCollectionItemView },
  },
  optional: {
    BlockAdminPin: 'flag',
    BlockUserPin: 'flag',
    ResetAdminPin: 'flag',
    ResetUserPin: 'flag',
    EraseCard: 'flag',
    RevocationSettings: { nullable: revocationSettingsView },
    RevocationSettingsForDuplicates: { nullable: revocationSettingsView },
    ReissueArchivedCertificates: 'flag',
    ReuseCard: 'flag',
  },
}

export const smartcardConfigurationView: Shape = {
  object: {
    AdminPinPolicy: { nullable: 'text' },
    AllowSmartcardReuse: 'flag',
    CardInitializationData: { nullable: 'text' },
    CardInitializationType: 'text',
    CertificateLabel: 'text',
    DefaultAdminKeyHex: 'text',
    DiversifyAdminKey: 'flag',
    DoNotInstallCaCertificates: 'flag',
    EraseOnOverflow: 'flag',
    InitializeNewSmartcard: 'flag',
    MaxNumberOfCertificates: 'wholeNumber',
    ProviderId: 'text',
    ProviderName: 'text',
    ProviderType: 'text',
    SmartcardPrintPolicy: { nullable: 'text' },
    UserPinOption: 'wholeNumber',
    UserPinPolicy: { object: { MinimumLength: 'wholeNumber', MaximumLength: 'wholeNumber' } },
    IsVirtualSmartcard: 'flag',
  },
}

export const requestView: Shape = {
  object: {
    Uuid: 'text',
    RequestType: 'wholeNumber',
    Status: 'wholeNumber',
    Flags: 'wholeNumber',
    DataCollection: { array: { object: { Name: 'text', Value: { nullable: 'text' } } } },
    DataCollectionFlags: 'wholeNumber',
    OriginatorUserUuid: 'text',
    TargetUserUuid: 'text',
    Submitted: 'text',
    Completed: 'text',
    NewProfileUuid: 'text',
    OldProfileUuid: 'text',
    NewSmartcardUuid: 'text',
    OldSmartcardUuid: 'text',
    Priority: 'wholeNumber',
    Comment: 'text',
    ProfileTemplateUuid: 'text',
    SecurityDescriptor: 'text',
    IsSmartcard: 'flag',
    IsEnrollmentAgent: 'flag',
    IsDataCollectionComplete: 'flag',
  },
}

export const generationOptionsView: Shape = {
  object: {
    Subject: 'text',
    KeyAlgorithmName: 'text',
    KeySize: 'wholeNumber',
    FriendlyName: 'text',
    HashAlgorithmName: 'text',
    KeyStorageProviderNames: { array: 'text' },
    Exportable: 'wholeNumber',
    KeyProtectionLevel: 'wholeNumber',
    KeyUsages: 'wholeNumber',
  },
}

export const certificateResponseView: Shape = {
  object: {
    TemplateCommonName: 'text',
    CertificateId: 'wholeNumber',
    Flags: 'wholeNumber',
    UseLocalMachineStore: 'flag',
    Error: { nullable: 'text' },
    Pkcs7: { nullable: 'text' },
    Pfx: { nullable: 'text' },
    IsExternal: 'flag',
    isServerGenerated: 'flag',
    isPfx: 'flag',
    isPkcs7: 'flag',
    isKeyHistory: 'flag',
  },
}

export const smartcardView: Shape = {
  object: {
    Uuid: 'text',
    Status: 'wholeNumber',
    Flags: 'wholeNumber',
    ParentSmartcardUuid: 'text',
    PrimarySmartcardUuid: 'text',
    PermanentSmartcardUuid: 'text',
    AssignedUserUuid: 'text',
    ProfileTemplateUuid: 'text',
    ProfileTemplateVersion: 'wholeNumber',
    Comment: 'text',
    SerialNumber: 'text',
    Middleware: 'text',
    Atr: 'text',
  },
}

export const profileView: Shape = {
  object: {
    Uuid: 'text',
    Status: 'wholeNumber',
    Flags: 'wholeNumber',
    ParentProfileUuid: 'text',
    PrimaryProfileUuid: 'text',
    AssignedUserUuid: 'text',
    ProfileTemplateUuid: 'text',
    ProfileTemplateVersion: 'wholeNumber',
    Comment: 'text',
    ProfileOperations: { array: 'text' },
  },
}

export const heldCertificateView: Shape = {
  object: {
    IsKeyHistory: 'flag',
    ArchivedOnCa: 'flag',
    CertificateType: 'wholeNumber',
    TemplateCommonName: 'text',
    SerialNumber: 'text',
    Thumbprint: 'text',
  },
}

export const userCertificateView: Shape = {
  object: {
    IsKeyHistory: 'flag',
    ArchivedOnCa: 'flag',
    CertificateType: 'wholeNumber',
    TemplateCommonName: 'text',
    SerialNumber: 'text',
    Thumbprint: 'text',
    NotAfter: 'text',
    NotBefore: 'text',
    Issuer: 'text',
    RequesterName: 'text',
    Status: 'wholeNumber',
  },
}

export const decidedRequestView: Shape = {
  object: {
    uuid: 'text',
    type: 'text',
    status: 'text',
    profileTemplateUuid: 'text',
    profileTemplateVersion: 'wholeNumber',
    isSmartcard: 'flag',
    originatorUuid: 'text',
    targetUuid: 'text',
    submitted: 'text',
    completed: { nullable: 'text' },
    newProfileUuid: { nullable: 'text' },
    oldProfileUuid: { nullable: 'text' },
    newSmartcardUuid: { nullable: 'text' },
    oldSmartcardUuid: { nullable: 'text' },
    priority: 'wholeNumber',
    comment: 'text',
    approvalsNeeded: 'wholeNumber',
    dataCollection: { array: { object: { name: 'text', value: { nullable: 'text' }, role: 'text' } } },
  },
}

export const callerView: Shape = {
  object: {
    user: { object: { uuid: 'text', account: 'text', displayName: 'text' } },
    roles: { array: 'text' },
  },
}

export const sessionView: Shape = {
  object: {
    uuid: 'text',
    userUuid: 'text',
    scheme: 'text',
    address: 'text',
    begun: 'text',
    lastSeen: 'text',
    expires: 'text',
    isCurrent: 'flag',
  },
}

export const apiTokenView: Shape = {
  object: {
    uuid: 'text',
    userUuid: 'text',
    name: 'text',
    scopes: { array: 'text' },
    created: 'text',
    expires: 'text',
    lastUsed: { nullable: 'text' },
  },
}

export const newApiTokenView: Shape = {
  object: {
    uuid: 'text',
    userUuid: 'text',
    name: 'text',
    scopes: { array: 'text' },
    created: 'text',
    expires: 'text',
    lastUsed: { nullable: 'text' },
    token: 'text',
  },
}
