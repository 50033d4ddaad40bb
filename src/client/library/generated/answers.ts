// Written by scripts/write-client-types.ts from the OpenAPI document of the server; a change here is lost.

export interface ProfileTemplateView {
  readonly Name: string
  readonly Description: string
  readonly Uuid: string
  readonly IsSmartcardProfileTemplate: boolean
  readonly IsVirtualSmartcardProfileTemplate: boolean
}

export interface DataCollectionItemView {
  readonly Name: string
  readonly Description: string
  readonly Role: string
  readonly Type: string
  readonly Required: boolean
  readonly Storage: string
  readonly Validation: { readonly Type: string; readonly Data: string }
}

export interface RevocationSettingsView {
  readonly AllowSpecifyDelay: boolean
  readonly AllowSpecifyReason: boolean
  readonly DisableOldCardOrProfile: boolean
  readonly EffectiveRevocationDelay: number
  readonly PublishBaseCrl: boolean
  readonly PublishDeltaCrl: boolean
  readonly Reason: number
  readonly RevokeOldCertificates: boolean
}

export interface PolicyView {
  readonly ApprovalsNeeded: number
  readonly AuthorizedApprover: string
  readonly AuthorizedEnrollmentAgent: string
  readonly AuthorizedInitiator: string
  readonly CollectComments: boolean
  readonly CollectRequestPriority: boolean
  readonly DefaultRequestPriority: number
  readonly Documents: readonly string[]
  readonly Enabled: boolean
  readonly EnrollAgentRequired: boolean
  readonly OneTimePasswordPolicy: {
    readonly Distribution: readonly { readonly DistributionType: string }[]
    readonly SecretProviderType: string
    readonly SecretProviderData: string
  } | null
  readonly Personalization: string | null
  readonly PolicyDataCollection: readonly DataCollectionItemView[]
  readonly SelfServiceEnabled: boolean
  readonly DataCollection: readonly DataCollectionItemView[]
  readonly BlockAdminPin?: boolean
  readonly BlockUserPin?: boolean
  readonly ResetAdminPin?: boolean
  readonly ResetUserPin?: boolean
  readonly EraseCard?: boolean
  readonly RevocationSettings?: RevocationSettingsView | null
  readonly RevocationSettingsForDuplicates?: RevocationSettingsView | null
  readonly ReissueArchivedCertificates?: boolean
  readonly ReuseCard?: boolean
}

export interface SmartcardConfigurationView {
  readonly AdminPinPolicy: string | null
  readonly AllowSmartcardReuse: boolean
  readonly CardInitializationData: string | null
  readonly CardInitializationType: string
  readonly CertificateLabel: string
  readonly DefaultAdminKeyHex: string
  readonly DiversifyAdminKey: boolean
  readonly DoNotInstallCaCertificates: boolean
  readonly EraseOnOverflow: boolean
  readonly InitializeNewSmartcard: boolean
  readonly MaxNumberOfCertificates: number
  readonly ProviderId: string
  readonly ProviderName: string
  readonly ProviderType: string
  readonly SmartcardPrintPolicy: string | null
  readonly UserPinOption: number
  readonly UserPinPolicy: { readonly MinimumLength: number; readonly MaximumLength: number }
  readonly IsVirtualSmartcard: boolean
}

export interface RequestView {
  readonly Uuid: string
  readonly RequestType: number
  readonly Status: number
  readonly Flags: number
  readonly DataCollection: readonly { readonly Name: string; readonly Value: string | null }[]
  readonly DataCollectionFlags: number
  readonly OriginatorUserUuid: string
  readonly TargetUserUuid: string
  readonly Submitted: string
  readonly Completed: string
  readonly NewProfileUuid: string
  readonly OldProfileUuid: string
  readonly NewSmartcardUuid: string
  readonly OldSmartcardUuid: string
  readonly Priority: number
  readonly Comment: string
  readonly ProfileTemplateUuid: string
  readonly SecurityDescriptor: string
  readonly IsSmartcard: boolean
  readonly IsEnrollmentAgent: boolean
  readonly IsDataCollectionComplete: boolean
}

