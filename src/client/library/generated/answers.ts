// Written by scripts/write-client-types.ts from the OpenAPI document of the server; a change here is lost.

export interface ProfileTemplateView {
  readonly Name: string
  readonly Description?: string | null
  readonly Uuid: string
  readonly IsSmartcardProfileTemplate: boolean
  readonly IsVirtualSmartcardProfileTemplate: boolean
}

export interface DataCollectionItemView {
  readonly Name: string
  readonly Description?: string | null
  readonly Role: string
  readonly Type?: string | null
  readonly Required: boolean
  readonly Storage?: string | null
  readonly Validation?: { readonly Type?: string | null; readonly Data?: string | null } | null
}

export interface RevocationSettingsView {
  readonly AllowSpecifyDelay?: boolean | null
  readonly AllowSpecifyReason?: boolean | null
  readonly DisableOldCardOrProfile?: boolean | null
  readonly EffectiveRevocationDelay?: number | null
  readonly PublishBaseCrl?: boolean | null
  readonly PublishDeltaCrl?: boolean | null
  readonly Reason?: number | null
  readonly RevokeOldCertificates?: boolean | null
}

export interface PolicyView {
  readonly ApprovalsNeeded?: number | null
  readonly AuthorizedApprover?: string | null
  readonly AuthorizedEnrollmentAgent?: string | null
  readonly AuthorizedInitiator?: string | null
  readonly CollectComments: boolean
  readonly CollectRequestPriority?: boolean | null
  readonly DefaultRequestPriority?: number | null
  readonly Documents?: readonly string[] | null
  readonly Enabled: boolean
  readonly EnrollAgentRequired?: boolean | null
  readonly OneTimePasswordPolicy?: {
    readonly Distribution?: readonly { readonly DistributionType?: string | null }[] | null
    readonly SecretProviderType?: string | null
    readonly SecretProviderData?: string | null
  } | null
  readonly Personalization?: string | null
  readonly PolicyDataCollection?: readonly DataCollectionItemView[] | null
  readonly SelfServiceEnabled: boolean
  readonly DataCollection: readonly DataCollectionItemView[]
  readonly BlockAdminPin?: boolean | null
  readonly BlockUserPin?: boolean | null
  readonly ResetAdminPin?: boolean | null
  readonly ResetUserPin?: boolean | null
  readonly EraseCard?: boolean
  readonly RevocationSettings?: RevocationSettingsView | null
  readonly RevocationSettingsForDuplicates?: RevocationSettingsView | null
  readonly ReissueArchivedCertificates?: boolean | null
  readonly ReuseCard?: boolean | null
}

export interface SmartcardConfigurationView {
  readonly AdminPinPolicy?: string | null
  readonly AllowSmartcardReuse?: boolean | null
  readonly CardInitializationData?: string | null
  readonly CardInitializationType?: string | null
  readonly CertificateLabel?: string | null
  readonly DefaultAdminKeyHex: string
  readonly DiversifyAdminKey: boolean
  readonly DoNotInstallCaCertificates?: boolean | null
  readonly EraseOnOverflow?: boolean | null
  readonly InitializeNewSmartcard?: boolean | null
  readonly MaxNumberOfCertificates?: number | null
  readonly ProviderId?: string | null
  readonly ProviderName?: string | null
  readonly ProviderType?: string | null
  readonly SmartcardPrintPolicy?: string | null
  readonly UserPinOption: number
  readonly UserPinPolicy: { readonly MinimumLength: number; readonly MaximumLength: number }
  readonly IsVirtualSmartcard?: boolean | null
}

export interface RequestView {
  readonly Uuid: string
  readonly RequestType: number
  readonly Status: number
  readonly Flags?: number | null
  readonly DataCollection?:
    | readonly { readonly Name?: string | null; readonly Value?: string | null }[]
    | null
  readonly DataCollectionFlags?: number | null
  readonly OriginatorUserUuid?: string | null
  readonly TargetUserUuid: string
  readonly Submitted?: string | null
  readonly Completed?: string | null
  readonly NewProfileUuid: string
  readonly OldProfileUuid: string
  readonly NewSmartcardUuid: string
  readonly OldSmartcardUuid: string
  readonly Priority?: number | null
  readonly Comment?: string | null
  readonly ProfileTemplateUuid: string
  readonly SecurityDescriptor?: string | null
  readonly IsSmartcard: boolean
  readonly IsEnrollmentAgent?: boolean | null
  readonly IsDataCollectionComplete?: boolean | null
}

export interface GenerationOptionsView {
  readonly Subject?: string | null
  readonly KeyAlgorithmName: string
  readonly KeySize: number
  readonly FriendlyName?: string | null
  readonly HashAlgorithmName: string
  readonly KeyStorageProviderNames: readonly string[]
  readonly Exportable?: number | null
  readonly KeyProtectionLevel?: number | null
  readonly KeyUsages?: number | null
}

export interface CertificateResponseView {
  readonly TemplateCommonName?: string | null
  readonly CertificateId?: number | null
  readonly Flags?: number | null
  readonly UseLocalMachineStore?: boolean | null
  readonly Error: string | null
  readonly Pkcs7: string | null
  readonly Pfx?: string | null
  readonly IsExternal?: boolean | null
  readonly isServerGenerated?: boolean | null
  readonly isPfx?: boolean | null
  readonly isPkcs7: boolean
  readonly isKeyHistory?: boolean | null
}

export interface SmartcardView {
  readonly Uuid: string
  readonly Status: number
  readonly Flags?: number | null
  readonly ParentSmartcardUuid?: string | null
  readonly PrimarySmartcardUuid?: string | null
  readonly PermanentSmartcardUuid?: string | null
  readonly AssignedUserUuid?: string | null
  readonly ProfileTemplateUuid: string
  readonly ProfileTemplateVersion?: number | null
  readonly Comment?: string | null
  readonly SerialNumber: string
  readonly Middleware?: string | null
  readonly Atr?: string | null
}

export interface ProfileView {
  readonly Uuid: string
  readonly Status: number
  readonly Flags?: number | null
  readonly ParentProfileUuid?: string | null
  readonly PrimaryProfileUuid?: string | null
  readonly AssignedUserUuid?: string | null
  readonly ProfileTemplateUuid: string
  readonly ProfileTemplateVersion?: number | null
  readonly Comment?: string | null
  readonly ProfileOperations?: readonly string[] | null
}

export interface HeldCertificateView {
  readonly IsKeyHistory?: boolean | null
  readonly ArchivedOnCa?: boolean | null
  readonly CertificateType?: number | null
  readonly TemplateCommonName?: string | null
  readonly SerialNumber?: string | null
  readonly Thumbprint?: string | null
}

export interface UserCertificateView {
  readonly IsKeyHistory?: boolean | null
  readonly ArchivedOnCa?: boolean | null
  readonly CertificateType?: number | null
  readonly TemplateCommonName?: string | null
  readonly SerialNumber?: string | null
  readonly Thumbprint?: string | null
  readonly NotAfter?: string | null
  readonly NotBefore?: string | null
  readonly Issuer?: string | null
  readonly RequesterName?: string | null
  readonly Status?: number | null
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
