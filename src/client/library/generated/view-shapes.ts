// Written by scripts/write-client-types.ts from the OpenAPI document of the server; a change here is lost.
import type { Shape } from '../shape.ts'

export const profileTemplateView: Shape = {
  object: {
    Name: 'text',
    Uuid: 'text',
    IsSmartcardProfileTemplate: 'flag',
    IsVirtualSmartcardProfileTemplate: 'flag',
  },
  optional: { Description: { nullable: 'text' } },
}

export const dataCollectionItemView: Shape = {
  object: { Name: 'text', Role: 'text', Required: 'flag' },
  optional: {
    Description: { nullable: 'text' },
    Type: { nullable: 'text' },
    Storage: { nullable: 'text' },
    Validation: {
      nullable: { object: {}, optional: { Type: { nullable: 'text' }, Data: { nullable: 'text' } } },
    },
  },
}

export const revocationSettingsView: Shape = {
  object: {},
  optional: {
    AllowSpecifyDelay: { nullable: 'flag' },
    AllowSpecifyReason: { nullable: 'flag' },
    DisableOldCardOrProfile: { nullable: 'flag' },
    EffectiveRevocationDelay: { nullable: 'wholeNumber' },
    PublishBaseCrl: { nullable: 'flag' },
    PublishDeltaCrl: { nullable: 'flag' },
    Reason: { nullable: 'wholeNumber' },
    RevokeOldCertificates: { nullable: 'flag' },
  },
}

export const policyView: Shape = {
  object: {
    CollectComments: 'flag',
    Enabled: 'flag',
    SelfServiceEnabled: 'flag',
    DataCollection: { array: dataCollectionItemView },
  },
  optional: {
    ApprovalsNeeded: { nullable: 'wholeNumber' },
    AuthorizedApprover: { nullable: 'text' },
    AuthorizedEnrollmentAgent: { nullable: 'text' },
    AuthorizedInitiator: { nullable: 'text' },
    CollectRequestPriority: { nullable: 'flag' },
    DefaultRequestPriority: { nullable: 'wholeNumber' },
    Documents: { nullable: { array: 'text' } },
    EnrollAgentRequired: { nullable: 'flag' },
    OneTimePasswordPolicy: {
      nullable: {
        object: {},
        optional: {
          Distribution: {
            nullable: { array: { object: {}, optional: { DistributionType: { nullable: 'text' } } } },
          },
          SecretProviderType: { nullable: 'text' },
          SecretProviderData: { nullable: 'text' },
        },
      },
    },
    Personalization: { nullable: 'text' },
    PolicyDataCollection: { nullable: { array: dataCollectionItemView } },
    BlockAdminPin: { nullable: 'flag' },
    BlockUserPin: { nullable: 'flag' },
    ResetAdminPin: { nullable: 'flag' },
    ResetUserPin: { nullable: 'flag' },
    EraseCard: 'flag',
    RevocationSettings: { nullable: revocationSettingsView },
    RevocationSettingsForDuplicates: { nullable: revocationSettingsView },
    ReissueArchivedCertificates: { nullable: 'flag' },
    ReuseCard: { nullable: 'flag' },
  },
}

export const smartcardConfigurationView: Shape = {
  object: {
    DefaultAdminKeyHex: 'text',
    DiversifyAdminKey: 'flag',
    UserPinOption: 'wholeNumber',
    UserPinPolicy: { object: { MinimumLength: 'wholeNumber', MaximumLength: 'wholeNumber' } },
  },
  optional: {
    AdminPinPolicy: { nullable: 'text' },
    AllowSmartcardReuse: { nullable: 'flag' },
    CardInitializationData: { nullable: 'text' },
    CardInitializationType: { nullable: 'text' },
    CertificateLabel: { nullable: 'text' },
    DoNotInstallCaCertificates: { nullable: 'flag' },
    EraseOnOverflow: { nullable: 'flag' },
    InitializeNewSmartcard: { nullable: 'flag' },
    MaxNumberOfCertificates: { nullable: 'wholeNumber' },
    ProviderId: { nullable: 'text' },
    ProviderName: { nullable: 'text' },
    ProviderType: { nullable: 'text' },
    SmartcardPrintPolicy: { nullable: 'text' },
    IsVirtualSmartcard: { nullable: 'flag' },
  },
}

