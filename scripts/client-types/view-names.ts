/** An object in an answer that has a name of its own; it is written under that name wherever it appears. */
export interface ViewName {
  readonly name: string
  /** An operation that answers with it, or with a list of it. */
  readonly of: string
  /** Where it is not the answer itself: the property of it. */
  readonly property?: string
  /**
   * The properties that our programs need, in a view of MIM CM's own API; other ones may be missing or null at a server that
   * is not ours. All are needed where this is left out.
   */
  readonly needed?: readonly string[]
}

const policy = 'GET /v1.0/profiletemplates/{id}/policies/{type}'

/** What stands inside of another one comes before it. Objects without a name are written out in place. */
export const viewNames: readonly ViewName[] = [
  {
    name: 'ProfileTemplateView',
    of: 'GET /v1.0/profiletemplates/{id}',
    needed: ['Name', 'Uuid', 'IsSmartcardProfileTemplate', 'IsVirtualSmartcardProfileTemplate'],
  },
  {
    name: 'DataCollectionItemView',
    of: policy,
    property: 'DataCollection',
    needed: ['Name', 'Required', 'Role'],
  },
  { name: 'RevocationSettingsView', of: policy, property: 'RevocationSettings', needed: [] },
  {
    name: 'PolicyView',
    of: policy,
    needed: ['CollectComments', 'DataCollection', 'Enabled', 'SelfServiceEnabled', 'EraseCard'],
  },
  {
    name: 'SmartcardConfigurationView',
    of: 'GET /v1.0/profiletemplates/{id}/configuration/smartcards',
    needed: ['DefaultAdminKeyHex', 'DiversifyAdminKey', 'UserPinOption', 'UserPinPolicy'],
  },
  {
    name: 'RequestView',
    of: 'GET /v1.0/requests/{id}',
    needed: [
      ...['Uuid', 'RequestType', 'Status', 'IsSmartcard', 'ProfileTemplateUuid', 'TargetUserUuid'],
      ...['NewProfileUuid', 'OldProfileUuid', 'NewSmartcardUuid', 'OldSmartcardUuid'],
    ],
  },
  {
    name: 'GenerationOptionsView',
    of: 'GET /v1.0/requests/{requestid}/certificaterequestgenerationoptions',
    needed: ['KeyAlgorithmName', 'KeySize', 'HashAlgorithmName', 'KeyStorageProviderNames'],
  },
  {
    name: 'CertificateResponseView',
    of: 'POST /v1.0/requests/{requestid}/certificatedata',
    needed: ['Error', 'Pkcs7', 'isPkcs7'],
  },
  {
    name: 'SmartcardView',
    of: 'GET /v1.0/smartcards/{id}',
    needed: ['Uuid', 'Status', 'ProfileTemplateUuid', 'SerialNumber'],
  },
  { name: 'ProfileView', of: 'GET /v1.0/profiles/{id}', needed: ['Uuid', 'Status', 'ProfileTemplateUuid'] },
  { name: 'HeldCertificateView', of: 'GET /v1.0/profiles/{id}/certificates', needed: [] },
  { name: 'UserCertificateView', of: 'GET /v1.0/certificates', needed: [] },
  { name: 'DecidedRequestView', of: 'POST /v2.0/requests/{id}/approvals' },
  { name: 'CallerView', of: 'GET /v2.0/session' },
  { name: 'SessionView', of: 'GET /v2.0/sessions' },
  { name: 'ApiTokenView', of: 'GET /v2.0/api-tokens' },
  { name: 'NewApiTokenView', of: 'POST /v2.0/api-tokens' },
]