export interface GenerationOptionsView {
  readonly Subject: string
  readonly KeyAlgorithmName: string
  readonly KeySize: number
  readonly FriendlyName: string
  readonly HashAlgorithmName: string
  readonly KeyStorageProviderNames: readonly string[]
  readonly Exportable: number
  readonly KeyProtectionLevel: number
  readonly KeyUsages: number
}

export interface CertificateResponseView {
  readonly TemplateCommonName: string
  readonly CertificateId: number
  readonly Flags: number
  readonly UseLocalMachineStore: boolean
  readonly Error: string | null
  readonly Pkcs7: string | null
  readonly Pfx: string | null
  readonly IsExternal: boolean
  readonly isServerGenerated: boolean
  readonly isPfx: boolean
  readonly isPkcs7: boolean
  readonly isKeyHistory: boolean
}

export interface SmartcardView {
  readonly Uuid: string
  readonly Status: number
  readonly Flags: number
  readonly ParentSmartcardUuid: string
  readonly PrimarySmartcardUuid: string
  readonly PermanentSmartcardUuid: string
  readonly AssignedUserUuid: string
  readonly ProfileTemplateUuid: string
  readonly ProfileTemplateVersion: number
  readonly Comment: string
  readonly SerialNumber: string
  readonly Middleware: string
  readonly Atr: string
}

export interface ProfileView {
  readonly Uuid: string
  readonly Status: number
  readonly Flags: number
  readonly ParentProfileUuid: string
  readonly PrimaryProfileUuid: string
  readonly AssignedUserUuid: string
  readonly ProfileTemplateUuid: string
  readonly ProfileTemplateVersion: number
  readonly Comment: string
  readonly ProfileOperations: readonly string[]
}

export interface HeldCertificateView {
  readonly IsKeyHistory: boolean
  readonly ArchivedOnCa: boolean
  readonly CertificateType: number
  readonly TemplateCommonName: string
  readonly SerialNumber: string
  readonly Thumbprint: string
}

export interface UserCertificateView {
  readonly IsKeyHistory: boolean
  readonly ArchivedOnCa: boolean
  readonly CertificateType: number
  readonly TemplateCommonName: string
  readonly SerialNumber: string
  readonly Thumbprint: string
  readonly NotAfter: string
  readonly NotBefore: string
  readonly Issuer: string
  readonly RequesterName: string
  readonly Status: number
}

export interface DecidedRequestView {
  readonly uuid: string
  readonly type: string
  readonly status: string
  readonly profileTemplateUuid: string
  readonly profileTemplateVersion: number
  readonly isSmartcard: boolean
  readonly originatorUuid: string
  readonly targetUuid: string
  readonly submitted: string
  readonly completed: string | null
  readonly newProfileUuid: string | null
  readonly oldProfileUuid: string | null
  readonly newSmartcardUuid: string | null
  readonly oldSmartcardUuid: string | null
  readonly priority: number
  readonly comment: string
  readonly approvalsNeeded: number
  readonly dataCollection: readonly {
    readonly name: string
    readonly value: string | null
    readonly role: string
  }[]
}

export interface CallerView {
  readonly user: { readonly uuid: string; readonly account: string; readonly displayName: string }
  readonly roles: readonly string[]
}

export interface SessionView {
  readonly uuid: string
  readonly userUuid: string
  /** How its user signed in */
  readonly scheme: string
  /** The network address that it was begun from */
  readonly address: string
  readonly begun: string
  /** Exact to a minute */
  readonly lastSeen: string
  /** If it is not used meanwhile */
  readonly expires: string
  /** Whether this call is made by it */
  readonly isCurrent: boolean
}

export interface ApiTokenView {
  readonly uuid: string
  readonly userUuid: string
  readonly name: string
  readonly scopes: readonly string[]
  readonly created: string
  readonly expires: string
  readonly lastUsed: string | null
}

export interface NewApiTokenView {
  readonly uuid: string
  readonly userUuid: string
  readonly name: string
  readonly scopes: readonly string[]
  readonly created: string
  readonly expires: string
  readonly lastUsed: string | null
  /** What a program sends as `Authorization: Bearer …`; shown this once */
  readonly token: string
}