export const requestView: Shape = {
  object: {
    Uuid: 'text',
    RequestType: 'wholeNumber',
    Status: 'wholeNumber',
    TargetUserUuid: 'text',
    NewProfileUuid: 'text',
    OldProfileUuid: 'text',
    NewSmartcardUuid: 'text',
    OldSmartcardUuid: 'text',
    ProfileTemplateUuid: 'text',
    IsSmartcard: 'flag',
  },
  optional: {
    Flags: { nullable: 'wholeNumber' },
    DataCollection: {
      nullable: {
        array: { object: {}, optional: { Name: { nullable: 'text' }, Value: { nullable: 'text' } } },
      },
    },
    DataCollectionFlags: { nullable: 'wholeNumber' },
    OriginatorUserUuid: { nullable: 'text' },
    Submitted: { nullable: 'text' },
    Completed: { nullable: 'text' },
    Priority: { nullable: 'wholeNumber' },
    Comment: { nullable: 'text' },
    SecurityDescriptor: { nullable: 'text' },
    IsEnrollmentAgent: { nullable: 'flag' },
    IsDataCollectionComplete: { nullable: 'flag' },
  },
}

export const generationOptionsView: Shape = {
  object: {
    KeyAlgorithmName: 'text',
    KeySize: 'wholeNumber',
    HashAlgorithmName: 'text',
    KeyStorageProviderNames: { array: 'text' },
  },
  optional: {
    Subject: { nullable: 'text' },
    FriendlyName: { nullable: 'text' },
    Exportable: { nullable: 'wholeNumber' },
    KeyProtectionLevel: { nullable: 'wholeNumber' },
    KeyUsages: { nullable: 'wholeNumber' },
  },
}

export const certificateResponseView: Shape = {
  object: { Error: { nullable: 'text' }, Pkcs7: { nullable: 'text' }, isPkcs7: 'flag' },
  optional: {
    TemplateCommonName: { nullable: 'text' },
    CertificateId: { nullable: 'wholeNumber' },
    Flags: { nullable: 'wholeNumber' },
    UseLocalMachineStore: { nullable: 'flag' },
    Pfx: { nullable: 'text' },
    IsExternal: { nullable: 'flag' },
    isServerGenerated: { nullable: 'flag' },
    isPfx: { nullable: 'flag' },
    isKeyHistory: { nullable: 'flag' },
  },
}

export const smartcardView: Shape = {
  object: { Uuid: 'text', Status: 'wholeNumber', ProfileTemplateUuid: 'text', SerialNumber: 'text' },
  optional: {
    Flags: { nullable: 'wholeNumber' },
    ParentSmartcardUuid: { nullable: 'text' },
    PrimarySmartcardUuid: { nullable: 'text' },
    PermanentSmartcardUuid: { nullable: 'text' },
    AssignedUserUuid: { nullable: 'text' },
    ProfileTemplateVersion: { nullable: 'wholeNumber' },
    Comment: { nullable: 'text' },
    Middleware: { nullable: 'text' },
    Atr: { nullable: 'text' },
  },
}

export const profileView: Shape = {
  object: { Uuid: 'text', Status: 'wholeNumber', ProfileTemplateUuid: 'text' },
  optional: {
    Flags: { nullable: 'wholeNumber' },
    ParentProfileUuid: { nullable: 'text' },
    PrimaryProfileUuid: { nullable: 'text' },
    AssignedUserUuid: { nullable: 'text' },
    ProfileTemplateVersion: { nullable: 'wholeNumber' },
    Comment: { nullable: 'text' },
    ProfileOperations: { nullable: { array: 'text' } },
  },
}

export const heldCertificateView: Shape = {
  object: {},
  optional: {
    IsKeyHistory: { nullable: 'flag' },
    ArchivedOnCa: { nullable: 'flag' },
    CertificateType: { nullable: 'wholeNumber' },
    TemplateCommonName: { nullable: 'text' },
    SerialNumber: { nullable: 'text' },
    Thumbprint: { nullable: 'text' },
  },
}

export const userCertificateView: Shape = {
  object: {},
  optional: {
    IsKeyHistory: { nullable: 'flag' },
    ArchivedOnCa: { nullable: 'flag' },
    CertificateType: { nullable: 'wholeNumber' },
    TemplateCommonName: { nullable: 'text' },
    SerialNumber: { nullable: 'text' },
    Thumbprint: { nullable: 'text' },
    NotAfter: { nullable: 'text' },
    NotBefore: { nullable: 'text' },
    Issuer: { nullable: 'text' },
    RequesterName: { nullable: 'text' },
    Status: { nullable: 'wholeNumber' },
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
